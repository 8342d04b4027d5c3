"""Does the node that an instruction is anchored to say what the instruction says?

The instruction's argument is compared with the node as `ast` has it: names, attributes, operators, signs of comparison,
modules and literals, and for operations without an argument the kind of the node. Jumps, moves on the stack and what
builds containers say nothing; nor do instructions that belong to a node without doing its work.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.AsyncFor, *COMPREHENSIONS)
WITHS = (ast.With, ast.AsyncWith)
FOLDABLE = (ast.Tuple, ast.List, ast.Set, ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Dict, ast.JoinedStr, ast.Compare)
SAYS_NOTHING = ("prologue", "implicit_return", "handler", "flow")
"""Rules of instructions whose node says nothing about the argument."""
HIDDEN = {
    *("__static_attributes__", "__classcell__", "__classdictcell__", "__module__", "__qualname__", "__doc__"),
    *("__annotations__", "__class__", "__classdict__", "__name__", "__firstlineno__", "__type_params__"),
    *("__orig_bases__", ".0", ".type_params", ".generic_base", ".defaults", ".kwdefaults"),
}
"""Variables that the compiler makes or uses by itself."""


class Tree:
    """The nodes of a module in preorder, contexts and operators left out, with parents, fields and ends."""

    def __init__(self, module: ast.Module) -> None:
        self.nodes: list[ast.AST] = []
        self.parents: list[int] = []
        self.fields: list[str] = []
        stack: list[tuple[ast.AST, int, str]] = [(module, -1, "")]
        while stack:
            node, parent, field = stack.pop()
            place = len(self.nodes)
            self.nodes.append(node)
            self.parents.append(parent)
            self.fields.append(field)
            stack += reversed([(child, place, name) for child, name in _children(node)])
        self.ends = [place + 1 for place in range(len(self.nodes))]
        for place in range(len(self.nodes) - 1, 0, -1):
            self.ends[self.parents[place]] = max(self.ends[self.parents[place]], self.ends[place])


def _children(node: ast.AST) -> list[tuple[ast.AST, str]]:
    held = [(value if isinstance(value, list) else [value], name) for name, value in ast.iter_fields(node)]
    parts = [(child, name) for values, name in held for child in values]
    return [(child, name) for child, name in parts if isinstance(child, ast.AST) and not isinstance(child, _COLUMNS)]


_COLUMNS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)


@dataclass(frozen=True)
class Unit:
    """The variables of a code unit, and the class whose name private names have."""

    varnames: tuple[str, ...]
    cellvars: tuple[str, ...]
    freevars: tuple[str, ...]
    private_class: str


@dataclass(frozen=True, eq=False)
class Anchor:
    """One anchored operation: the instruction, what it is anchored to, and where both are."""

    opname: str
    argval: str | None
    part: int
    place: int
    rule: str
    copy: int
    loads_code: bool
    tree: Tree
    unit: Unit

    @property
    def node(self) -> ast.AST:
        """The node."""
        return self.tree.nodes[self.place]

    @property
    def holder(self) -> ast.AST:
        """The node above."""
        return self.tree.nodes[max(self.tree.parents[self.place], 0)]

    @property
    def is_annotation(self) -> bool:
        """Whether the node is a whole annotation, which `from __future__ import annotations` makes a string."""
        return self.tree.fields[self.place] in ("annotation", "returns")

    @property
    def name(self) -> str:
        """The variable, module or attribute that the operation names."""
        names = (self.argval or "").split(", ")
        return names[self.part] if len(names) == 2 and "FAST" in self.opname else self.argval or ""

    def mangled(self, name: str) -> str:
        """A private name as the compiler spells it inside a class."""
        owner = self.unit.private_class.lstrip("_")
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return f"_{owner}{name}" if private and owner else name


def verdict(anchor: Anchor) -> bool | None:
    """Whether the node agrees; None where the instruction says nothing about its node."""
    if anchor.rule in SAYS_NOTHING:
        return None
    check = next((check for prefixes, check in CHECKS if anchor.opname.startswith(prefixes)), None)
    return check(anchor) if check else None


def is_generic(node: ast.AST) -> bool:
    """Whether a node belongs to the syntax of type parameters."""
    return type(node).__name__ in ("TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple")


def makes_code(node: ast.AST) -> bool:
    """Whether code of its own is made for a node."""
    return isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda, *COMPREHENSIONS)) or is_generic(node)


def is_percent_format(node: ast.AST) -> bool:
    """Whether a node is `"literal" % ...`."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and is_literal(node.left)


