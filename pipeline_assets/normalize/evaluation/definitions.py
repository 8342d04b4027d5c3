"""What a definition evaluates where it stands: its header, never its body."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_assets.normalize.evaluation.expressions import annotation, defaults, keyword, value
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.walk import Visit, Walk, each

PARAMETERS = ("args", "posonlyargs", "vararg", "kwonlyargs", "kwarg")
"""Fields of the parameters in the order in which CPython evaluates their annotations."""


def visit_function(walk: Walk, node: Node) -> Visit:
    """Decorators, default values, annotations; then the function is made, decorated and bound.

    With type parameters, annotations and making are the work of their scope.
    """
    decorators = node.many("decorator_list")
    yield from each(walk, value, decorators)
    yield from defaults(walk, node)
    if not node.many("type_params"):
        yield from visit_annotations(walk, node)
    _define(walk, node, decorators)


def visit_class(walk: Walk, node: Node) -> Visit:
    """Decorators, bases, keywords; then the class is made, decorated and bound."""
    decorators = node.many("decorator_list")
    yield from each(walk, value, decorators)
    if not node.many("type_params"):
        yield from visit_bases(walk, node)
    _define(walk, node, decorators)


def visit_alias(walk: Walk, node: Node) -> Visit:
    """A `type` statement evaluates nothing: its value waits until somebody asks for it."""
    walk.emit(node)
    _open(walk, node)
    walk.flow.opened.append((node, "body"))
    yield value(walk, node.only("name"))


def visit_type_parameters(walk: Walk, node: Node) -> Visit:
    """The scope between a generic definition and its surroundings: parameters, header, and the thing itself."""
    for parameter in node.many("type_params"):
        walk.emit(parameter)
        for field, role in (("bound", "bound"), ("default_value", "default")):
            if parameter.many(field):
                walk.flow.opened.append((parameter, role))
    if node.kind == "ClassDef":
        yield from visit_bases(walk, node)
    elif node.kind != "TypeAlias":
        yield from visit_annotations(walk, node)
    walk.emit(node)


def visit_bases(walk: Walk, node: Node) -> Visit:
    """What stands in a class's parentheses."""
    yield from each(walk, value, node.many("bases"))
    yield from each(walk, keyword, node.many("keywords"))


def visit_annotations(walk: Walk, node: Node) -> Visit:
    """The annotations of a function's parameters, and of what it returns."""
    for holder in [*_parameters(node), node]:
        yield from each(walk, annotation, holder.many("annotation", "returns"))


def _parameters(node: Node) -> Iterator[Node]:
    for arguments in node.many("args"):
        yield from arguments.many(*PARAMETERS)


def _define(walk: Walk, node: Node, decorators: list[Node]) -> None:
    """Make and bind; decorators are called in between, the last one first."""
    walk.emit(node)
    _open(walk, node)
    walk.flow.opened.append((node, "body"))
    for decorator in reversed(decorators):
        walk.emit(decorator)
    if decorators:
        walk.emit(node, raises=not walk.is_function)


def _open(walk: Walk, node: Node) -> None:
    if node.many("type_params"):
        walk.flow.opened.append((node, "type_parameters"))
