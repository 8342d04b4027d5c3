"""What the running interpreter's operations do with variables, as arrays indexed by opcode."""

from __future__ import annotations

import dis
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.bytecode.opcodes import CAN_RAISE, OPCODES, opcodes_named

NOTHING, USE, DEFINITION, DELETION, STAR = range(5)
"""What happens to a variable; a star import may define any."""
SLOT, NAME, GLOBAL, ATTRIBUTE = range(4)
"""Where it is kept: by index (locals, cells), in the namespace the code runs in, in the module's, on an object."""

_ROLES: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_CLASSDEREF"), (USE, SLOT)),
    **dict.fromkeys(("LOAD_FROM_DICT_OR_DEREF", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST"), (USE, SLOT)),
    **dict.fromkeys(("STORE_FAST", "STORE_DEREF", "STORE_FAST_STORE_FAST"), (DEFINITION, SLOT)),
    **dict.fromkeys(("DELETE_FAST", "DELETE_DEREF"), (DELETION, SLOT)),
    "LOAD_NAME": (USE, NAME),
    "STORE_NAME": (DEFINITION, NAME),
    "SETUP_ANNOTATIONS": (DEFINITION, NAME),
    "DELETE_NAME": (DELETION, NAME),
    **dict.fromkeys(("LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS"), (USE, GLOBAL)),
    "STORE_GLOBAL": (DEFINITION, GLOBAL),
    "DELETE_GLOBAL": (DELETION, GLOBAL),
    **dict.fromkeys(("LOAD_ATTR", "LOAD_METHOD"), (USE, ATTRIBUTE)),
    "STORE_ATTR": (DEFINITION, ATTRIBUTE),
    "DELETE_ATTR": (DELETION, ATTRIBUTE),
    **dict.fromkeys(("IMPORT_STAR", "CALL_INTRINSIC_1"), (STAR, NAME)),
}
STAR_IMPORT = "INTRINSIC_IMPORT_STAR"
"""What the argument of the intrinsic says that star imports are compiled to, from 3.12 on."""

VARIABLE_OPERATIONS = (*_ROLES, "LOAD_FAST_AND_CLEAR")


def _codes(position: int) -> npt.NDArray[np.int8]:
    codes = np.zeros(OPCODES, np.int8)
    for name, role in _ROLES.items():
        if dis.opmap.get(name, OPCODES) < OPCODES:
            codes[dis.opmap[name]] = role[position]
    return codes


ROLES, STORAGES = _codes(0), _codes(1)
"""Of a fused operation, its second part's role."""

STORES_FIRST = opcodes_named("STORE_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST")
"""Fused operations whose first part defines."""

_RUNS_NO_CODE = (
    *("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_LOAD_FAST", "STORE_FAST_LOAD_FAST", "LOAD_FAST_AND_CLEAR"),
    *("LOAD_DEREF", "LOAD_CLOSURE", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS"),
    *("LOAD_NAME", "LOAD_GLOBAL", "LOAD_LOCALS", "LOAD_BUILD_CLASS", "STORE_NAME", "STORE_GLOBAL"),
    *("DELETE_FAST", "DELETE_DEREF", "DELETE_NAME", "DELETE_GLOBAL", "SETUP_ANNOTATIONS"),
    *("BUILD_TUPLE", "BUILD_LIST", "BUILD_STRING", "BUILD_SLICE", "LIST_APPEND", "MAKE_CELL"),
    *("MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE", "RESUME", "JUMP_BACKWARD", "RERAISE", "CHECK_EXC_MATCH"),
)
RUNS_CODE = CAN_RAISE & ~opcodes_named(*_RUNS_NO_CODE)
"""Whether other code of the program may run during the operation: what is called, special methods, properties, and
whatever runs before a generator is resumed. Finalizers, signal handlers and other threads are left out."""

CLEARS = dis.opmap.get("LOAD_FAST_AND_CLEAR", OPCODES)
"""Sets a local aside for the variable of a comprehension that runs in its place."""

FROM_CLASS = opcodes_named("LOAD_FROM_DICT_OR_DEREF", "LOAD_FROM_DICT_OR_GLOBALS")
"""Reads in type parameters and aliases of a class body (from 3.12 on): its own names come before all others."""
