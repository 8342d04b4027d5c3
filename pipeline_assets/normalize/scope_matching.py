"""Matching the scopes that syntax opens with those of CPython's symbol table, one file at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SCOPE_KINDS = {
    "Module": "module",
    "ClassDef": "class",
    "FunctionDef": "function",
    "AsyncFunctionDef": "function",
    "Lambda": "lambda",
    "ListComp": "comprehension",
    "SetComp": "comprehension",
    "DictComp": "comprehension",
    "GeneratorExp": "comprehension",
    "TypeAlias": "type_alias",
}
"""Syntax that opens a scope for its body, and what the scope is."""

TABLE_NAMES = {
    "Module": "top",
    "Lambda": "lambda",
    "ListComp": "listcomp",
    "SetComp": "setcomp",
    "DictComp": "dictcomp",
    "GeneratorExp": "genexpr",
}
"""Names that the symbol table gives to scopes without a name of their own."""

VISIT_ORDER = {
    "arguments": ("defaults", "kw_defaults", "posonlyargs", "args", "vararg", "kwarg", "kwonlyargs"),
    "ListComp": ("generators", "elt"),
    "SetComp": ("generators", "elt"),
    "GeneratorExp": ("generators", "elt"),
    "DictComp": ("generators", "value", "key"),
}
"""Where CPython's symbol table visits fields in another order than the syntax tree lists them.

Only fields that can share a line matter: scopes are told apart by parent, kind, name and line first.
"""

TYPE_PARAMETER_PARTS = {"bound": "bound", "default_value": "default"}
"""Fields of a type parameter that are evaluated lazily, in scopes of their own, and the scopes' role."""

HEADERS = ("type_params", "bases", "keywords", "returns")
"""Fields of a generic definition that are evaluated in its type parameters' scope, beside its annotations."""

NODE_COLUMNS = ("node_id", "parent_id", "kind", "field", "scope_node", "name", "line")


@dataclass(slots=True)
class Node:
    """One syntax node, as far as scopes need it."""

    node_id: int
    parent_id: int | None
    kind: str
    field: str | None
    scope_node: int
    name: str | None
    line: int | None


@dataclass(slots=True, eq=False)
class OpenedScope:
    """One scope that the syntax opens; what the symbol table calls it is filled in when it is found there."""

    node: Node
    role: str
    kind: str
    parent: OpenedScope | None
    is_deferred: bool
    """Whether it sits in an annotation that is never evaluated, so that the compiler makes no scope of it."""
    is_inlined: bool = False
    """Whether the compiler runs the comprehension in the scope around it (3.12), so the table has none of it."""
    scope_id: int | None = None
    scope_end: int | None = None

    @property
    def table_key(self) -> tuple[str, str, int]:
        """Kind, name and line as the symbol table spells them."""
        kind = {"lambda": "function", "comprehension": "function"}.get(self.kind, self.kind)
        return _table_key(kind, TABLE_NAMES.get(self.node.kind) or self.node.name or "", self.node.line or 0)

    @property
    def compiled_in(self) -> OpenedScope:
        """The scope of the symbol table that answers for names evaluated here: this one unless it is inlined."""
        return self.parent.compiled_in if self.is_inlined and self.parent else self

    @property
    def table_parent(self) -> OpenedScope | None:
        """The scope around it in the symbol table."""
        return self.parent.compiled_in if self.parent else None

    @property
    def definition_id(self) -> int:
        """The nearest module, class, function or lambda, itself included."""
        is_definition = self.role == "body" and self.kind in ("module", "class", "function", "lambda")
        return self.node.node_id if is_definition or self.parent is None else self.parent.definition_id

    @property
    def private_class(self) -> str | None:
        """The class whose name mangles private names here; a generic class lends it to its type parameters."""
        if self.node.kind == "ClassDef":
            return self.node.name
        return self.parent.private_class if self.parent else None


