"""Where nodes of tree-sitter's trees are: their ids and lines, over the files of a chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.arrow import Numbers
from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.ids import TREE_SITTER, Ids, row_ids
from pipeline_assets.extract.producers.tree_sitter.walks import Issue
from pipeline_assets.extract.text import Offsets, line_spans


@dataclass(frozen=True)
class ParsedFile:
    """What is wrong in one file's tree, and its nodes if they are wanted."""

    file: SourceFile
    canonical: bytes
    issues: list[Issue]
    nodes: npt.NDArray[np.int32] | None

    @cached_property
    def line_starts(self) -> Offsets:
        """Where each line starts, the one after a final line break included: a missing token may stand there."""
        starts, ends = line_spans(self.canonical)
        is_ended = not len(starts) or ends[-1] < len(self.canonical)
        return np.append(starts, len(self.canonical)) if is_ended else starts

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Line and column as people count: from 1, in characters."""
        line = int(np.searchsorted(self.line_starts, offset, side="right"))
        return line, len(self.canonical[self.line_starts[line - 1] : offset].decode()) + 1


@dataclass(frozen=True, slots=True)
class Placed:
    """Nodes of the trees of a chunk, one tree after the other."""

    files: list[ParsedFile]
    of_file: npt.NDArray[np.intp]
    """The place of each node's file among them."""
    origins: Ids
    """The id of the root of each node's tree."""
    ids: Ids
    lines: Offsets
    columns: Offsets


def place(files: list[ParsedFile], ordinals: Sequence[Numbers], starts: Sequence[Numbers]) -> Placed:
    """Give nodes their ids and lines: by file, the places of nodes in preorder and their first bytes."""
    counts = [len(of_file) for of_file in ordinals]
    of_file = np.repeat(np.arange(len(files)), counts)
    file_ids = np.array([each.file.file_id for each in files], np.int64)
    origins = row_ids(file_ids, np.ones(len(files), np.int64), TREE_SITTER)[of_file]
    on_lines = [_on_lines(each.line_starts, of_file) for each, of_file in zip(files, starts, strict=True)]
    empty = np.zeros(0, np.int64)
    return Placed(
        files=files,
        of_file=of_file,
        origins=origins,
        ids=origins + np.concatenate([empty, *ordinals]),
        lines=np.concatenate([empty, *(lines for lines, _ in on_lines)]),
        columns=np.concatenate([empty, *(columns for _, columns in on_lines)]),
    )


def _on_lines(line_starts: Offsets, starts: Numbers) -> tuple[Offsets, Offsets]:
    lines = np.searchsorted(line_starts, starts, side="right")
    return lines, starts - line_starts[lines - 1]
