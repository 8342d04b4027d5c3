"""Pieces of SQL that spell values in the formats' ways; DuckDB writes the lines, Python only moves them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline_assets.store.columns import literal, quote

_NOT_XML = "[\\x{0}-\\x{8}\\x{B}\\x{C}\\x{E}-\\x{1F}\\x{FFFE}\\x{FFFF}]"
"""Letters that no XML 1.0 document may hold, escaped or not."""


def xml(value: str) -> str:
    """The SQL of a text as XML holds it in elements and attributes; what XML cannot hold becomes U+FFFD."""
    clean = f"regexp_replace({value}, '{_NOT_XML}', '\N{REPLACEMENT CHARACTER}', 'g')"
    return _replaced(clean, (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\r", "&#13;")))


def dot(value: str) -> str:
    """The SQL of a text between the quotes of a DOT string."""
    return _replaced(value, (("\\", "\\\\"), ('"', '\\"'), ("\r", "\\r"), ("\n", "\\n"), ("\0", " ")))


def csv(value: str) -> str:
    """The SQL of a text as a CSV field: always quoted, so that an empty one differs from null, which is nothing."""
    return f"""coalesce('"' || replace({value}, '"', '""') || '"', '')"""


def csv_header(names: Sequence[str]) -> str:
    """The first line of a CSV file."""
    return ",".join(names) + "\n"


def plain(value: str) -> str:
    """The SQL of a number or truth value; nothing for null."""
    return f"coalesce(CAST({value} AS VARCHAR), '')"


def lines(rows: str, text: str) -> str:
    """The query that gives for each of `rows` one line of text, in the same order."""
    return f"SELECT {text} || chr(10) AS line FROM ({rows}) AS r"


def column(name: str) -> str:
    """A column of the rows that `lines` reads."""
    return f"r.{quote(name)}"


def _replaced(value: str, pairs: Sequence[tuple[str, str]]) -> str:
    for old, new in pairs:
        value = f"replace({value}, {_literal(old)}, {_literal(new)})"
    return value


def _literal(text: str) -> str:
    return literal(text) if text.isprintable() else " || ".join(f"chr({ord(letter)})" for letter in text)
