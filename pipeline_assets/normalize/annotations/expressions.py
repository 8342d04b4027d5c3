"""A type as written, taken apart: the expression, the types inside it, and those inside its strings."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline_assets.normalize.annotations.forms import (
    ANNOTATED,
    LITERAL,
    UNIONS,
    WRAPPERS,
    Spellings,
    form_of,
)
from pipeline_assets.normalize.annotations.source import PARSER_ERRORS, Parsed, literal_body, parse_code, parse_text

FORMS = ("name", "subscript", "union", "none", "ellipsis", "list", "unpacking", "tuple", "other")
STATUSES = ("ok", "not_a_type", "unparsable", "empty", "arity")


class Piece(NamedTuple):
    """One type expression of a whole; offsets are bytes from where the whole starts, None where they are not exact."""

    parent: int
    """Place of the piece around it, -1 for the whole."""
    depth: int
    ordinal: int
    node: int
    """The syntax node, counted in preorder from the root of the whole; inside a string, the string's."""
    form: str
    is_string: bool
    text: str
    canonical: str | None
    type_text: str | None
    dotted: str | None
    head_node: int | None
    implied: str | None
    member: int | None
    status: str
    reason: str | None
    start: int | None
    end: int | None
    head_start: int | None
    head_end: int | None


def read_code(text: bytes, spellings: Spellings) -> list[Piece]:
    """The pieces of an expression as it stands in a file, outermost first."""
    try:
        parsed = parse_code(text)
    except PARSER_ERRORS as error:
        return [_unreadable(text.decode(), _class_of(error), len(text))]
    numbers = {id(node): number for number, node in enumerate(_preorder(parsed.root))}
    reader = _Reader(spellings)
    reader.read(parsed.root, _Place(parsed, text, 0, numbers, 0, False), _Above())
    return reader.pieces()


def read_comment(text: str, spellings: Spellings) -> list[Piece]:
    """The pieces of what a type comment says, outermost first."""
    encoded = text.encode()
    try:
        parsed = parse_text(text)
    except PARSER_ERRORS as error:
        return [_unreadable(text, _class_of(error), len(encoded))]
    if parsed is None:
        return []
    reader = _Reader(spellings)
    reader.read(parsed.root, _Place(parsed, encoded, 0, {}, 0, False), _Above())
    return reader.pieces()


def refused_comment(text: str, status: str) -> list[Piece]:
    """The single piece that stands for a comment that cannot be matched with what it describes."""
    return [_unreadable(text, None, len(text.encode()))._replace(status=status)]


class _Place(NamedTuple):
    """The text that a node is in."""

    parsed: Parsed
    text: bytes
    origin: int | None
    """Where the text starts in the whole, None where it is spelled differently there."""
    numbers: dict[int, int]
    node: int
    """The syntax node of everything in this text, if it has no nodes of its own."""
    is_string: bool

    def number(self, node: ast.expr) -> int:
        return self.numbers.get(id(node), self.node)

    def span(self, node: ast.expr) -> tuple[int | None, int | None]:
        if self.origin is None:
            return None, None
        start, end = self.parsed.span(node)
        return self.origin + start, self.origin + end

    def written(self, node: ast.expr) -> str:
        start, end = self.parsed.span(node)
        return self.text[start:end].decode("utf-8", "replace")


class _Above(NamedTuple):
    """Where a piece hangs."""

    parent: int = -1
    depth: int = 0
    ordinal: int = 0
    is_member: bool = True
    """Whether the whole comes down to this piece, or to it among others."""


class _Reader:
    """Takes one whole apart; `read` gives each expression back with what its strings say in place of the strings."""

    def __init__(self, spellings: Spellings) -> None:
        self._spellings = spellings
        self._pieces: list[Piece] = []
        self._members = 0

    def pieces(self) -> list[Piece]:
        return self._pieces

    def read(self, node: ast.expr, place: _Place, above: _Above) -> ast.expr:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._read_string(node, node.value, place, above)
        return self._read_plain(node, place, above, place.written(node), place.span(node))

    def _read_string(self, node: ast.Constant, value: str, place: _Place, above: _Above) -> ast.expr:
        written, (start, end) = place.written(node), place.span(node)
        try:
            parsed = parse_text(value)
        except PARSER_ERRORS as error:
            self._add_refused(node, place, above, "unparsable", _class_of(error))
            return node
        if parsed is None:
            self._add_refused(node, place, above, "empty", None)
            return node
        body = literal_body(written.encode(), value)
        origin = None if body is None or start is None else start + body
        inner = _Place(parsed, value.encode(), origin, {}, place.number(node), True)
        if isinstance(parsed.root, ast.Constant) and isinstance(parsed.root.value, str):
            return self._read_string(parsed.root, parsed.root.value, inner, above)
        return self._read_plain(parsed.root, inner, above, written, (start, end))

    def _read_plain(
        self, node: ast.expr, place: _Place, above: _Above, written: str, span: tuple[int | None, int | None]
    ) -> ast.expr:
        head = _head(node)
        dotted = _dotted(head) if head is not None else None
        special = form_of(dotted, self._spellings) if isinstance(node, ast.Subscript) else None
        form = _form(node, dotted)
        opens = form in ("union", "tuple") or special in (*UNIONS, *WRAPPERS)
        at = len(self._pieces)
        canonical = _unparsed(node)
        spot = place.span(head) if dotted is not None and head is not None else (None, None)
        self._pieces.append(
            Piece(
                parent=above.parent,
                depth=above.depth,
                ordinal=above.ordinal,
                node=place.number(node),
                form=form,
                is_string=place.is_string,
                text=written,
                canonical=canonical,
                type_text=canonical,
                dotted=dotted,
                head_node=place.number(head) if dotted is not None and head is not None else None,
                implied=_implied(node, special),
                member=self._next_member(above.is_member and not (opens and form != "tuple")),
                status="not_a_type" if form in ("other", "tuple") else "ok",
                reason=type(node).__name__ if form in ("other", "tuple") else None,
                start=span[0],
                end=span[1],
                head_start=spot[0],
                head_end=spot[1],
            )
        )
        parts = _parts(node, form, special)
        inside = [
            self.read(part, place, _Above(at, above.depth + 1, index, above.is_member and opens and form != "tuple"))
            for index, part in enumerate(parts)
        ]
        if all(new is old for new, old in zip(inside, parts, strict=True)):
            return node
        whole = _with_parts(node, form, inside)
        self._pieces[at] = self._pieces[at]._replace(type_text=_unparsed(whole))
        return whole

    def _add_refused(self, node: ast.expr, place: _Place, above: _Above, status: str, reason: str | None) -> None:
        start, end = place.span(node)
        piece = _unreadable(place.written(node), reason, 0)
        self._pieces.append(
            piece._replace(
                parent=above.parent,
                depth=above.depth,
                ordinal=above.ordinal,
                node=place.number(node),
                is_string=True,
                canonical=_unparsed(node),
                type_text=_unparsed(node),
                status=status,
                start=start,
                end=end,
            )
        )

    def _next_member(self, is_member: bool) -> int | None:
        if not is_member:
            return None
        self._members += 1
        return self._members - 1


