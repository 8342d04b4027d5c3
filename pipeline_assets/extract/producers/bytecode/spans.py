"""Locations of bytecode as byte spans of the canonical buffer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.extract.producers.bytecode.code_objects import CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import Locations, Numbers


@dataclass(frozen=True, slots=True)
class Spans:
    """One entry per location; -1 where it has no columns, or lies outside its file."""

    starts: Numbers
    ends: Numbers
    misplaced: frozenset[int]
    """Files, by their place, with locations that are no span of theirs."""


def spans_of(objects: CodeObjects, locations: Locations) -> Spans:
    """Turn lines and columns into byte spans; a module's own start, on line 0, is the start of the file."""
    of_unit = np.repeat(np.arange(len(objects.files), dtype=np.int32), [file.units for file in objects.files])
    files = of_unit[locations.units]
    sizes = np.array([file.size for file in objects.files], np.int32)
    counts = np.array([len(file.line_starts) + 1 for file in objects.files], np.int32)
    line_starts = np.concatenate(
        [np.zeros(0, np.int32), *(np.append(file.line_starts, file.size) for file in objects.files)]
    ).astype(np.int32)
    firsts = (np.cumsum(counts) - counts).astype(np.int32)[files]
    most = counts[files] - 1
    starts = line_starts[firsts + np.clip(locations.lines - 1, 0, most)] + locations.columns
    ends = line_starts[firsts + np.clip(locations.end_lines - 1, 0, most)] + locations.end_columns
    known = (locations.lines >= 0) & (locations.columns >= 0) & (locations.end_columns >= 0)
    wrong = known & ((starts > ends) | (ends > sizes[files]))
    missing = ~known | wrong
    starts[missing] = ends[missing] = -1
    return Spans(starts, ends, frozenset(np.unique(files[wrong]).tolist()))
