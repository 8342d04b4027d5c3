"""Constants that may be keys or names of attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_assets.cpg.points_to.constraints.keys import is_index
from pipeline_assets.cpg.points_to.objects import TEXT

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_texts(constraints: Constraints) -> None:
    """Constants: what they spell is told where it may be a key, or where a key may be found that way."""
    syntax, keys = constraints.program.syntax, constraints.keys
    constants = keys.is_constant
    as_keys = constants & (syntax.in_field("keys") | syntax.in_field("slice"))
    wanted = {syntax.values[row] for row in np.flatnonzero(as_keys).tolist()}
    for row in np.flatnonzero(syntax.of_kind("JoinedStr")).tolist():
        constraints.seed(row, TEXT, "str")
    for row in np.flatnonzero(syntax.is_module_name).tolist():
        constraints.seed(row, TEXT, "str", repr(constraints.program.module_names.get(constraints.module_of(row), "")))
    for row in np.flatnonzero(constants).tolist():
        spelled = syntax.values[row]
        if syntax.is_text[row]:
            name = "bytes" if syntax.is_bytes[row] else "str"
            told: Any = spelled if spelled in wanted or constraints.may_name(spelled) else None
        elif is_index(spelled):
            name, told = "int", int(spelled)
        else:
            continue
        constraints.seed(row, TEXT, name, told)
        if told is not None:
            constraints.exact_texts.add(constraints.seeds[-1][1])
