"""Does the anchored node say what the instruction says?"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from types import CodeType

from pipeline_tests.bench.anchors.locate import LOOP_OPCODES, Anchor
from pipeline_tests.bench.anchors.owners import EPILOGUE
from pipeline_tests.bench.anchors.syntax import (
    COMPREHENSIONS,
    FOLDABLE,
    FUNCTIONS,
    LOOPS,
    WITHS,
    is_generic,
    is_literal,
    is_percent_format,
)
from pipeline_tests.bench.anchors.tree import Tree, is_annotation
from pipeline_tests.bench.anchors.units import Unit, mangled


@dataclass
class Context:
    """What a check may look at beside the node and the argument."""

    anchor: Anchor
    unit: Unit
    tree: Tree


def verdict(anchor: Anchor, unit: Unit, tree: Tree) -> str | None:
    """The check that applies, marked `ok` or `wrong`; none where the opcode says nothing about its node."""
    instruction, node = anchor.instruction, tree.nodes[anchor.node]
    name, value = instruction.opname, instruction.argval
    if anchor.rule in ("prologue", "implicit_return", "handler", "flow"):
        return None
    for prefixes, check in ORACLE:
        if name.startswith(prefixes):
            agrees = check(node, value, Context(anchor, unit, tree))
            return None if agrees is None else f"{'ok' if agrees else 'wrong'} {name}"
    return None


def copy_verdict(anchor: Anchor, is_name: bool, seen: set[tuple[int, int]]) -> str | None:
    """One copy of a literal or name is loaded once: a second load of the same copy is a copy that was not counted."""
    name = anchor.instruction.opname
    is_leaf = anchor.rule == "exact" and is_name and name in ("LOAD_FAST", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF")
    if not is_leaf:
        return None
    known = (anchor.node, anchor.copy) in seen
    seen.add((anchor.node, anchor.copy))
    return "wrong copy" if known else "ok copy"


def leaf_verdicts(anchors: list[Anchor], tree: Tree) -> Iterator[tuple[Anchor, str]]:
    """A call or attribute chain has no more copies than the name it starts with, unless it holds a branch."""
    copies: Counter[int] = Counter()
    for anchor in anchors:
        for node, copy in ((anchor.node, anchor.copy), (anchor.second, anchor.second_copy)):
            if node is not None and isinstance(tree.nodes[node], ast.Name):
                copies[node] = max(copies[node], copy)
    for anchor in anchors:
        leaf = anchor.node
        if anchor.instruction.opname in ("CALL", "LOAD_ATTR", "LOAD_METHOD") and anchor.rule in ("exact", "tie"):
            while isinstance(tree.nodes[leaf], (ast.Call, ast.Attribute)):
                leaf += 1
            inside = tree.nodes[anchor.node + 1 : tree.end[anchor.node]]
            branches = any(isinstance(node, (ast.IfExp, ast.BoolOp, ast.Compare)) for node in inside)
            if leaf != anchor.node and copies[leaf] and not branches:
                yield anchor, "wrong copies" if anchor.copy > copies[leaf] else "ok copies"


HIDDEN = (
    *EPILOGUE,
    "__module__",
    "__qualname__",
    "__doc__",
    "__annotations__",
    "__class__",
    "__classdict__",
    "__name__",
)
HIDDEN += (
    "__firstlineno__",
    "__type_params__",
    "__orig_bases__",
    ".0",
    ".type_params",
    ".generic_base",
    ".defaults",
    ".kwdefaults",
)


def check_name(node: ast.AST, value: object, context: Context) -> bool:
    """The node binds, reads or deletes the very name in the argument."""
    names = value if isinstance(value, tuple) else (value,)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "super" and not node.args:
        return value in ("__class__", *context.unit.code.co_varnames[:1], *context.unit.code.co_cellvars)
    nodes = [node] + ([context.tree.nodes[context.anchor.second]] if context.anchor.second is not None else [])
    return all(name in HIDDEN or name in names_of(n, context) for name, n in zip_longest(names, nodes, fillvalue=node))


def names_of(node: ast.AST, context: Context) -> set[str]:
    """The mangled names a node's own code may mention."""
    found: set[str | None] = {
        getattr(node, attribute, None) for attribute in ("id", "name", "arg", "attr", "rest", "asname")
    }
    found = {n.id if isinstance(n, ast.Name) else n for n in found}
    if isinstance(node, ast.alias):
        found = {node.asname or node.name.split(".")[0], node.name, *node.name.split(".")}
    if is_generic(node):
        found |= set(context.unit.code.co_varnames)
    if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)) or is_generic(node):
        found |= set(context.unit.code.co_cellvars) | set(context.unit.code.co_freevars)
    if isinstance(node, COMPREHENSIONS) and context.anchor.instruction.opname.startswith(
        ("LOAD_FAST_AND", "STORE_FAST")
    ):
        found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if isinstance(node, ast.AugAssign):
        found |= {getattr(node.target, "id", None)}
    return {mangled(name, context.unit) for name in found if isinstance(name, str)}


