"""Python's tokens as one regular expression that tiles a source from its first character to its last.

It is stricter than any version's tokenizer: what versions read differently (`0777`, `1if`, `<>`, what follows a stray
quote) does not match, and a file that holds such a thing is read by the interpreter's own tokenizer instead.
"""

from __future__ import annotations

import re

_DIGITS = r"[0-9](?:_?[0-9])*+"
_EXPONENT = rf"[eE][-+]?{_DIGITS}"
_FLOAT = rf"(?:{_DIGITS}\.(?:{_DIGITS})?|\.{_DIGITS})(?:{_EXPONENT})?[jJ]?|{_DIGITS}(?:{_EXPONENT}[jJ]?|[jJ])"
_BASED = r"0[xX](?:_?[0-9a-fA-F])++|0[bB](?:_?[01])++|0[oO](?:_?[0-7])++"
_DECIMAL = r"(?:0(?:_?0)*+|[1-9](?:_?[0-9])*+)(?!\.)"
_NUMBER = rf"(?:{_FLOAT}|{_BASED}|{_DECIMAL})(?!\w)"

_PREFIX = "(?:[bB][rR]?|[rR][bBfF]?|[fF][rR]?|[uU])?"
_LONG = "|".join(rf"{q * 3}(?:[^{q}\\]++|\\[\s\S]|{q}(?!{q}{q}))*+{q * 3}" for q in "\"'")
_SHORT = "|".join(rf"{q}(?!{q}{q})(?:[^\n{q}\\]++|\\(?:\r?\n|.))*+{q}" for q in "\"'")
_STRING = rf"{_PREFIX}(?:{_LONG}|{_SHORT})"

_BRACKETS = r"[()\[\]{},~;]|:=?"
_DOTS = r"\.\.\.|\.(?![0-9])"
_OTHERS = r"\*\*=?|//=?|>>=?|<<=?|->|!=|[-+*/%&|^@=]=?|<(?!>)=?|>=?"
_OPERATOR = rf"{_BRACKETS}|{_DOTS}|{_OTHERS}"

_PLAIN_NAME = r"""[A-Za-z_][A-Za-z0-9_]*+(?!["'\w])"""
_NAME = r"""[^\W\d]\w*+(?!["'])"""
_LINE_BREAK, _CONTINUATION, _COMMENT = r"\r?\n", r"\\\r?\n", r"#[^\r\n]*+"

_TOKEN = "|".join((_PLAIN_NAME, _OPERATOR, _LINE_BREAK, _STRING, _NUMBER, _COMMENT, _CONTINUATION, _NAME))
"""The frequent first; a prefix belongs to its string, so other names come after strings."""

BLANKS = " \t\f"
_TILE = re.compile(rf"[{BLANKS}]*+(?:{_TOKEN})")
_TILES = re.compile(rf"{_TILE.pattern}|[\s\S]+")  # all that is left once nothing matches is the last tile


def tiles_of(text: str) -> list[str] | None:
    """The tokens of a whole source, each with the blanks before it; none if it holds anything out of the ordinary.

    The breaks of continued lines are tiles too. A line break that is missing at the end is an empty tile.
    """
    if not text or "\0" in text or ("\r" in text and text.count("\r") != text.count("\r\n")):
        return None
    tiles: list[str] = _TILES.findall(text)
    if not _TILE.match(tiles[-1]):
        return None
    if not text.endswith("\n"):
        if _ends_like_a_comment(text, tiles[-1]):
            return None
        tiles.append("")
    return tiles


def _ends_like_a_comment(text: str, last: str) -> bool:
    """Whether the last line starts with `#` though it ends a statement, which `tokenize` then leaves without an end.

    It does so before 3.12, where a string or a continued statement ends in such a line.
    """
    start = text.rfind("\n") + 1
    line = text[start:].strip()
    return line.startswith("#") and (line != last.strip() or text[:start].endswith(("\\\n", "\\\r\n")))
