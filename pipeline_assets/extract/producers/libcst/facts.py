"""The facts about one file, as rows: in the order of the contract, from its first own column on.

A row begins with the ordinal of its node. Columns that end in `_id` hold ordinals, and so do those of spans: of the
node that begins the span, and of the one that ends it; -1 stands for none. Classes are compared with `is` where that
is enough: `isinstance` is slow on LibCST's classes, which are abstract base classes.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import libcst as cst
import numpy as np
from libcst.metadata import ExpressionContext

from pipeline_assets.extract.producers.libcst.contracts import (
    CST_CALL_ARGS,
    CST_CALLSITES,
    CST_DECORATORS,
    CST_DEFS,
    CST_DOCSTRINGS,
    CST_IMPORTS,
    CST_REFS,
    CST_TYPES,
    MOST_CHARACTERS,
)
from pipeline_assets.extract.producers.libcst.view import NO_NAMES, View, parameters

Row = tuple[Any, ...]
NONE = (-1, -1)

_IMPORTS = (cst.Import, cst.ImportFrom, cst.LazyImport, cst.LazyImportFrom)
_CONSTANTS = frozenset({"True", "False", "None"})
_CONTEXTS = {ExpressionContext.STORE: "Store", ExpressionContext.DEL: "Del"}
_CAPTURES = (cst.MatchAs, cst.MatchStar, cst.MatchMapping)
_HANDLERS = (cst.ExceptHandler, cst.ExceptStarHandler)

_NOT_REFERENCES = frozenset(
    {
        (cst.Attribute, "attr"),
        (cst.Arg, "keyword"),
        (cst.Param, "name"),
        (cst.FunctionDef, "name"),
        (cst.ClassDef, "name"),
        (cst.NameItem, "name"),
        (cst.MatchKeywordElement, "key"),
        (cst.TypeVar, "name"),
        (cst.TypeVarTuple, "name"),
        (cst.ParamSpec, "name"),
    }
)
_ROLES = {
    (cst.Call, "func"): "callee",
    (cst.Attribute, "value"): "object",
    (cst.Decorator, "decorator"): "decorator",
    (cst.Annotation, "annotation"): "annotation",
    (cst.Subscript, "value"): "subscripted",
}
_CALLEES = {cst.Name: "name", cst.Attribute: "attribute", cst.Call: "call", cst.Subscript: "subscript"}
_PASSED = {"": "positional", "*": "star", "**": "double_star"}


def references(view: View) -> Iterator[Row]:
    """Rows of `cst_refs`."""
    imported, annotations = _inside(view, *_IMPORTS), _inside(view, cst.Annotation)
    for row in view.tree.of(cst.Name, cst.Attribute):
        node = view.nodes[row]
        above, field = view.above(row)
        if imported[row] or (type(above), field) in _NOT_REFERENCES:
            continue
        token: cst.Name = node.attr if type(node) is cst.Attribute else node
        if token is node and token.value in _CONSTANTS:
            continue
        yield (
            row,
            token.value,
            view.dotted.get(row),
            token is not node,
            _CONTEXTS.get(view.stored.get(id(node), ExpressionContext.LOAD), "Load"),
            _role(view, row, above, field),
            bool(annotations[row]),
            None if view.scopes is None else view.scopes.kind(node),
            *view.names(node),
            *view.span(token),
        )


def imports(view: View) -> Iterator[Row]:
    """Rows of `cst_imports`."""
    for row in view.tree.of(*_IMPORTS):
        statement = view.nodes[row]
        source = isinstance(statement, (cst.ImportFrom, cst.LazyImportFrom))
        module = _spelled(statement.module) if source and statement.module is not None else None
        level = len(statement.relative) if source else 0
        lazy = isinstance(statement, (cst.LazyImport, cst.LazyImportFrom))
        names = statement.names
        for place, alias in enumerate([names] if isinstance(names, cst.ImportStar) else names):
            head = (view.row(alias), row, place, source, lazy, level, module)
            yield (*head, *_imported(view, alias, source))


def call_sites(view: View) -> Iterator[Row]:
    """Rows of `cst_callsites`."""
    for row in view.tree.of(cst.Call):
        node = cst.ensure_type(view.nodes[row], cst.Call)
        above, _ = view.above(row)
        token = _last_name(node.func)
        receiver = node.func.value if type(node.func) is cst.Attribute else None
        stars = [arg.star for arg in node.args]
        keywords = [arg.keyword.value for arg in node.args if arg.keyword is not None]
        yield (
            row,
            view.row(node.func),
            *view.text(node.func),
            _CALLEES.get(type(node.func), "other"),
            None if token is None else token.value,
            *view.text(receiver),
            *view.names(node.func),
            stars.count("") - len(keywords),
            ",".join(keywords),
            stars.count("*"),
            stars.count("**"),
            isinstance(above, cst.Await),
            isinstance(above, cst.Expr),
            isinstance(above, cst.Decorator),
            *view.span(token),
        )


def call_arguments(view: View) -> Iterator[Row]:
    """Rows of `cst_call_args`."""
    for call in view.tree.of(cst.Call):
        for place, arg in enumerate(cst.ensure_type(view.nodes[call], cst.Call).args):
            yield (
                view.row(arg),
                call,
                place,
                _PASSED[arg.star] if arg.keyword is None else "keyword",
                None if arg.keyword is None else arg.keyword.value,
                view.row(arg.value),
                type(arg.value).__name__,
                *view.text(arg.value),
                *view.span(arg.keyword),
                *view.span(arg.value),
            )


def definitions(view: View) -> Iterator[Row]:
    """Rows of `cst_defs`."""
    for row in view.tree.of(cst.FunctionDef, cst.ClassDef):
        node = view.nodes[row]
        assert isinstance(node, (cst.FunctionDef, cst.ClassDef))
        is_function = isinstance(node, cst.FunctionDef)
        returns = node.returns if is_function else None
        first = node.decorators[0] if node.decorators else node
        yield (
            row,
            "function" if is_function else "class",
            node.name.value,
            *view.bound_names(node, node.name.value),
            is_function and node.asynchronous is not None,
            _signature(node.params) if is_function else None,
            *((None, False, None, None) if is_function else _class_header(view, node)),
            _type_parameters(node),
            len(node.decorators),
            view.row(node.body),
            view.row(docstring(node)),
            view.row(returns and returns.annotation),
            *view.span(node.name),
            view.row(first),
            row,
        )


def type_expressions(view: View) -> Iterator[Row]:
    """Rows of `cst_types`."""
    for row in view.tree.of(cst.FunctionDef):
        function = cst.ensure_type(view.nodes[row], cst.FunctionDef)
        for param in parameters(function.params):
            if param.annotation is not None:
                yield _type(view, "parameter", row, param.name, param.annotation.annotation)
        if function.returns is not None:
            yield _type(view, "return", row, function.name, function.returns.annotation)
    for row in view.tree.of(cst.AnnAssign):
        assignment = cst.ensure_type(view.nodes[row], cst.AnnAssign)
        yield _type(view, "variable", -1, assignment.target, assignment.annotation.annotation)
    for row in view.tree.of(cst.TypeAlias):
        alias = cst.ensure_type(view.nodes[row], cst.TypeAlias)
        yield _type(view, "alias", row, alias.name, alias.value)
    for row in view.tree.of(cst.TypeParam):
        yield from _of_type_parameter(view, cst.ensure_type(view.nodes[row], cst.TypeParam), row)


def decorators(view: View) -> Iterator[Row]:
    """Rows of `cst_decorators`."""
    for row in view.tree.of(cst.FunctionDef, cst.ClassDef):
        definition = view.nodes[row]
        assert isinstance(definition, (cst.FunctionDef, cst.ClassDef))
        for place, decorator in enumerate(definition.decorators):
            node = decorator.decorator
            named = node.func if isinstance(node, cst.Call) else node
            token = _last_name(named)
            yield (
                view.row(decorator),
                row,
                place,
                view.row(node),
                *view.text(node),
                named is not node,
                None if token is None else token.value,
                view.dotted_of(named),
                *view.names(named),
                *view.span(token),
            )


def docstrings(view: View) -> Iterator[Row]:
    """Rows of `cst_docstrings`."""
    for row in view.tree.of(cst.Module, cst.FunctionDef, cst.ClassDef):
        definition = view.nodes[row]
        node = docstring(definition)
        if node is None:
            continue
        value = _value(node)
        text = value[:MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode()
        kind = _DOCUMENTED[type(definition)]
        yield (
            view.row(node),
            row,
            kind,
            text,
            len(value) > MOST_CHARACTERS,
            len(value),
            isinstance(node, cst.ConcatenatedString),
        )


def docstring(definition: cst.CSTNode) -> cst.SimpleString | cst.ConcatenatedString | None:
    """The string that documents a module, function or class: its first statement, if that is nothing but text."""
    statement: Any = definition if isinstance(definition, cst.Module) else getattr(definition, "body", None)
    while isinstance(statement, (cst.Module, cst.IndentedBlock, cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        statement = statement.body[0] if statement.body else None
    value = statement.value if isinstance(statement, cst.Expr) else None
    return value if isinstance(value, (cst.SimpleString, cst.ConcatenatedString)) and _is_text(value) else None


FACTS: Mapping[str, Callable[[View], Iterator[Row]]] = {
    CST_REFS.name: references,
    CST_IMPORTS.name: imports,
    CST_CALLSITES.name: call_sites,
    CST_CALL_ARGS.name: call_arguments,
    CST_DEFS.name: definitions,
    CST_TYPES.name: type_expressions,
    CST_DECORATORS.name: decorators,
    CST_DOCSTRINGS.name: docstrings,
}

_DOCUMENTED: Mapping[type[cst.CSTNode], str] = {
    cst.Module: "module",
    cst.FunctionDef: "function",
    cst.ClassDef: "class",
}


def _inside(view: View, *classes: type[cst.CSTNode]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which nodes are below one of some classes."""
    found = np.zeros(len(view.nodes), bool)
    for row in view.tree.of(*classes):
        found[row : view.tree.layout.subtree_ends[row]] = True
    return found