def check_call(node: ast.AST, value: object, context: Context) -> bool:
    """A call, or one of the statements that call implicitly."""
    calls = (ast.Call, ast.ClassDef, *WITHS, ast.Assert, *COMPREHENSIONS, *FUNCTIONS)
    return isinstance(node, calls) or is_generic(node) or context.anchor.rule == "decorator"


OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip


def check_binary(node: ast.AST, value: object, context: Context) -> bool:
    """The same operator, in place for an augmented assignment."""
    symbol = context.anchor.instruction.argrepr
    if isinstance(node, ast.pattern):
        return symbol == "-"  # `[a, *_, b]` indexes from the end: its length minus a number
    if not isinstance(node, (ast.BinOp, ast.AugAssign)) or symbol.endswith("=") != isinstance(node, ast.AugAssign):
        return False
    return OPERATORS[type(node.op)] == symbol.rstrip("=")


COMPARISONS: dict[type, str] = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def check_compare(node: ast.AST, value: object, context: Context) -> bool:
    """One of the comparison's operators is the argument's; patterns compare with `==` and sizes."""
    if isinstance(node, ast.pattern):
        return True
    wanted = context.anchor.instruction.argrepr.removeprefix("bool(").removesuffix(")")
    return isinstance(node, ast.Compare) and wanted in {COMPARISONS.get(type(op)) for op in node.ops}


def check_identity(node: ast.AST, value: object, context: Context) -> bool:
    """`is` and `in` or their negations, which the compiler exchanges below a `not`."""
    kinds = (ast.Is, ast.IsNot) if context.anchor.instruction.opname == "IS_OP" else (ast.In, ast.NotIn)
    return isinstance(node, ast.pattern) or (
        isinstance(node, ast.Compare) and any(isinstance(op, kinds) for op in node.ops)
    )


def check_attribute(node: ast.AST, value: object, context: Context) -> bool:
    """An attribute of that name; with statements and imports look names up too."""
    if isinstance(node, ast.AugAssign):
        node = node.target
    named = isinstance(node, ast.Attribute) and mangled(node.attr, context.unit) == value
    return named or isinstance(node, (ast.alias, *WITHS))


