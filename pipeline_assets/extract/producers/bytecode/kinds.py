"""What source construct each code object was compiled from."""

from __future__ import annotations

import dis
import inspect
import opcode

import numpy as np

from pipeline_assets.extract.producers.bytecode.code_objects import Code, CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import Numbers
from pipeline_assets.extract.producers.bytecode.instructions import Instructions
from pipeline_assets.extract.producers.bytecode.opcodes import OPCODES, opcodes_named

CODE_KINDS = (
    *("module", "class", "function", "lambda", "generator_expression"),
    *("list_comprehension", "set_comprehension", "dict_comprehension"),
    *("type_parameters", "type_alias", "type_variable"),
)

_BY_NAME = {
    "<lambda>": "lambda",
    "<genexpr>": "generator_expression",
    "<listcomp>": "list_comprehension",
    "<setcomp>": "set_comprehension",
    "<dictcomp>": "dict_comprehension",
}
"""Names that no definition can have."""
_GENERIC = "<generic parameters of "

_WRAPS = opcodes_named("EXTENDED_ARG", "MAKE_FUNCTION", "SET_FUNCTION_ATTRIBUTE")
"""What happens to a code object until something is done with the function made of it."""
_TUPLE, _INTRINSIC = dis.opmap["BUILD_TUPLE"], dis.opmap.get("CALL_INTRINSIC_2", OPCODES)
_OF_VARIABLES = [
    number
    for number, name in enumerate(getattr(opcode, "_intrinsic_2_descs", ()))
    if "TYPEVAR_WITH" in name or "TYPEPARAM_DEFAULT" in name
]


def code_kinds(objects: CodeObjects, instructions: Instructions, loaded: Numbers) -> Numbers:
    """The place in `CODE_KINDS` of each code object; `loaded` is the code object that each instruction loads.

    The values of type aliases and the bounds of type variables look like functions of the same name; they are told by
    what is done with them.
    """
    pairs = zip(objects.codes, objects.parents, strict=True)
    kinds = np.fromiter((_kind(code, parent) for code, parent in pairs), np.int32, len(objects.codes))
    makes, users, arguments = _uses(instructions, loaded)
    functions = kinds[makes] == CODE_KINDS.index("function")
    kinds[makes[functions & (users == _TUPLE)]] = CODE_KINDS.index("type_alias")
    of_variable = (users == _INTRINSIC) & np.isin(arguments, _OF_VARIABLES)
    kinds[makes[functions & of_variable]] = CODE_KINDS.index("type_variable")
    return kinds


def _kind(code: Code, parent: int) -> int:
    if parent < 0:
        return CODE_KINDS.index("module")
    if code.name.startswith(_GENERIC):
        return CODE_KINDS.index("type_parameters")
    other = "function" if code.flags & inspect.CO_OPTIMIZED else "class"
    return CODE_KINDS.index(_BY_NAME.get(code.name, other))


def _uses(instructions: Instructions, loaded: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Code objects that are loaded, with the opcode and the argument of what uses the function made of each."""
    using = np.flatnonzero(~_WRAPS[instructions.opcodes])
    loads = np.flatnonzero(loaded >= 0)
    users = using[np.searchsorted(using, loads, "right")]
    return loaded[loads], instructions.opcodes[users].astype(np.int32), instructions.arguments[users]
