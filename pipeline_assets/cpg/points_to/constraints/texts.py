"""Constants that may be keys or names of attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_assets.cpg.points_to.constraints.keys import Prefix, is_index
from pipeline_assets.cpg.points_to.objects import TEXT

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints


def add_texts(constraints: Constraints) -> None:
    """Constants: what they spell is told where it may be a key, or where a key may be found that way."""
    syntax, keys = constraints.program.syntax, constraints.keys
    constants = keys.is_constant
    as_keys = constants & (syntax.in_field("keys") | syntax.in_field("slice"))
    wanted = {syntax.values[row] for row in np.flatnonzero(as_keys).tolist()}
    setting = {*syntax.scope[syntax.named("setattr")].tolist()}
    read = _attributes_read(constraints) if setting else set()
    for row in np.flatnonzero(syntax.of_kind("JoinedStr")).tolist():
        constraints.seed(row, TEXT, "str")
    _add_prefixes(constraints)
    for row in np.flatnonzero(syntax.is_module_name).tolist():
        constraints.seed(row, TEXT, "str", repr(constraints.program.module_names.get(constraints.module_of(row), "")))
    for row in np.flatnonzero(constants).tolist():
        spelled = syntax.values[row]
        if syntax.is_text[row]:
            name = "bytes" if syntax.is_bytes[row] else "str"
            is_told = spelled in wanted or _may_lead_to_name(constraints, spelled)
            # What `setattr` binds in a loop over names may be read as any of these.
            is_told = is_told or (spelled in read and int(syntax.scope[row]) in setting)
            told: Any = spelled if is_told else None
        elif is_index(spelled):
            name, told = "int", int(spelled)
        else:
            continue
        constraints.seed(row, TEXT, name, told)
        if told is not None:
            constraints.exact_texts.add(constraints.seeds[-1][1])


def _attributes_read(constraints: Constraints) -> set[str]:
    """The names of attributes that are read, as texts spell them."""
    syntax = constraints.program.syntax
    return {repr(name) for name in set(syntax.names(np.flatnonzero(syntax.of_kind("Attribute") & syntax.is_load)))}


def _add_prefixes(constraints: Constraints) -> None:
    """Texts that are put together at run time: of those that start like names it is told how."""
    syntax, keys = constraints.program.syntax, constraints.keys
    first = np.append(keys.is_constant & syntax.is_text, False)[1:]
    # The left operand, and the first part of a text, come right after it; what `format` is called on, one later.
    direct = first & syntax.of_kind("BinOp", "JoinedStr")
    formatted = np.append(first, False)[1:] & syntax.of_kind("Call")
    for row in np.flatnonzero(direct | formatted).tolist():
        start = keys.prefix(row)
        if start and constraints.starts_name(start):
            constraints.seed(row, TEXT, "str", Prefix(start))
            constraints.exact_texts.add(constraints.seeds[-1][1])


def _may_lead_to_name(constraints: Constraints, spelled: str | None) -> bool:
    """Whether a text spells a name that is bound, or the beginning of one that ends where words do."""
    if constraints.may_name(spelled):
        return True
    return spelled is not None and spelled[-2:-1] == "_" and constraints.starts_name(spelled[1:-1])
