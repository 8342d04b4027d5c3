"""Operators as calls: the `<operator>.…` name and the argument places of every syntax class that is one."""

from __future__ import annotations

from types import MappingProxyType

PREFIX = "<operator>."
"""What every operator's name begins with."""

NAMES = MappingProxyType(
    {
        "Attribute": "fieldAccess",
        "Assign": "assignment",
        "AnnAssign": "assignment",
        "NamedExpr": "assignment",
        "TypeAlias": "assignment",
        "Subscript": "indexAccess",
        "Tuple": "tupleLiteral",
        "List": "listLiteral",
        "Dict": "dictLiteral",
        "Set": "setLiteral",
        "JoinedStr": "formatString",
        "FormattedValue": "formattedValue",
        "IfExp": "conditional",
        "Slice": "slice",
        "Starred": "starredUnpack",
        "Await": "await",
        "Yield": "yield",
        "YieldFrom": "yieldFrom",
        "Assert": "assert",
        "Delete": "delete",
    }
)
"""`ast` class → operator, where the class alone decides."""

BINARY = MappingProxyType(
    {
        "Add": "addition",
        "Sub": "subtraction",
        "Mult": "multiplication",
        "MatMult": "matrixMultiplication",
        "Div": "division",
        "FloorDiv": "floorDivision",
        "Mod": "modulo",
        "Pow": "exponentiation",
        "LShift": "shiftLeft",
        "RShift": "arithmeticShiftRight",
        "BitOr": "or",
        "BitXor": "xor",
        "BitAnd": "and",
    }
)
"""Operator class of a `BinOp` → operator; an `AugAssign` is `assignment` followed by it, capitalised."""

UNARY = MappingProxyType({"Not": "logicalNot", "USub": "minus", "UAdd": "plus", "Invert": "not"})
"""Operator class of a `UnaryOp` → operator."""

BOOLEAN = MappingProxyType({"And": "logicalAnd", "Or": "logicalOr"})
"""Operator class of a `BoolOp` → operator."""

COMPARISON = MappingProxyType(
    {
        "Eq": "equals",
        "NotEq": "notEquals",
        "Lt": "lessThan",
        "LtE": "lessEqualsThan",
        "Gt": "greaterThan",
        "GtE": "greaterEqualsThan",
        "Is": "is",
        "IsNot": "isNot",
        "In": "in",
        "NotIn": "notIn",
    }
)
"""Operator class of a `Compare` with one comparison → operator; a chain is `compare`."""

CHAINED_COMPARISON = "compare"

ARGUMENTS = MappingProxyType(
    {
        "Call": ("args",),
        "Return": ("value",),
        "Attribute": ("value",),
        "Assign": ("targets", "value"),
        "AnnAssign": ("target", "value"),
        "AugAssign": ("target", "value"),
        "NamedExpr": ("target", "value"),
        "TypeAlias": ("name", "value"),
        "Subscript": ("value", "slice"),
        "BinOp": ("left", "right"),
        "UnaryOp": ("operand",),
        "BoolOp": ("values",),
        "Compare": ("left", "comparators"),
        "IfExp": ("test", "body", "orelse"),
        "Tuple": ("elts",),
        "List": ("elts",),
        "Set": ("elts",),
        "Dict": ("keys", "values"),
        "JoinedStr": ("values",),
        "FormattedValue": ("value", "format_spec"),
        "Slice": ("lower", "upper", "step"),
        "Starred": ("value",),
        "Await": ("value",),
        "Yield": ("value",),
        "YieldFrom": ("value",),
        "Assert": ("test", "msg"),
        "Delete": ("targets",),
    }
)
"""`ast` class → the fields that hold its arguments, in the order of evaluation as the specification counts them."""


def argument_places() -> dict[tuple[str, str], tuple[int, int]]:
    """(class, field) → (first argument index, step for each further item of a list field), counted from 1.

    The targets of one assignment share index 1, for the value is always argument 2; a dict's keys and values alternate.
    """
    steps = {("Assign", "targets"): 0, ("Dict", "keys"): 2, ("Dict", "values"): 2}
    return {
        (kind, field): (position, steps.get((kind, field), 1))
        for kind, fields in ARGUMENTS.items()
        for position, field in enumerate(fields, start=1)
    }