def check_import(node: ast.AST, value: object, context: Context) -> bool:
    """The imported module's or member's name."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "") == value
    return isinstance(node, ast.alias) and value in (node.name, mangled(node.name, context.unit), *node.name.split("."))


def check_constant(node: ast.AST, value: object, context: Context) -> bool | None:
    """An equal literal, a folded expression of literals, or one of the constants that a construct needs by itself."""
    if isinstance(node, ast.Name) and node.id == "__debug__":
        return isinstance(value, bool)
    if isinstance(value, CodeType):
        return isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)) or is_generic(node)
    if isinstance(node, ast.Constant):
        return (
            same(node.value, value) or is_docstring(context, value) or is_annotation(context.tree, context.anchor.node)
        )
    if context.anchor.rule == "percent_format":
        return isinstance(value, str)
    if isinstance(node, ast.Return) and node.value is not None:
        return check_constant(node.value, value, context)
    if isinstance(node, FOLDABLE) and is_literal(node):
        return same_folded(node, value)
    if is_annotation(context.tree, context.anchor.node):
        return isinstance(value, str)
    if isinstance(node, (*WITHS, ast.Slice, ast.Return)):
        return value is None
    if isinstance(node, ast.ClassDef):
        return isinstance(value, (str, tuple, int))
    if isinstance(node, ast.pattern):
        return value is None or isinstance(value, (int, tuple)) or same(getattr(node, "value", None), value)
    return own_constant(node, value)


def is_docstring(context: Context, value: object) -> bool:
    """Whether the node is a docstring that differs from the value in indentation only (removed from 3.13)."""
    tree, node = context.tree, context.tree.nodes[context.anchor.node]
    is_statement = isinstance(tree.nodes[tree.parent[context.anchor.node]], ast.Expr)
    return is_statement and isinstance(value, str) and str(node.value).split() == value.split()


def own_constant(node: ast.AST, value: object) -> bool:
    """Constants that are no literal: names of keywords, keys, imported names and levels, defaults, await markers."""
    if isinstance(node, ast.Call) and isinstance(value, str):
        return value in {keyword.arg for keyword in node.keywords}
    if isinstance(node, (ast.Call, ast.Attribute, ast.Dict, ast.MatchClass, ast.MatchMapping)):
        return isinstance(value, tuple)
    if isinstance(node, (ast.alias, ast.ImportFrom)):
        return value is None or isinstance(value, (int, tuple))
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        return isinstance(value, (tuple, str)) or value is None
    if isinstance(node, (ast.Await, ast.YieldFrom, ast.Yield, ast.AsyncFor, *COMPREHENSIONS, ast.ExceptHandler)):
        return value is None
    if isinstance(node, ast.AnnAssign):
        return isinstance(value, str)
    return is_generic(node)


def same_folded(node: ast.AST, value: object) -> bool:
    """The folded value equals the literal's, where the literal can be evaluated without running anything."""
    try:
        expected = ast.literal_eval(node)
    except (ValueError, TypeError):
        return True
    if isinstance(expected, (list, set)):
        return isinstance(value, (tuple, frozenset)) and sorted(map(repr, expected)) == sorted(map(repr, value))
    return same(expected, value) or (isinstance(expected, dict) and isinstance(value, tuple))


def same(left: object, right: object) -> bool:
    """Equal with equal type, so that 1, 1.0 and True stay apart."""
    return type(left) is type(right) and repr(left) == repr(right)


ORACLE = (
    (("LOAD_CONST", "RETURN_CONST"), check_constant),
    (("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT"), check_name),
    (("LOAD_CLOSURE", "STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF"), check_name),
    (("DELETE_NAME", "DELETE_GLOBAL", "DELETE_FAST", "DELETE_DEREF"), check_name),
    (("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR", "LOAD_SUPER_ATTR"), check_attribute),
    (("CALL_INTRINSIC",), lambda node, value, context: None),
    (("CALL", "PRECALL"), check_call),
    (("BINARY_OP",), check_binary),
    (("COMPARE_OP",), check_compare),
    (("IS_OP", "CONTAINS_OP"), check_identity),
    (("IMPORT_NAME", "IMPORT_FROM"), check_import),
    (("BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR", "BINARY_SLICE", "STORE_SLICE"),
     lambda node, value, context: isinstance(node, (ast.Subscript, ast.AnnAssign, ast.AugAssign, ast.pattern))),
    (("BUILD_SLICE",), lambda node, value, context: isinstance(node, (ast.Slice, ast.Subscript))),
    (LOOP_OPCODES, lambda node, value, context: isinstance(node, LOOPS)),
    (("BEFORE_WITH", "BEFORE_ASYNC_WITH", "WITH_EXCEPT_START"), lambda node, value, context: isinstance(node, WITHS)),
    (("MAKE_FUNCTION",), lambda node, value, context: isinstance(
        node, (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)) or is_generic(node)),
    (("CHECK_EXC_MATCH", "CHECK_EG_MATCH"), lambda node, value, context: isinstance(node, ast.ExceptHandler)),
    (("UNPACK_",), lambda node, value, context: isinstance(node, (ast.Tuple, ast.List, ast.pattern, *FUNCTIONS))),
    (("UNARY_",), lambda node, value, context: isinstance(node, (ast.UnaryOp, ast.Compare))),
    (("RAISE_VARARGS",), lambda node, value, context: isinstance(node, (ast.Raise, ast.Assert))),
    (("GET_AWAITABLE",), lambda node, value, context: isinstance(
        node, (ast.Await, ast.AsyncFor, ast.AsyncWith, *COMPREHENSIONS))),
    (("FORMAT_",), lambda node, value, context: isinstance(node, ast.FormattedValue) or is_percent_format(node)),
    (("MATCH_", "GET_LEN"), lambda node, value, context: isinstance(node, ast.pattern)),
)  # fmt: skip