def _unreadable(text: str, reason: str | None, size: int) -> Piece:
    return Piece(
        parent=-1,
        depth=0,
        ordinal=0,
        node=0,
        form="other",
        is_string=False,
        text=text,
        canonical=None,
        type_text=None,
        dotted=None,
        head_node=None,
        implied=None,
        member=None,
        status="unparsable",
        reason=reason,
        start=0,
        end=size,
        head_start=None,
        head_end=None,
    )


def _class_of(error: BaseException) -> str:
    return next(base.__name__ for base in PARSER_ERRORS if isinstance(error, base))


def _head(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Subscript):
        return node.value
    return node if isinstance(node, ast.Name | ast.Attribute) else None


def _dotted(node: ast.expr) -> str | None:
    """The dotted name that a node is, if it is nothing else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else None


def _form(node: ast.expr, dotted: str | None) -> str:
    if dotted is not None:
        return "subscript" if isinstance(node, ast.Subscript) else "name"
    match node:
        case ast.BinOp(op=ast.BitOr()):
            return "union"
        case ast.Constant(value=None):
            return "none"
        case ast.Constant(value=value) if value is ...:
            return "ellipsis"
        case ast.List():
            return "list"
        case ast.Starred():
            return "unpacking"
        case ast.Tuple():
            return "tuple"
    return "other"


def _parts(node: ast.expr, form: str, special: str | None) -> Sequence[ast.expr]:
    """The type expressions directly inside."""
    match node:
        case ast.Subscript() if form == "subscript":
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return () if special == LITERAL else inside[:1] if special == ANNOTATED else inside
        case ast.BinOp() if form == "union":
            return [*_operands(node)]
        case ast.List() | ast.Tuple():
            return node.elts
        case ast.Starred():
            return [node.value]
    return ()


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    """What is joined by `|`, left to right; a loop, as unions may be long."""
    right: list[ast.expr] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        right.append(node.right)
        node = node.left
    yield node
    yield from reversed(right)


def _with_parts(node: ast.expr, form: str, parts: list[ast.expr]) -> ast.expr:
    """The expression with other types inside."""
    match node:
        case ast.Subscript():
            old = node.slice.elts if isinstance(node.slice, ast.Tuple) else None
            inside = parts[0] if old is None else ast.Tuple([*parts, *old[len(parts) :]], ast.Load())
            return ast.Subscript(node.value, inside, ast.Load())
        case ast.BinOp():
            whole = parts[0]
            for part in parts[1:]:
                whole = ast.BinOp(whole, ast.BitOr(), part)
            return whole
        case ast.Starred():
            return ast.Starred(parts[0], ast.Load())
    return ast.List(parts, ast.Load()) if form == "list" else ast.Tuple(parts, ast.Load())


def _implied(node: ast.expr, special: str | None) -> str | None:
    """Builtin classes that a form means without naming them: those of the values of `Literal`, None for `Optional`."""
    if special == "Optional":
        return "None"
    if special != LITERAL or not isinstance(node, ast.Subscript):
        return None
    values = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ",".join(dict.fromkeys(filter(None, map(_value_class, values)))) or None


def _value_class(node: ast.expr) -> str | None:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else type(node.value).__name__
    return None


def _unparsed(node: ast.expr) -> str | None:
    """The expression in the interpreter's own spelling; None for one too deep to spell."""
    try:
        text = ast.unparse(node)
        text.encode()
    except (RecursionError, UnicodeError):
        return None
    return text


def _preorder(root: ast.expr) -> Iterator[ast.AST]:
    """The nodes that are rows of the syntax tree, in its order: contexts and operators are none."""
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        yield node
        children = [child for child in ast.iter_child_nodes(node) if not isinstance(child, _SINGLETONS)]
        stack.extend(reversed(children))


_SINGLETONS = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