class FileScopes:
    """The scopes of one file while they are matched, and the syntax above them."""

    def __init__(self, inputs: dict[str, pa.Table], deferred: Set[int]) -> None:
        openers = inputs["openers"]
        # A file may have a symbol table and no syntax: then there is nothing to match.
        self.repository, self.file_id = next(zip(*_columns(openers, "repository", "file_id"), strict=True), ("", 0))
        self.scopes: dict[tuple[int, str], OpenedScope] = {}
        self.above = {node.node_id: node for node in read_nodes(inputs["above"])}
        nodes = [*read_nodes(openers)]
        self.generic = {node.parent_id for node in nodes if node.field == "type_params"}
        self.has_type_scopes = bool(self.generic) or any(node.kind == "TypeAlias" for node in nodes)
        self.deferred = deferred
        self.table_names = {*zip(*_columns(inputs["scopes"], "name", "line"), strict=True)}

    def open(self, node: Node) -> None:
        """Add the scopes that `node` opens."""
        if node.field in TYPE_PARAMETER_PARTS and node.parent_id is not None:
            self._add(self.above[node.parent_id], TYPE_PARAMETER_PARTS[node.field], "type_variable")
        if node.kind in SCOPE_KINDS:
            if node.node_id in self.generic:
                self._add(node, "type_parameters", "type_parameters")
            self._add(node, "body", SCOPE_KINDS[node.kind])

    def visit_key(self, opened: OpenedScope) -> list[tuple[int, int]]:
        """Sorts scopes of one parent as CPython visits them; what a scope's header holds comes before the scope."""
        top = opened.table_parent.node.node_id if opened.table_parent else opened.node.node_id
        steps = [_visit_rank(child, above) for child, above in self._path(opened.node, top)]
        return [*reversed(steps), (len(VISIT_ORDER["arguments"]) + 1, 0)]

    def _add(self, node: Node, role: str, kind: str) -> None:
        parent = self._parent(node, role)
        is_deferred = parent is not None and (parent.is_deferred or node.node_id in self.deferred)
        is_inlined = not is_deferred and self._is_inlined(node)
        self.scopes[node.node_id, role] = OpenedScope(node, role, kind, parent, is_deferred, is_inlined)

    def _parent(self, node: Node, role: str) -> OpenedScope | None:
        if node.parent_id is None:
            return None
        if role == "body" and node.node_id in self.generic:
            return self.scopes[node.node_id, "type_parameters"]
        header = self._header(node) if self.has_type_scopes else None
        return self.scopes[header or (node.scope_node, "body")]

    def _header(self, node: Node) -> tuple[int, str] | None:
        """The type parameters' or type variable's scope in which `node` is evaluated, if it is in one.

        The syntax tree's own scopes leave these out (`ast_nodes.scope_node`).
        """
        in_annotation = False
        for child, above in self._path(node, node.scope_node):
            if above.kind == "TypeAlias" and child.field == "value":
                return above.node_id, "body"
            if child.field in TYPE_PARAMETER_PARTS:
                return above.node_id, TYPE_PARAMETER_PARTS[child.field]
            if above.node_id in self.generic and (child.field in HEADERS or (child.field == "args" and in_annotation)):
                return above.node_id, "type_parameters"
            in_annotation |= child.field == "annotation"
        return None

    def _is_inlined(self, node: Node) -> bool:
        is_candidate = node.kind in ("ListComp", "SetComp", "DictComp") and bool(self.table_names)
        return is_candidate and (TABLE_NAMES[node.kind], node.line) not in self.table_names

    def _path(self, node: Node, top: int) -> Iterator[tuple[Node, Node]]:
        """Pairs of a node and the one above, from `node` up to `top`."""
        while node.parent_id is not None:
            above = self.above[node.parent_id]
            yield node, above
            if above.node_id == top:
                return
            node = above


class SymbolTable:
    """The symbol table's scopes of one file, searchable by what the syntax knows of them."""

    def __init__(self, scopes: pa.Table) -> None:
        self.by_key: dict[tuple[int | None, tuple[str, str, int]], list[int]] = {}
        self.ends: dict[int, int] = {}
        parents: dict[int, int | None] = {}
        columns = _columns(scopes, "scope_id", "parent_scope_id", "kind", "name", "line")
        for scope_id, parent, kind, name, line in sorted(zip(*columns, strict=True)):
            self.by_key.setdefault((parent, _table_key(kind, name, line)), []).append(scope_id)
            parents[scope_id] = parent
        self._measure(parents)

    def children(self, opened: OpenedScope) -> list[int]:
        """The scopes that may be `opened` and those it cannot be told apart from, in the table's order."""
        parent = opened.table_parent
        if parent is not None and parent.scope_id is None:
            return []
        return self.by_key.get((parent.scope_id if parent else None, opened.table_key), [])

    def _measure(self, parents: dict[int, int | None]) -> None:
        """Ids are given in preorder, so a scope ends where its last descendant does."""
        for scope_id in sorted(parents, reverse=True):
            end = self.ends.setdefault(scope_id, scope_id + 1)
            parent = parents[scope_id]
            if parent is not None:
                self.ends[parent] = max(self.ends.get(parent, parent + 1), end)


def read_nodes(table: pa.Table) -> Iterator[Node]:
    """The rows of a table with `NODE_COLUMNS`, as nodes."""
    return (Node(*row) for row in zip(*_columns(table, *NODE_COLUMNS), strict=True))


def siblings(scopes: Iterable[OpenedScope]) -> Iterable[list[OpenedScope]]:
    """Groups of scopes that parent, kind, name and line do not tell apart, parents' groups first."""
    groups: dict[tuple[int, tuple[str, str, int]], list[OpenedScope]] = {}
    for opened in scopes:
        if not opened.is_deferred and not opened.is_inlined:
            groups.setdefault((id(opened.table_parent), opened.table_key), []).append(opened)
    return groups.values()


def _columns(table: pa.Table, *names: str) -> Iterator[list[Any]]:
    return (table[name].to_pylist() for name in names)


def _table_key(kind: str, name: str, line: int) -> tuple[str, str, int]:
    """What to compare a scope by: names or lines that the two sides spell differently are left out."""
    if kind == "module":
        return kind, "", 0
    if kind == "type_variable":
        return kind, name, 0
    return kind, "" if kind in ("type_parameters", "type_alias") else name, line


def _visit_rank(child: Node, above: Node) -> tuple[int, int]:
    order = VISIT_ORDER.get(above.kind, ())
    return order.index(child.field) if child.field in order else len(order), child.node_id