def _role(view: View, row: int, above: cst.CSTNode, field: str) -> str:
    role = _ROLES.get((type(above), field))
    if role is not None:
        return role
    if type(above) is cst.Arg:
        return "base" if view.above(view.row(above))[1] == "bases" else "argument"
    if type(above) is cst.AsName and type(view.nodes[view.parents[view.row(above)]]) in _HANDLERS:
        return "handler"
    if type(above) in _CAPTURES and field in ("name", "rest"):
        return "capture"
    return "target" if id(view.nodes[row]) in view.stored else "value"


def _imported(view: View, alias: cst.ImportAlias | cst.ImportStar, source: bool) -> Row:
    if isinstance(alias, cst.ImportStar):
        return "*", None, None, *view.span(alias), *NONE
    name = _spelled(alias.name)
    asname = None if alias.asname is None else alias.asname.name
    bound = asname.value if isinstance(asname, cst.Name) else None
    return (
        name,
        bound,
        bound or (name if source else name.partition(".")[0]),
        *view.span(alias.name),
        *view.span(asname),
    )


def _spelled(node: cst.Attribute | cst.Name) -> str:
    """A dotted name of any length."""
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)])


def _last_name(node: cst.CSTNode) -> cst.Name | None:
    if type(node) is cst.Attribute:
        return node.attr
    return node if type(node) is cst.Name else None


