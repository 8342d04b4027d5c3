"""Reading what module code does to `__all__`, as far as its text says."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

ALL = "__all__"
TRANSPARENT = ("list", "tuple", "set", "frozenset", "sorted")
"""Builtins that give what they are given, as far as names go."""
UNCHANGING = ("sort", "reverse", "copy", "index", "count")
"""List methods that change no names."""
DISPLAYS = ("List", "Tuple", "Set")


class SyntaxNode(NamedTuple):
    """One node of module-level code."""

    repository: str
    file_id: int
    node_id: int
    parent_id: int | None
    kind: str
    field: str | None
    name: str | None
    alias: str | None
    value: str | None
    value_kind: str | None
    ctx: str | None
    line: int | None


@dataclass(slots=True)
class Element:
    """Something that is added to `__all__` or taken from it."""

    node: SyntaxNode
    kind: str
    name: str | None = None
    is_effective: bool = True


class ModuleCode:
    """The module-level code of one file: its nodes in preorder, without what lies in inner scopes."""

    def __init__(self, nodes: Sequence[SyntaxNode], never: Iterable[int], conditional: Iterable[int]) -> None:
        self.nodes = nodes
        self.by_id = {node.node_id: node for node in nodes}
        self.children: dict[int | None, list[SyntaxNode]] = {}
        for node in nodes:
            self.children.setdefault(node.parent_id, []).append(node)
        self.never, self.conditional = {*never}, {*conditional}
        self.found: dict[int, Element] = {}
        self.variables = dict(self._variables())
        self.lists = {node.alias or ALL for node in nodes if node.kind == "alias" and node.name == ALL}

    def elements(self) -> list[Element]:
        """What becomes of `__all__`, in the order of the statements."""
        for node in self.nodes:
            if node.kind == "alias" and (node.alias or node.name) == ALL:
                self._put(node, [Element(node, "module", ALL)] if node.name == ALL else [Element(node, "dynamic")])
            elif node.kind == "Name" and node.name == ALL and node.ctx == "Store":
                self._assign(node)
            elif node.kind == "Name" and node.name == ALL:
                self._use(node)
        return [*self.found.values()]

    def _assign(self, target: SyntaxNode) -> None:
        """`__all__ = …`, `__all__ += …`, `__all__: … = …`; anything else that binds it cannot be told."""
        statement = self.by_id[target.parent_id or 0]
        value = self._child(statement, "value")
        if statement.kind not in ("Assign", "AnnAssign", "AugAssign"):
            self._put(statement, [Element(target, "dynamic")])
        elif value is not None:
            keeps = statement.kind == "AugAssign" or self._takes_over(value)
            self._put(statement, [*self._items(value)], replaces=not keeps)

    def _use(self, name: SyntaxNode) -> None:
        """`__all__.append(…)` and its like, `__all__[…] = …`."""
        above = self.by_id.get(name.parent_id or 0)
        call = self.by_id.get(above.parent_id or 0) if above else None
        if above is None or call is None or (above.ctx == "Load" and above.kind == "Subscript"):
            return
        if above.kind == "Subscript":
            value = self._child(call, "value") if call.kind in ("Assign", "AugAssign") else None
            self._put(call, [*self._items(value)] if value else [Element(above, "dynamic")])
        elif above.kind == "Attribute" and above.field == "func" and call.kind == "Call":
            self._put(call, [*self._changes(above.name or "", call)], replaces=above.name == "clear")

    def _changes(self, method: str, call: SyntaxNode) -> Iterator[Element]:
        arguments = [node for node in self.children.get(call.node_id, []) if node.field == "args"]
        if method in ("extend", "update") and len(arguments) == 1:
            yield from self._items(arguments[0])
        elif method in ("append", "insert", "add", "remove", "discard") and arguments:
            is_removal = method in ("remove", "discard")
            yield self._item(arguments[-1], "removed" if is_removal else "name")
        elif method not in (*UNCHANGING, "clear"):
            yield Element(call, "dynamic")

    def _put(self, statement: SyntaxNode, elements: Sequence[Element], replaces: bool = False) -> None:
        is_never = statement.node_id in self.never
        if replaces and statement.node_id not in self.conditional:
            for element in self.found.values():
                element.is_effective = False
        for element in elements:
            element.is_effective = not is_never
            self.found.setdefault(element.node.node_id, element).is_effective |= not is_never

    def _items(self, node: SyntaxNode, seen: frozenset[str] = frozenset()) -> Iterator[Element]:
        """The items of an expression that gives names."""
        below = self.children.get(node.node_id, [])
        if node.kind in DISPLAYS:
            for item in below:
                if item.kind == "Starred":
                    yield from self._items(self.children[item.node_id][0], seen)
                else:
                    yield self._item(item, "name")
        elif node.kind == "BinOp" and node.ctx in ("Add", "BitOr"):
            for part in below:
                yield from self._items(part, seen)
        elif node.kind == "IfExp":
            for part in below:
                if part.field != "test":
                    yield from self._items(part, seen)
        elif inner := self._transparent(node, below):
            for part in inner:
                yield from self._items(part, seen)
        elif node.kind == "Attribute" and node.name == ALL and (dotted := self._dotted(below[0])):
            yield Element(node, "module", dotted)
        elif node.kind == "Name":
            yield from self._variable(node, seen)
        elif not self._is_empty_call(node, below):
            yield Element(node, "dynamic")

    def _variable(self, node: SyntaxNode, seen: frozenset[str]) -> Iterator[Element]:
        name = node.name or ""
        if name in self.variables and name not in seen:
            yield from self._items(self.variables[name], seen | {name})
        elif name in self.lists and name != ALL:
            yield Element(node, "module", name)
        elif name != ALL:
            yield Element(node, "dynamic")

    def _item(self, node: SyntaxNode, kind: str) -> Element:
        if node.value_kind == "str":
            return Element(node, kind, ast.literal_eval(node.value or "''"))
        return Element(node, "dynamic")

    def _transparent(self, node: SyntaxNode, below: Sequence[SyntaxNode]) -> Sequence[SyntaxNode]:
        """What `list(…)`, `sorted(…)`, `….copy()` and `name := …` are made from."""
        if node.kind == "NamedExpr":
            return below[1:]
        if node.kind != "Call" or not below:
            return ()
        function, arguments = below[0], [each for each in below if each.field == "args"]
        if function.kind == "Name" and function.name in TRANSPARENT:
            return arguments
        if function.kind == "Attribute" and function.name in ("copy", "union"):
            return [self.children[function.node_id][0], *arguments]
        return ()

    def _is_empty_call(self, node: SyntaxNode, below: Sequence[SyntaxNode]) -> bool:
        return node.kind == "Call" and len(below) == 1 and below[0].name in TRANSPARENT

    def _takes_over(self, value: SyntaxNode) -> bool:
        """Whether `__all__` itself is among what the value is put together from."""
        if value.kind == "Name":
            return value.name == ALL
        below = self.children.get(value.node_id, [])
        holds = value.kind in (*DISPLAYS, "BinOp", "Starred", "IfExp") or self._transparent(value, below)
        return bool(holds) and any(self._takes_over(part) for part in below)

    def _dotted(self, node: SyntaxNode) -> str | None:
        if node.kind == "Name":
            return node.name
        below = self.children.get(node.node_id, [])
        before = self._dotted(below[0]) if node.kind == "Attribute" and below else None
        return f"{before}.{node.name}" if before else None

    def _variables(self) -> Iterator[tuple[str, SyntaxNode]]:
        """Names that one assignment at module level gives a value and nothing changes, with that value."""
        stored = Counter(node.name for node in self.nodes if node.kind == "Name" and node.ctx != "Load")
        for node in self.nodes:
            if node.kind == "Attribute" and node.field == "func" and node.name not in UNCHANGING:
                stored.update(child.name for child in self.children.get(node.node_id, []) if child.kind == "Name")
        for node in self.nodes:
            statement = self.by_id.get(node.parent_id or 0)
            if statement is None or statement.kind not in ("Assign", "AnnAssign"):
                continue
            is_only = node.kind == "Name" and node.ctx == "Store" and stored[node.name] == 1
            value = self._child(statement, "value")
            if is_only and node.name and node.name != ALL and value is not None:
                yield node.name, value

    def _child(self, node: SyntaxNode, field: str) -> SyntaxNode | None:
        return next((child for child in self.children.get(node.node_id, []) if child.field == field), None)


def by_file(nodes: Iterable[SyntaxNode]) -> Mapping[int, list[SyntaxNode]]:
    """The nodes of each file in preorder."""
    files: dict[int, list[SyntaxNode]] = {}
    for node in sorted(nodes, key=lambda node: node.node_id):
        files.setdefault(node.file_id, []).append(node)
    return files
