"""A module as nodes in evaluation order, each with the scope that evaluates it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pipeline_tests.bench.anchors.syntax import COMPREHENSIONS, FUNCTIONS


@dataclass
class Scope:
    """A region of the tree that one code object evaluates: a body, type parameters or a lazy bound."""

    owner: int
    name: str
    line: int
    parent: Scope | None
    klass: str | None
    nodes: list[int] = field(default_factory=list)
    children: list[Scope] = field(default_factory=list)


class Tree:
    """The nodes of a module in evaluation order (a parent before its children), with parent, field and scope."""

    def __init__(self, module: ast.Module) -> None:
        self.nodes: list[ast.AST] = []
        self.parent: list[int] = []
        self.field: list[str] = []
        self.end: list[int] = []
        self.root = Scope(0, "<module>", 1, None, None)
        self._opened: dict[tuple[int, str], Scope] = {}
        stack: list[tuple[ast.AST, int, str, Scope]] = [(module, -1, "", self.root)]
        while stack:
            node, parent, name, scope = stack.pop()
            index = len(self.nodes)
            self.nodes.append(node)
            self.parent.append(parent)
            self.field.append(name)
            scope.nodes.append(index)
            for child, child_field, place in reversed(list(placed_children(node))):
                stack.append((child, index, child_field, self._scope_at(place, index, node, scope)))
        self.end = self._ends()

    def ancestors(self, index: int) -> Iterator[int]:
        """The node itself, then its parents up to the module."""
        while index >= 0:
            yield index
            index = self.parent[index]

    def nearest(self, index: int, kinds: tuple[type, ...]) -> int | None:
        """The closest node of these kinds among the node and its parents, or none before a statement list's owner."""
        return next((i for i in self.ancestors(index) if isinstance(self.nodes[i], kinds)), None)

    def _ends(self) -> list[int]:
        ends = list(range(1, len(self.nodes) + 1))
        for index in range(len(ends) - 1, 0, -1):
            ends[self.parent[index]] = max(ends[self.parent[index]], ends[index])
        return ends

    def _scope_at(self, place: str, index: int, node: ast.AST, scope: Scope) -> Scope:
        if place == "outside":
            return scope
        if (index, place) not in self._opened:
            generic = bool(getattr(node, "type_params", None)) and place != "parameters"
            parent = self._scope_at("parameters", index, node, scope) if generic else scope
            self._opened[index, place] = opened = Scope(index, *code_name(node, place), parent, parent.klass)
            if isinstance(node, ast.ClassDef):
                opened.klass = node.name
            parent.children.append(opened)
        return self._opened[index, place]


COMPREHENSION_NAMES = {
    "ListComp": "<listcomp>",
    "SetComp": "<setcomp>",
    "DictComp": "<dictcomp>",
    "GeneratorExp": "<genexpr>",
}


def code_name(node: ast.AST, place: str) -> tuple[str, int]:
    """The `co_name` and `co_firstlineno` the compiler gives to a scope."""
    line = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    name = getattr(node, "name", None)
    name = name.id if isinstance(name, ast.Name) else name
    if place == "parameters":
        return f"<generic parameters of {name}>", line
    return name or COMPREHENSION_NAMES.get(type(node).__name__, "<lambda>"), line


def placed_children(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """A node's children in evaluation order, each with its field and the scope that evaluates it."""
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield from function_children(node)
    elif isinstance(node, ast.ClassDef):
        yield from labelled(node, ("decorator_list",), "outside")
        place = "parameters" if getattr(node, "type_params", None) else "outside"
        yield from labelled(node, ("type_params",), "parameters")
        yield from labelled(node, ("bases", "keywords"), place)
        yield from labelled(node, ("body",), "body")
    elif isinstance(node, COMPREHENSIONS):
        yield from comprehension_children(node)
    elif type(node).__name__ == "TypeAlias":
        yield from labelled(node, ("type_params",), "parameters")
        yield from labelled(node, ("value",), "body")
        yield from labelled(node, ("name",), "outside")
    elif type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):
        yield from labelled(node, ("bound",), "bound")
        yield from labelled(node, ("default_value",), "default")
    elif not isinstance(node, ast.arg):  # its annotation is a child of the function, which evaluates it elsewhere
        yield from labelled(node, EVALUATION_ORDER.get(type(node), node._fields), "outside")


EVALUATION_ORDER: dict[type, tuple[str, ...]] = {
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("value", "target", "annotation"),
    ast.NamedExpr: ("value", "target"),
    ast.For: ("iter", "target", "body", "orelse"),
    ast.AsyncFor: ("iter", "target", "body", "orelse"),
    ast.IfExp: ("test", "body", "orelse"),
}


def labelled(node: ast.AST, fields: Iterable[str], place: str) -> Iterator[tuple[ast.AST, str, str]]:
    """The children held by these fields."""
    columns = [(name, getattr(node, name, None)) for name in fields]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        columns = [("items", [part for pair in pairs for part in pair])]
    for name, value in columns:
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(
                child, (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
            ):
                yield child, name, place


def function_children(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """Decorators, defaults and annotations are evaluated outside a function, its parameters and body inside."""
    arguments = node.args
    parameters = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    parameters = [p for p in parameters if p is not None]
    yield from labelled(node, ("decorator_list",), "outside")
    yield from labelled(arguments, ("defaults", "kw_defaults"), "outside")
    yield from labelled(node, ("type_params",), "parameters")
    place = "parameters" if getattr(node, "type_params", None) else "outside"
    for owner in [*parameters, node]:
        yield from labelled(owner, ("annotation", "returns"), place)
    yield from ((parameter, "args", "body") for parameter in parameters)
    yield from labelled(node, ("body",), "body")


def comprehension_children(node: ast.AST) -> Iterator[tuple[ast.AST, str, str]]:
    """The first iterable of a comprehension is evaluated outside, everything else inside."""
    for position, generator in enumerate(node.generators):
        yield generator.iter, "iter", "body" if position else "outside"
        yield generator.target, "target", "body"
        yield from ((test, "ifs", "body") for test in generator.ifs)
    yield from labelled(node, ("key", "value", "elt"), "body")


def is_annotation(tree: Tree, index: int) -> bool:
    """Whether the node is a whole annotation, which `from __future__ import annotations` turns into a string."""
    return tree.field[index] in ("annotation", "returns")


def count_scopes(scope: Scope) -> int:
    """How many scopes a scope is made of."""
    return 1 + sum(map(count_scopes, scope.children))
