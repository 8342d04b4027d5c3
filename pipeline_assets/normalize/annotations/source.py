"""Parsing a type that stands in a file, a string or a comment, and finding the bytes of its parts."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

LINE_BREAK = re.compile(rb"\r\n|\r|\n")
PARSER_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed text, and where its lines start."""

    root: ast.expr
    lines: tuple[int, ...]
    lead: int
    """Bytes that were put before the first line to parse it."""

    def span(self, node: ast.expr) -> tuple[int, int]:
        """First byte of a node and the byte after its last, in the text."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._offset(node.lineno, node.col_offset), self._offset(node.end_lineno, node.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        return self.lines[line - 1] + column - (self.lead if line == 1 else 0)


def parse_code(text: bytes) -> Parsed:
    """Parse an expression as it stands in a file, over several lines perhaps; raises one of `PARSER_ERRORS`.

    Of the file it was inside brackets, or it would end with its first line.
    """
    if text.startswith(b"*"):
        return _parse_bracketed(text.decode())
    body = ast.parse(f"({text.decode()}\n)", mode="eval").body
    return Parsed(body, _line_starts(text), 1)


def parse_text(text: str) -> Parsed | None:
    """Parse what a string or comment says as one expression, None if it says nothing.

    Raises one of `PARSER_ERRORS`. The text is read as if it stood in brackets, so that it may hold line breaks; types
    parted by commas are a tuple.
    """
    if text.rstrip().endswith("\\"):
        raise SyntaxError("a backslash ends the text")
    return _parse_bracketed(text) if text.strip() else None


def parse_signature(text: str) -> tuple[ast.FunctionType, Parsed]:
    """Parse `(int, *str) -> bool`; raises one of `PARSER_ERRORS`."""
    found = ast.parse(text, mode="func_type")
    return found, Parsed(found.returns, _line_starts(text.encode()), 0)


def _parse_bracketed(text: str) -> Parsed:
    """Parse inside brackets: they must be the outermost, which `a] + [b` would make them not."""
    found = ast.parse(f"[{text}\n]", mode="eval").body
    if not isinstance(found, ast.List):
        raise SyntaxError("the brackets do not match")
    encoded = text.encode()
    lines = _line_starts(encoded)
    if not found.elts:
        raise SyntaxError("there is no expression")
    if len(found.elts) == 1 and not _ends_in_comma(encoded, found.elts[0], lines):
        return Parsed(found.elts[0], lines, 1)
    return Parsed(_tuple(found.elts), lines, 1)


def _ends_in_comma(text: bytes, last: ast.expr, lines: tuple[int, ...]) -> bool:
    """Whether a comma follows, which makes a tuple of one."""
    end = Parsed(last, lines, 1).span(last)[1]
    return text[end:].lstrip(b" \t\r\n\f)").startswith(b",")


def _tuple(elements: list[ast.expr]) -> ast.expr:
    first, last = elements[0], elements[-1]
    return ast.Tuple(
        elements,
        ast.Load(),
        lineno=first.lineno,
        col_offset=first.col_offset,
        end_lineno=last.end_lineno,
        end_col_offset=last.end_col_offset,
    )


def _line_starts(text: bytes) -> tuple[int, ...]:
    return 0, *(found.end() for found in LINE_BREAK.finditer(text))


def literal_body(written: bytes, value: str) -> int | None:
    """Where a string's value starts in the literal as written, None if its bytes do not stand there one for one.

    That takes a single plain literal without escapes; several of them in a row, one within the other, do not match.
    """
    prefix = len(written) - len(written.lstrip(b"uUrR"))
    for quotes in (b'"""', b"'''", b'"', b"'"):
        start = prefix + len(quotes)
        if written[prefix:].startswith(quotes):
            is_plain = written[start : len(written) - len(quotes)] == value.encode("utf-8", "surrogatepass")
            return start if is_plain and written.endswith(quotes) else None
    return None
