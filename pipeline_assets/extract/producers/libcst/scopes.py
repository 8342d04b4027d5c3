"""LibCST's scope analysis and qualified names, at a tenth of what its metadata providers cost.

The analysis is LibCST's own `ScopeVisitor`. What is replaced is how it travels: `CSTNode.visit` builds every node anew,
whitespace included, to find its children; here they are known already. Contexts of names, which the analysis asks for,
come from the fields of the nodes that bind. The names equal those of `QualifiedNameProvider`, except where LibCST is
wrong: captures of `match` statements bind, and assignment expressions bind outside of comprehensions.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import libcst as cst
from libcst.metadata import ExpressionContext, QualifiedName
from libcst.metadata.scope_provider import (
    _ASSIGNMENT_LIKE_NODES,
    AnnotationScope,
    ClassScope,
    ComprehensionScope,
    FunctionScope,
    GlobalScope,
    Scope,
    ScopeVisitor,
)

from pipeline_assets.extract.producers.libcst.tree import CLASSES, CstTree

PROVIDERS = ("ByteSpanPositionProvider", "ExpressionContextProvider", "ScopeProvider", "QualifiedNameProvider")
"""What LibCST calls that which is computed here."""

SCOPE_KINDS: Mapping[type[Scope], str] = {
    GlobalScope: "module",
    FunctionScope: "function",
    ClassScope: "class",
    ComprehensionScope: "comprehension",
    AnnotationScope: "annotation",
}

_BINDING: Mapping[type[cst.CSTNode], str] = {
    cst.AssignTarget: "target",
    cst.AnnAssign: "target",
    cst.AugAssign: "target",
    cst.NamedExpr: "target",
    cst.CompFor: "target",
    cst.For: "target",
    cst.AsName: "name",
    cst.ClassDef: "name",
    cst.FunctionDef: "name",
    cst.Param: "name",
    cst.MatchAs: "name",
    cst.MatchStar: "name",
    cst.MatchMapping: "rest",
    cst.TypeAlias: "name",
}
"""Classes of nodes that bind, and the field that holds what they bind."""

_COUNTED = frozenset((*_ASSIGNMENT_LIKE_NODES, cst.MatchAs, cst.MatchStar, cst.MatchMapping))
"""Classes of nodes after which a name may stand for something else."""

_LEAVES = (cst.Name, cst.SimpleString, cst.Integer, cst.Pass)
_PLACES = (cst.Name, cst.Attribute, cst.Subscript)

Contexts = dict[int, ExpressionContext]


def contexts(tree: CstTree) -> Contexts:
    """Whether an expression is stored or deleted, by its identity; what is not there is loaded."""
    found: Contexts = {}
    for row in tree.of(*_BINDING):
        node = tree.nodes[row]
        found.update(dict.fromkeys(_targets(getattr(node, _BINDING[type(node)])), ExpressionContext.STORE))
    for row in tree.of(cst.Del):
        found.update(dict.fromkeys(_targets(cst.ensure_type(tree.nodes[row], cst.Del).target), ExpressionContext.DEL))
    return found


class Scopes:
    """The scopes of one file, and what names stand for in them."""

    def __init__(self, tree: CstTree, stored: Contexts) -> None:
        self._scopes: dict[int, Scope] = {}
        walk = _Walk(tree, _Provider(stored, self._scopes))
        walk.on_visit(tree.module)
        walk.on_leave(tree.module)
        walk.infer_accesses()

    def kind(self, node: cst.CSTNode) -> str | None:
        """The kind of scope that a node is evaluated in."""
        scope = self._scopes.get(id(node))
        return None if scope is None else SCOPE_KINDS[type(scope)]

    def names(self, node: cst.CSTNode) -> tuple[QualifiedName, ...]:
        """What a name or dotted name may stand for, in order; nothing where that cannot be told."""
        scope = self._scopes.get(id(node))
        found = () if scope is None else scope.get_qualified_names_for(node)
        return tuple(sorted(found, key=_order)) if len(found) > 1 else tuple(found)

    def bound_name(self, node: cst.CSTNode, name: str) -> str | None:
        """The qualified name that `name` gets where `node` binds it.

        LibCST looks through all that is assigned to the name in the scope, which takes minutes for thousands.
        """
        scope = self._scopes.get(id(node))
        if scope is None:
            return None
        prefix = scope._find_assignment_target(name)._name_prefix
        return f"{prefix}.{name}" if prefix else name

    def release(self) -> None:
        """Undo the cycles among scopes, accesses and assignments: a worker collects none while it works."""
        scopes = {id(scope): scope for scope in self._scopes.values()}.values()
        for access in (access for scope in scopes for access in scope.accesses):
            cast(set[object], access.referents).clear()
        for scope in scopes:
            vars(scope).clear()
        self._scopes.clear()


class _Provider:
    """What the analysis takes for its metadata provider: it asks for contexts and tells scopes."""

    def __init__(self, stored: Contexts, scopes: dict[int, Scope]) -> None:
        self._stored, self._scopes = stored, scopes

    def get_metadata(self, key: object, node: cst.CSTNode, default: object = None) -> object:
        return self._stored.get(id(node), default)

    def set_metadata(self, node: cst.CSTNode, value: Scope) -> None:
        self._scopes[id(node)] = value


class _Walk(ScopeVisitor):  # type: ignore[misc]
    """LibCST's analysis, led to the children that hold names."""

    def __init__(self, tree: CstTree, provider: _Provider) -> None:
        super().__init__(cast(Any, provider))
        self._tell = provider.set_metadata
        self._children = tree.meaningful_children()
        self._visitors = self._handlers("visit_")
        self._leavers = self._handlers("leave_")

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Visit a node and all below it; the answer keeps LibCST from doing so again."""
        visit = self._visitors.get(type(node))
        if visit is None or visit(node) is not False:
            for child in self._children.get(id(node)) or _unknown_children(node):
                self.on_visit(child)
                self.on_leave(child)
        return False

    def on_leave(self, original_node: cst.CSTNode) -> None:
        """Tell the scope of a node, and count what binds."""
        kind = type(original_node)
        self._tell(original_node, self.scope)
        if kind in _COUNTED:
            self.scope._assignment_count += 1
        leave = self._leavers.get(kind)
        if leave is not None:
            leave(original_node)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> bool:
        """Bind in the scope around all comprehensions, as PEP 572 says."""
        around = self.scope
        while isinstance(around, ComprehensionScope):
            around = around.parent
        around.record_assignment(node.target.value, node.target)
        around._assignment_count += around is not self.scope
        self._tell(node.target, around)
        self.on_visit(node.value)
        self.on_leave(node.value)
        return False

    def _handlers(self, prefix: str) -> dict[type[cst.CSTNode], Callable[[cst.CSTNode], object]]:
        named = ((each, prefix + each.__name__) for each in CLASSES)  # every visitor has a method that does nothing
        return {
            each: getattr(self, name)
            for each, name in named
            if getattr(_Walk, name, None) is not getattr(cst.CSTVisitor, name, None)
        }


def _unknown_children(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    """Children of a node without any that matter, or of one that LibCST has parsed from a quoted annotation."""
    return () if type(node) in _LEAVES else node.children


def _targets(target: cst.CSTNode) -> Iterator[int]:
    """The identities of what is bound or deleted when `target` is."""
    waiting = [target]
    while waiting:
        node = waiting.pop()
        if type(node) in _PLACES:
            yield id(node)
        elif type(node) in (cst.Tuple, cst.List):
            waiting += [element.value for element in node.elements]


def _order(name: QualifiedName) -> tuple[str, str]:
    return name.source.name, name.name
