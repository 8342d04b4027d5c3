"""Private name mangling: how the compiler spells `__x` inside `class C`."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue


def mangled(name: StringValue, private_class: StringValue) -> StringValue:
    """`_C__x` for `__x` in class `C`; every other name as it is.

    Names that end in two underscores are not private, nor are dotted ones; a class named with underscores only
    mangles nothing (the language reference, "Identifiers (Names)").
    """
    is_private = name.startswith("__") & ~name.endswith("__") & ~name.contains(".")
    stripped = private_class.re_replace(r"^_+", "")
    return ibis.ifelse((is_private & (stripped != "")).fill_null(False), "_" + stripped + name, name)
