"""Ids of what a file holds: its own id, a family, and a place within the family."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS

Ids = npt.NDArray[np.int64]

SYNTAX, SCOPE, SYMBOL, BLOCK = 0, 1, 2, 3
CODE_UNIT, INSTRUCTION, TOKEN, TREE_SITTER, CST, FACT = 5, 11, 12, 13, 14, 15
"""Families. Bindings have 4, and 6 to 10 belong to the graph's companions of syntax nodes."""

MOST_ROWS = 1 << ORDINAL_BITS
"""Rows of one family in one file; beyond, a file is refused."""


def row_ids(file_ids: npt.NDArray[np.int64], counts: npt.NDArray[np.integer], family: int) -> Ids:
    """The ids of the rows of several files, one after the other: `counts[i]` rows of the file `file_ids[i]`."""
    counts = np.asarray(counts, np.int64)
    firsts = np.cumsum(counts) - counts
    origins = (np.asarray(file_ids, np.int64) << FILE_SHIFT) + (family << ORDINAL_BITS) - firsts
    ids: Ids = np.repeat(origins, counts) + np.arange(int(counts.sum()))
    return ids
