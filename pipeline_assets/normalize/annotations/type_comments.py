"""What a type comment describes: where `ast.parse(type_comments=True)` reads one, and which type is whose (PEP 484)."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline_assets.normalize.annotations.source import PARSER_ERRORS, parse_signature, parse_text

HEADED = ("For", "AsyncFor", "With", "AsyncWith", "FunctionDef", "AsyncFunctionDef")
FUNCTIONS = ("FunctionDef", "AsyncFunctionDef")
KINDS = (*HEADED, "Assign", "ClassDef", "arguments", "withitem")
FIELDS = (
    *("targets", "target", "iter", "context_expr", "optional_vars", "returns", "type_params"),
    *("posonlyargs", "args", "vararg", "kwonlyargs", "kw_defaults", "kwarg", "defaults"),
)
"""Syntax that type comments describe, or that tells where they may stand; and the first statement of each body."""

_PREFIX = re.compile(rb"#[ \t]*type:[ \t]*")
_BLANKS = b" \t\f"
_AFTER_PARAMETER = re.compile(rb"[ \t\f)]*,?[ \t\f]*")
_TO_FIRST_LINE = re.compile(rb"(?:[^#:]|#[^\r\n]*)*:(?:[ \t\f\r\n]|#[^\r\n]*)*")

Row = Mapping[str, Any]


class Described(NamedTuple):
    """One type that a comment gives, in these bytes, and the node that has it."""

    owner_id: int
    position: str
    start: int
    end: int
    status: str = "ok"
    """arity: a signature has another number of parameters than the function; unparsable: it is none."""


class Statements:
    """The statements and parameters of one file that type comments can describe."""

    def __init__(self, rows: Sequence[Row], text: bytes) -> None:
        self._text = text
        self._children: dict[int, list[Row]] = {}
        for row in rows:
            self._children.setdefault(row["parent_id"], []).append(row)
        self._assignments = {row["bend"]: row for row in rows if row["kind"] == "Assign"}
        self._headed = sorted((row for row in rows if row["kind"] in HEADED), key=_start)
        self._starts = [*map(_start, self._headed)]
        self._classes = {row["node_id"] for row in rows if row["kind"] == "ClassDef"}

    def described(self, start: int, end: int) -> Iterator[Described]:
        """The types that the comment in these bytes gives; none where no type comment is read."""
        prefix = _PREFIX.match(self._text, start, end)
        if prefix is None:
            return
        at = prefix.end()
        line = self._text[self._line_start(start) : start]
        code_end = start - len(line) + len(line.rstrip(_BLANKS))
        if code_end in self._assignments:
            targets = self._of(self._assignments[code_end]["node_id"], ("targets",))
            for target in targets:
                yield from self._spread([target], at, end)
        elif (headed := self._around(start)) is not None:
            is_header_end = self._text[code_end - 1 : code_end] == b":" and self._header_end(headed) < code_end
            if headed["kind"] not in FUNCTIONS:
                yield from self._spread(self._header_targets(headed), at, end) if is_header_end else ()
            elif is_header_end or (code_end == start - len(line) and self._is_first_line(headed, start)):
                yield from self._signature(headed, at, end)
            else:
                yield from self._parameter(headed, start, at, end)

    def _line_start(self, start: int) -> int:
        return max(self._text.rfind(b"\n", 0, start), self._text.rfind(b"\r", 0, start)) + 1

    def _of(self, parent: int, fields: Sequence[str]) -> list[Row]:
        return [row for row in self._children.get(parent, ()) if row["field"] in fields]

    def _around(self, start: int) -> Row | None:
        """The innermost statement between whose beginning and body the byte is."""
        for index in range(bisect_right(self._starts, start) - 1, -1, -1):
            row = self._headed[index]
            body = self._of(row["node_id"], ("body",))
            if body and start < body[0]["bstart"]:
                return row
            if row["depth"] == 1:
                break
        return None

    def _header(self, headed: Row) -> list[Row]:
        """What stands in the header, in source order."""
        inner = [row["node_id"] for row in self._children.get(headed["node_id"], ()) if row["bstart"] is None]
        found = [row for parent in (headed["node_id"], *inner) for row in self._of(parent, FIELDS)]
        return sorted((row for row in found if row["bend"] is not None), key=_start)

    def _header_end(self, headed: Row) -> int:
        name_end = headed["name_bend"] or headed["bstart"]
        return max([int(name_end), *(int(row["bend"]) for row in self._header(headed))])

    def _header_targets(self, headed: Row) -> list[Row]:
        return [row for row in self._header(headed) if row["field"] in ("target", "optional_vars")]

    def _is_first_line(self, function: Row, start: int) -> bool:
        """Whether nothing but other comments stands between the header and a comment on a line of its own."""
        return _TO_FIRST_LINE.fullmatch(self._text, self._header_end(function), start) is not None

    def _spread(self, targets: list[Row], at: int, end: int) -> Iterator[Described]:
        """One type for one target, or as many types as names are unpacked or things are entered."""
        inner = self._of(targets[0]["node_id"], ("elts",)) if len(targets) == 1 else targets
        if inner:
            spans = _elements(self._text[at:end])
            if len(spans) == len(inner):
                for row, (first, last) in zip(inner, spans, strict=True):
                    yield Described(row["node_id"], _position(row), at + first, at + last)
                return
        is_plain = len(targets) == 1
        for row in targets[:1]:
            yield Described(row["node_id"], _position(row), at, end, "ok" if is_plain else "arity")

    def _parameters(self, function: Row) -> list[Row]:
        return [row for row in self._header(function) if row["kind"] == "arg"]

    def _parameter(self, function: Row, start: int, at: int, end: int) -> Iterator[Described]:
        """The parameter right before the comment, with its default and a comma perhaps."""
        before = [row for row in self._header(function) if row["bend"] <= start]
        names = [row for row in before if row["kind"] == "arg"]
        if names and _AFTER_PARAMETER.fullmatch(self._text, max(row["bend"] for row in before), start):
            yield Described(names[-1]["node_id"], "parameter", at, end)

    def _signature(self, function: Row, at: int, end: int) -> Iterator[Described]:
        owner = function["node_id"]
        try:
            found, parsed = parse_signature(self._text[at:end].decode())
        except PARSER_ERRORS:
            yield Described(owner, "signature", at, end, "unparsable")
            return
        given, parameters = found.argtypes, self._parameters(function)
        if len(given) == 1 and isinstance(given[0], ast.Constant) and given[0].value is ...:
            given, parameters = [], []
        elif len(given) == len(parameters) - 1 and function["scope_node"] in self._classes:
            parameters = parameters[1:]  # a method's first parameter needs no type
        if len(given) != len(parameters):
            yield Described(owner, "signature", at, end, "arity")
            return
        for row, type_ in zip(parameters, given, strict=True):
            first, last = parsed.span(type_)
            yield Described(row["node_id"], "parameter", at + first, at + last)
        first, last = parsed.span(found.returns)
        yield Described(owner, "return", at + first, at + last)


def _start(row: Row) -> int:
    return int(row["bstart"])


def _position(row: Row) -> str:
    return "attribute" if row["kind"] == "Attribute" else "variable"


def _elements(text: bytes) -> list[tuple[int, int]]:
    """The bytes of types that are parted by commas."""
    try:
        parsed = parse_text(text.decode())
    except PARSER_ERRORS:
        return []
    if parsed is None or not isinstance(parsed.root, ast.Tuple):
        return []
    return [parsed.span(element) for element in parsed.root.elts]
