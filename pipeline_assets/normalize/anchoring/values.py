"""What arguments of instructions stand for, compared with what the syntax says."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.normalize.anchoring.code import Code
from pipeline_assets.normalize.anchoring.columns import Bool, Rows


def is_value(code: Code, rows: Rows, *values: str) -> Bool:
    """Whether each instruction's argument stands for one of these."""
    found = pc.is_in(code.values.take(rows), value_set=pa.array(values, pa.string()))
    answer: Bool = found.fill_null(False).to_numpy(zero_copy_only=False)
    return answer


def is_spelled(name: str, value: str) -> bool:
    """Whether a name of the source is this variable's, which may be a private one with its class's name before it."""
    is_private = name.startswith("__") and not name.endswith("__")
    return name == value or (is_private and value.startswith("_") and value.endswith(name))


def first_names(values: pa.StringArray) -> list[str]:
    """The names that instructions bind, the first ones of fused instructions."""
    return [value.partition(", ")[0] for value in values.to_pylist()]


def same_place(code: Code, rows: Rows, distance: int) -> Bool:
    """Whether the instructions from each row to so many places on have one position."""
    same = rows + distance < len(code)
    for step in range(1, distance + 1):
        same &= code.continues[np.minimum(rows + step, len(code) - 1)]
    return same
