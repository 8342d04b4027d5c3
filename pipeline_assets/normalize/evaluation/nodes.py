"""Syntax nodes as small objects, made from the rows of `ast_nodes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Node:
    """One syntax node and the nodes below it that were read, in source order."""

    __slots__ = ("alias", "children", "ctx", "end", "field", "kind", "name", "node_id", "ordinal", "value")

    def __init__(self, row: dict[str, Any]) -> None:
        self.node_id: int = row["node_id"]
        self.end: int = row["subtree_end"]
        self.kind: str = row["kind"]
        self.field: str | None = row["field"]
        self.ordinal: int | None = row["ordinal"]
        self.name: str | None = row["name"]
        self.alias: str | None = row["alias"]
        self.value: str | None = row["value"]
        self.ctx: str | None = row["ctx"]
        self.children: list[Node] = []

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name or self.value or ''}>"

    def one(self, field: str) -> Node | None:
        """The node in a field that holds one, or none."""
        return next((child for child in self.children if child.field == field), None)

    def only(self, field: str) -> Node:
        """The node in a field that always holds one."""
        return next(child for child in self.children if child.field == field)

    def many(self, *fields: str) -> list[Node]:
        """The nodes in these fields, one field after the other."""
        return [child for field in fields for child in self.children if child.field == field]

    def subtree(self) -> Iterator[Node]:
        """The node and all below it, parents first."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.children)


def read_nodes(rows: Iterable[dict[str, Any]]) -> dict[int, Node]:
    """Nodes by id; each hangs below the nearest node around it that is among the rows, which come in preorder."""
    found: dict[int, Node] = {}
    around: list[Node] = []
    for row in rows:
        node = found[row["node_id"]] = Node(row)
        while around and around[-1].end <= node.node_id:
            around.pop()
        if around:
            around[-1].children.append(node)
        around.append(node)
    return found
