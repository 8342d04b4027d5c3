"""Columns from codes, and tables from columns: each dataset sorted, with ids, its dictionaries sorted as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.arrow import repeated
from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.ids import FACT, MOST_ROWS, row_ids
from pipeline_assets.extract.producers.pyrefly.facts import NOTHING, Facts, Groups, Rows
from pipeline_assets.extract.producers.pyrefly.places import Spans
from pipeline_assets.inference.contract import Contract

Codes = npt.NDArray[np.int64]
Columns = dict[str, pa.Array]


@dataclass(frozen=True, slots=True)
class Targets:
    """What is known of the definitions that rows refer to; a last one stands for `NOTHING`."""

    qualified: Sequence[str]
    modules: Sequence[str]
    kinds: Sequence[str]
    file_ids: Codes
    starts: Codes
    ends: Codes

    @classmethod
    def of(cls, files: Sequence[SourceFile], facts: Facts, spans: Spans) -> Targets:
        """All definitions of the facts."""
        found = [target for target, _ in facts.targets]
        places = np.array([*(place for _, place in facts.targets), NOTHING], np.int64)
        numbers = np.array([*(facts.file_numbers.get(each.place or "", NOTHING) for each in found), NOTHING], np.int64)
        file_ids = np.array([*(file.file_id for file in files), NOTHING], np.int64)[numbers]
        named = [each.qualified for each in found], [each.module for each in found], [each.kind for each in found]
        return cls(*named, file_ids, spans.starts[places], spans.ends[places])

    def columns(self, prefix: str, codes: Codes) -> Columns:
        """Name, module, kind and place of the definition that each row refers to."""
        file_ids = self.file_ids[codes]
        return {
            prefix: texts_column(self.qualified, codes),
            f"{prefix}_module": texts_column(self.modules, codes),
            f"{prefix}_kind": texts_column(self.kinds, codes),
            f"{prefix}_file_id": pa.array(file_ids, mask=file_ids == NOTHING),
            f"{prefix}_bstart": number(self.starts[codes]),
            f"{prefix}_bend": number(self.ends[codes]),
        }


def matrix(rows: Rows) -> dict[str, Codes]:
    """The columns of rows of numbers."""
    numbers: Codes = np.frombuffer(rows.numbers, np.int64) if rows.numbers else np.zeros(0, np.int64)
    return dict(zip(rows.columns, np.ascontiguousarray(numbers.reshape(-1, len(rows.columns)).T), strict=True))


def members(groups: Groups, chosen: Codes) -> tuple[Codes, Codes]:
    """The rows of each chosen group, one group after the other: places in `chosen`, and the rows."""
    ends = np.frombuffer(groups.ends, np.int64) if groups.ends else np.zeros(0, np.int64)
    counts = np.diff(ends, prepend=0)
    sizes = counts[chosen]
    at = np.repeat(np.arange(len(chosen)), sizes)
    firsts = (ends - counts)[chosen]
    return at, np.arange(len(at)) - (np.cumsum(sizes) - sizes - firsts)[at]


def texts_column(values: Sequence[str | None], codes: Codes) -> pa.Array:
    """`values[code]` for every row, null where there is none; the dictionary holds what is used, sorted."""
    used = np.zeros(len(values) + 1, bool)
    used[codes] = True
    present = np.flatnonzero(used[:-1]).tolist()
    words = sorted({word for word in map(values.__getitem__, present) if word is not None})
    rank: dict[str | None, int] = {None: NOTHING} | {word: index for index, word in enumerate(words)}
    ranks = np.full(len(values) + 1, NOTHING, np.int32)
    ranks[present] = [rank[values[index]] for index in present]
    found = ranks[codes]
    return pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), pa.array(words, pa.string()))


def number(values: Codes) -> pa.Array:
    """32-bit numbers, null where there is nothing."""
    return pa.array(values, pa.int32(), mask=values == NOTHING)


def bit(flags: Codes, index: int) -> pa.Array:
    """Whether a bit is set."""
    return pa.array((flags >> index & 1).astype(bool))


def table(contract: Contract, files: Sequence[SourceFile], columns: Columns) -> tuple[pa.Table, frozenset[int]]:
    """The dataset on its contract, in order and with ids; and the files that have more rows of it than ids."""
    names = [name for name in contract.names if name not in ("repository", "file_id", "fact_id")]
    numbers = columns["number"].to_numpy()
    order = _order(columns, names)
    order = order[~columns["is_misplaced"].to_numpy(zero_copy_only=False)[order]]
    counts = np.bincount(numbers[order], minlength=len(files))
    crowded = counts > MOST_ROWS
    order, counts = order[~crowded[numbers[order]]], np.where(crowded, 0, counts)
    file_ids, of_file = np.array([file.file_id for file in files], np.int64), numbers[order]
    made = {name: columns[name].take(pa.array(order)) for name in names} | {
        "repository": repeated([file.repository for file in files], of_file),
        "file_id": pa.array(file_ids[of_file]),
        "fact_id": pa.array(row_ids(file_ids, counts, FACT)),
    }
    return pa.table({name: made[name] for name in contract.names}), frozenset(np.flatnonzero(crowded).tolist())


def _order(columns: Columns, names: Sequence[str]) -> Codes:
    """Rows by file and span, wide before narrow, and then by everything that they say, as far as that is needed."""
    keys = [columns["number"].to_numpy(), _ranks(columns["bstart"]), -_ranks(columns["bend"])]
    order: Codes = np.lexsort(keys[::-1])
    at, groups = np.arange(len(order)), _groups([key[order] for key in keys])
    for name in names:
        tied = np.flatnonzero(np.bincount(groups)[groups] > 1) if len(groups) else groups
        if not len(tied):
            break
        at, groups = at[tied], groups[tied]
        rows = order[at]
        values = _ranks(columns[name])[rows]
        places = np.lexsort([values, groups])
        order[at] = rows[places]  # groups are contiguous, so that each keeps its places
        groups = _groups([groups, values[places]])
    return order


def _groups(keys: Sequence[Codes]) -> Codes:
    """A number for each run of rows that are equal in every key."""
    starts = np.zeros(len(keys[0]), bool)
    for key in keys:
        starts[1:] |= key[1:] != key[:-1]
    groups: Codes = np.cumsum(starts)
    return groups


def _ranks(column: pa.Array) -> Codes:
    """Numbers in the order of the values, nulls first."""
    if pa.types.is_dictionary(column.type):
        column = column.indices
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    ranks: Codes = column.fill_null(NOTHING).to_numpy(zero_copy_only=False)
    return ranks