def is_literal(node: ast.AST) -> bool:
    """Whether an expression's leaves are all literals."""
    leaves = (n for n in ast.walk(node) if isinstance(n, ast.expr) and not isinstance(n, (*FOLDABLE, ast.Slice)))
    return all(isinstance(leaf, ast.Constant) or getattr(leaf, "id", "") == "__debug__" for leaf in leaves)


def _name(anchor: Anchor) -> bool:
    """The node binds, reads or deletes the very variable."""
    node, name, unit = anchor.node, anchor.name, anchor.unit
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "super" and not node.args:
        return name in ("__class__", *unit.varnames[:1], *unit.cellvars)
    return name in HIDDEN or name in map(anchor.mangled, _names_of(node, anchor))


def _names_of(node: ast.AST, anchor: Anchor) -> set[str]:
    """The names that a node's own code may mention."""
    said = [getattr(node, field, None) for field in ("id", "name", "arg", "attr", "rest", "asname")]
    found = {getattr(name, "id", name) for name in said}
    if isinstance(node, ast.alias):
        found = {node.asname or node.name.split(".")[0], node.name, *node.name.split(".")}
    if is_generic(node):
        found |= {*anchor.unit.varnames}
    if makes_code(node):
        found |= {*anchor.unit.cellvars, *anchor.unit.freevars}
    if isinstance(node, COMPREHENSIONS) and anchor.opname.startswith(("LOAD_FAST_AND", "STORE_FAST")):
        found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if isinstance(node, ast.AugAssign):
        found |= {getattr(node.target, "id", None)}
    return {name for name in found if isinstance(name, str)}


def _call(anchor: Anchor) -> bool:
    """A call, or one of the statements that call by themselves."""
    kinds = (ast.Call, ast.ClassDef, *WITHS, ast.Assert, *COMPREHENSIONS, *FUNCTIONS)
    return isinstance(anchor.node, kinds) or is_generic(anchor.node) or anchor.rule == "decorator"


OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


def _binary(anchor: Anchor) -> bool:
    """The same operator, in place for an augmented assignment."""
    node, sign = anchor.node, anchor.argval or ""
    if isinstance(node, ast.pattern):
        return sign == "-"  # `[a, *_, b]` counts from the end: the length minus a number
    if not isinstance(node, ast.BinOp | ast.AugAssign) or sign.endswith("=") != isinstance(node, ast.AugAssign):
        return False
    return OPERATORS[type(node.op)] == sign.rstrip("=")


def _comparison(anchor: Anchor) -> bool:
    """One of the comparison's signs; patterns compare with `==` and sizes."""
    node = anchor.node
    if isinstance(node, ast.pattern):
        return True
    return isinstance(node, ast.Compare) and anchor.argval in {COMPARISONS.get(type(op)) for op in node.ops}


def _identity(anchor: Anchor) -> bool:
    """`is` or `in`, or their negations, which the compiler exchanges below a `not`."""
    kinds = (ast.Is, ast.IsNot) if anchor.opname == "IS_OP" else (ast.In, ast.NotIn)
    node = anchor.node
    return isinstance(node, ast.pattern) or (
        isinstance(node, ast.Compare) and any(isinstance(op, kinds) for op in node.ops)
    )


def _attribute(anchor: Anchor) -> bool:
    """An attribute of that name; with statements and imports look names up too."""
    node = anchor.node.target if isinstance(anchor.node, ast.AugAssign) else anchor.node
    named = isinstance(node, ast.Attribute) and anchor.mangled(node.attr) == anchor.argval
    return named or isinstance(node, (ast.alias, *WITHS))


def _import(anchor: Anchor) -> bool:
    """The module or member that is imported."""
    node = anchor.node
    if isinstance(node, ast.ImportFrom):
        return (node.module or "") == (anchor.argval or "")
    return isinstance(node, ast.alias) and anchor.argval in (
        node.name,
        anchor.mangled(node.name),
        *node.name.split("."),
    )