def _signature(params: cst.Parameters) -> str:
    names = [param.name.value for param in params.posonly_params]
    names += ["/"] if names else []
    names += [param.name.value for param in params.params]
    if isinstance(params.star_arg, cst.Param):
        names.append(f"*{params.star_arg.name.value}")
    elif params.kwonly_params:
        names.append("*")
    names += [param.name.value for param in params.kwonly_params]
    names += [f"**{params.star_kwarg.name.value}"] if params.star_kwarg is not None else []
    return ",".join(names)


def _class_header(view: View, node: cst.ClassDef) -> Row:
    """Bases, whether they were cut, what they may stand for, and keywords."""
    keywords = ",".join(arg.keyword.value for arg in node.keywords if arg.keyword is not None) or None
    if not node.bases:
        return None, False, None, keywords
    texts = [view.text(arg.value) for arg in node.bases]
    bases = ",".join(f"{arg.star}{text}" for arg, (text, _) in zip(node.bases, texts, strict=True))
    names = [_head(view, arg.value)[1] or "?" for arg in node.bases]
    cut = any(cut for _, cut in texts) or len(bases) > MOST_CHARACTERS
    return bases[:MOST_CHARACTERS], cut, ",".join(each.replace(",", "|") for each in names), keywords


def _head(view: View, node: cst.CSTNode) -> tuple[str | None, str | None, str | None]:
    """The dotted name that a type expression begins with, and what that may stand for."""
    while isinstance(node, cst.Subscript):
        node = node.value
    head = view.dotted_of(node)
    return (head, *(NO_NAMES if head is None else view.names(node)))


def _type_parameters(node: cst.FunctionDef | cst.ClassDef) -> str | None:
    found = node.type_parameters
    return None if found is None else ",".join(each.param.name.value for each in found.params)


def _type(view: View, kind: str, definition: int, target: cst.CSTNode, node: cst.CSTNode) -> Row:
    quoted = isinstance(node, (cst.SimpleString, cst.ConcatenatedString))
    return (
        view.row(node),
        definition,
        kind,
        *view.text(target),
        *view.text(node),
        type(node).__name__,
        quoted,
        *_head(view, node),
        *view.span(_last_name(target)),
    )


def _of_type_parameter(view: View, node: cst.TypeParam, row: int) -> Iterator[Row]:
    definition = view.parents[view.parents[row]]
    if isinstance(node.param, cst.TypeVar) and node.param.bound is not None:
        yield _type(view, "bound", definition, node.param.name, node.param.bound)
    if node.default is not None:
        yield _type(view, "default", definition, node.param.name, node.default)


def _is_text(node: cst.SimpleString | cst.ConcatenatedString) -> bool:
    """Whether all strings of a concatenation are text without interpolation."""
    return all(isinstance(part, cst.SimpleString) and "b" not in part.prefix for part in _parts(node))


def _value(node: cst.CSTNode) -> str:
    """What a string is; its source if Python could not tell."""
    parts = [cst.ensure_type(part, cst.SimpleString) for part in _parts(node)]
    try:
        return "".join(str(part.evaluated_value) for part in parts)
    except (SyntaxError, ValueError):
        return "".join(part.value for part in parts)


def _parts(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    parts: list[cst.CSTNode] = []
    while isinstance(node, cst.ConcatenatedString):
        parts.append(node.left)
        node = node.right
    return [*parts, node]
