"""One file's LibCST tree as the facts are read from it: nodes by ordinal, texts, owners and qualified names.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import libcst as cst
import numpy as np
from libcst.metadata import ExpressionContext, QualifiedNameSource

from pipeline_assets.extract.producers.libcst.contracts import MOST_CHARACTERS
from pipeline_assets.extract.producers.libcst.events import Rows
from pipeline_assets.extract.producers.libcst.scopes import Contexts, Scopes
from pipeline_assets.extract.producers.libcst.tree import FIELDS, CstTree

Names = tuple[str | None, str | None]
NO_NAMES: Names = (None, None)
_LOCAL = QualifiedNameSource.LOCAL.name


class View:
    """Everything that is asked about the nodes of one file more than once."""

    def __init__(self, tree: CstTree, canonical: bytes, stored: Contexts, scopes: Scopes | None) -> None:
        self.tree, self.nodes, self.row = tree, tree.nodes, tree.ordinal
        self.stored, self.scopes = stored, scopes
        self.parents: list[int] = tree.layout.parents.tolist()
        self.owners = owners(tree)
        self.dotted = dotted_names(tree)
        self._canonical = canonical
        self._fields: list[int] = tree.fields.tolist()
        self._starts: list[int] = tree.layout.own[0].tolist()
        self._ends: list[int] = tree.layout.own[1].tolist()
        self._names: dict[int, Names] = {}

    def above(self, row: int) -> tuple[cst.CSTNode, str]:
        """The parent of a node, and the name of the field that holds the node."""
        return self.nodes[self.parents[row]], FIELDS[self._fields[row]]

    def span(self, node: object) -> tuple[int, int]:
        """The nodes whose begin and end make the span of a node."""
        row = self.row(node)
        return row, row

    def text(self, node: object) -> tuple[str | None, bool]:
        """The start of a node's source, and whether that is not all of it."""
        row = self.row(node)
        return self.excerpt(self._starts[row], self._ends[row]) if row >= 0 else (None, False)

    def excerpt(self, start: int, end: int) -> tuple[str, bool]:
        """The start of the source between two bytes, and whether that is not all of it."""
        cut = min(end, start + 4 * MOST_CHARACTERS)
        text = self._canonical[start:cut].decode("utf-8", "ignore")
        return text[:MOST_CHARACTERS], cut < end or len(text) > MOST_CHARACTERS

    def dotted_of(self, node: object) -> str | None:
        """The dotted name that a node is."""
        return self.dotted.get(self.row(node))

    def names(self, node: cst.CSTNode) -> Names:
        """What a dotted name may stand for and the sources of that, each joined by commas."""
        row = self.row(node)
        if self.scopes is None or row not in self.dotted:
            return NO_NAMES
        if row not in self._names:
            self._names[row] = self._found_names(self.scopes, node)
        return self._names[row]

    def bound_names(self, node: cst.CSTNode, name: str) -> Names:
        """What a name is called that a node binds."""
        found = None if self.scopes is None else self.scopes.bound_name(node, name)
        return NO_NAMES if found is None else (found, _LOCAL)

    def _found_names(self, scopes: Scopes, node: cst.CSTNode) -> Names:
        if type(node) is cst.Name and self.stored.get(id(node)) is ExpressionContext.STORE:
            return self.bound_names(node, node.value)
        found = scopes.names(node)
        if not found:
            return NO_NAMES
        return ",".join(each.name for each in found), ",".join(each.source.name for each in found)


def owners(tree: CstTree) -> Rows:
    """The function, class or module in whose body each node is evaluated: headers belong to what is around."""
    found = np.zeros(len(tree.nodes), np.int64)
    ends = tree.layout.subtree_ends

    def paint(node: cst.CSTNode | None, owner: int) -> None:
        row = tree.ordinal(node)
        if row >= 0:
            found[row : ends[row]] = owner

    for row in tree.of(cst.FunctionDef, cst.ClassDef):
        node = tree.nodes[row]
        paint(node.body, row)
        if isinstance(node, cst.FunctionDef):
            paint(node.params, row)
            for param in parameters(node.params):
                paint(param.annotation, int(found[row]))
                paint(param.default, int(found[row]))
    return found


def parameters(node: cst.Parameters) -> Iterator[cst.Param]:
    """All parameters in order."""
    star = [node.star_arg] if isinstance(node.star_arg, cst.Param) else []
    last = [node.star_kwarg] if node.star_kwarg is not None else []
    yield from chain(node.posonly_params, node.params, star, node.kwonly_params, last)


def dotted_names(tree: CstTree) -> dict[int, str]:
    """Names and attributes of names, by ordinal; overlong ones are left out."""
    found: dict[int, str] = {}
    for row in reversed(tree.of(cst.Name, cst.Attribute)):
        node = tree.nodes[row]
        if type(node) is cst.Name:
            found[row] = node.value
        else:
            base = found.get(tree.ordinal(node.value))
            if base is not None and len(base) < MOST_CHARACTERS:
                found[row] = f"{base}.{node.attr.value}"
    return found