def _constant(anchor: Anchor) -> bool:
    """An equal literal, a folded expression of literals, or one of the constants that a construct needs by itself."""
    node, text = anchor.node, anchor.argval or ""
    if anchor.loads_code:
        return makes_code(node)
    if isinstance(node, ast.Return) and node.value is not None:
        node = node.value
    if isinstance(node, ast.Name) and node.id == "__debug__":
        return text in ("True", "False")
    if isinstance(node, ast.Constant):
        return _same(node.value, text) or _is_docstring(anchor, text) or anchor.is_annotation
    if anchor.rule == "percent_format":
        return text[:1] in "'\""
    if isinstance(node, FOLDABLE) and is_literal(node):
        return _same_folded(node, text)
    if anchor.is_annotation:
        return text[:1] in "'\""
    return _own_constant(node, text)


def _same(value: object, text: str) -> bool:
    return repr(value)[: len(text)] == text and (len(text) >= 256 or repr(value) == text)


def _is_docstring(anchor: Anchor, text: str) -> bool:
    """Whether a string differs from the docstring written in indentation only (removed from 3.13)."""
    if not isinstance(anchor.holder, ast.Expr) or not isinstance(anchor.node, ast.Constant):
        return False
    written = "".join(repr(anchor.node.value).replace("\\n", "").replace("\\t", "").split())
    return written.startswith("".join(text.replace("\\n", "").replace("\\t", "").split())[:200].rstrip("'\"\\"))


def _same_folded(node: ast.AST, text: str) -> bool:
    """The folded value is the literal's, where the literal can be evaluated without running anything."""
    try:
        expected = ast.literal_eval(node)
        found: object = _read(text)
    except (ValueError, TypeError, SyntaxError, MemoryError):
        return True
    if isinstance(expected, list | set):
        return isinstance(found, tuple | frozenset) and sorted(map(repr, expected)) == sorted(map(repr, found))
    return (
        _same(expected, text)
        or repr(expected) == repr(found)
        or (isinstance(expected, dict) and isinstance(found, tuple))
    )


def _read(text: str) -> object:
    if text.startswith("frozenset("):
        return frozenset(ast.literal_eval(text[len("frozenset(") : -1]))
    return ast.literal_eval(text)


def _own_constant(node: ast.AST, text: str) -> bool:
    """Constants that are no literal: names of keywords, keys, imported names and levels, defaults, markers."""
    is_text, is_tuple, is_none = text[:1] in "'\"", text.startswith("("), text == "None"
    is_number = text.isdigit()
    if isinstance(node, (*WITHS, ast.Slice, ast.Return, ast.Await, ast.YieldFrom, ast.Yield, ast.AsyncFor)):
        return is_none
    if isinstance(node, (*COMPREHENSIONS, ast.ExceptHandler)):
        return is_none
    if isinstance(node, ast.ClassDef):
        return is_text or is_tuple or is_number
    if isinstance(node, ast.MatchClass | ast.MatchMapping) and is_tuple:
        return True
    if isinstance(node, ast.pattern):
        return is_none or is_number or is_tuple or _same(getattr(node, "value", None), text)
    if isinstance(node, ast.Call) and is_text:
        return text in {repr(keyword.arg) for keyword in node.keywords}
    if isinstance(node, ast.Call | ast.Attribute | ast.Dict):
        return is_tuple
    if isinstance(node, ast.alias | ast.ImportFrom):
        return is_none or is_tuple or is_number
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        return is_tuple or is_text or is_none
    return is_text if isinstance(node, ast.AnnAssign) else is_generic(node)


def _kind(*kinds: type) -> Callable[[Anchor], bool]:
    """The node is of one of these kinds."""
    return lambda anchor: isinstance(anchor.node, kinds)


CHECKS: tuple[tuple[tuple[str, ...], Callable[[Anchor], bool | None]], ...] = (
    (("LOAD_CONST", "RETURN_CONST"), _constant),
    (
        ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT", "LOAD_CLOSURE"),
        _name,
    ),
    (("STORE_NAME", "STORE_GLOBAL", "STORE_FAST", "STORE_DEREF"), _name),
    (("DELETE_NAME", "DELETE_GLOBAL", "DELETE_FAST", "DELETE_DEREF"), _name),
    (("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "DELETE_ATTR", "LOAD_SUPER_ATTR"), _attribute),
    (("CALL_INTRINSIC",), lambda anchor: None),
    (("CALL", "PRECALL"), _call),
    (("BINARY_OP",), _binary),
    (("COMPARE_OP",), _comparison),
    (("IS_OP", "CONTAINS_OP"), _identity),
    (("IMPORT_NAME", "IMPORT_FROM"), _import),
    (
        ("BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR", "BINARY_SLICE", "STORE_SLICE"),
        _kind(ast.Subscript, ast.AnnAssign, ast.AugAssign, ast.pattern),
    ),
    (("BUILD_SLICE",), _kind(ast.Slice, ast.Subscript)),
    (("GET_ITER", "FOR_ITER", "END_FOR", "GET_AITER", "GET_ANEXT", "END_ASYNC_FOR"), _kind(*LOOPS)),
    (("BEFORE_WITH", "BEFORE_ASYNC_WITH", "WITH_EXCEPT_START"), _kind(*WITHS)),
    (("MAKE_FUNCTION",), lambda anchor: makes_code(anchor.node)),
    (("CHECK_EXC_MATCH", "CHECK_EG_MATCH"), _kind(ast.ExceptHandler)),
    (("UNPACK_",), _kind(ast.Tuple, ast.List, ast.pattern, *FUNCTIONS)),
    (("UNARY_",), _kind(ast.UnaryOp, ast.Compare)),
    (("RAISE_VARARGS",), _kind(ast.Raise, ast.Assert)),
    (("GET_AWAITABLE",), _kind(ast.Await, ast.AsyncFor, ast.AsyncWith, *COMPREHENSIONS)),
    (("FORMAT_",), lambda anchor: isinstance(anchor.node, ast.FormattedValue) or is_percent_format(anchor.node)),
    (("MATCH_", "GET_LEN"), _kind(ast.pattern)),
)
"""By beginnings of the operation's name."""

LOADS = ("LOAD_FAST", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF")


def copy_verdicts(anchors: list[Anchor]) -> list[tuple[Anchor, bool]]:
    """Of one code unit: one copy of a name is loaded once, and a call or attribute chain without a branch has no more
    copies than the name it starts with."""
    verdicts, seen, copies = [], set(), {}
    for anchor in anchors:
        if isinstance(anchor.node, ast.Name):
            copies[anchor.place] = max(copies.get(anchor.place, 0), anchor.copy)
            if anchor.rule in ("exact", "next_name") and anchor.opname.startswith(LOADS):
                verdicts.append((anchor, (anchor.place, anchor.copy) not in seen))
                seen.add((anchor.place, anchor.copy))
    chains = (a for a in anchors if a.opname in ("CALL", "LOAD_ATTR", "LOAD_METHOD") and a.rule in ("exact", "tie"))
    for anchor in chains:
        leaf = first_leaf(anchor)
        if leaf != anchor.place and leaf in copies and not has_branch(anchor):
            verdicts.append((anchor, anchor.copy <= copies[leaf]))
    return verdicts


def first_leaf(anchor: Anchor) -> int:
    """The expression that a chain of calls and attributes starts with."""
    leaf = anchor.place
    while isinstance(anchor.tree.nodes[leaf], ast.Call | ast.Attribute):
        leaf += 1
    return leaf


def has_branch(anchor: Anchor) -> bool:
    """Whether control may go different ways inside the node."""
    inside = anchor.tree.nodes[anchor.place + 1 : anchor.tree.ends[anchor.place]]
    return any(isinstance(node, ast.IfExp | ast.BoolOp | ast.Compare) for node in inside)


def read_unit(row: dict[str, Any], private_class: str) -> Unit:
    """The variables of a row of `code_units`."""
    names = (tuple(filter(None, row[column].split(","))) for column in ("varnames", "cellvars", "freevars"))
    return Unit(*names, private_class)
