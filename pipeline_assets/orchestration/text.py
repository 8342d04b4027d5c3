"""Text for the UI: what comes from an analysed repository is shown as plain text, never as markup."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dagster import MetadataValue, TableColumn, TableMetadataValue, TableRecord, TableSchema

CELL_LENGTH = 160
_LARGEST_IN_A_BROWSER = 2**53
"""Larger integers (our ids) are rounded by JavaScript unless they travel as text."""


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], length: int = CELL_LENGTH) -> TableMetadataValue:
    """A metadata table: the UI renders its cells as plain text, and we shorten them and mark what does not print."""
    records = [TableRecord({name: cell(row.get(name), length) for name in columns}) for row in rows]
    return MetadataValue.table(records, TableSchema([TableColumn(name, "string") for name in columns]))


def cell(value: Any, length: int = CELL_LENGTH) -> str | int | float | bool | None:
    """A value as a table cell: numbers as they are where a browser can show them, everything else as text."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_IN_A_BROWSER else str(value)
    if isinstance(value, decimal.Decimal | datetime.date | datetime.timedelta):
        return str(value)
    return plain(value if isinstance(value, str) else repr(value), length)


def plain(text: str, length: int = CELL_LENGTH) -> str:
    """One line of printable text, at most `length` characters; line breaks and control characters become visible."""
    shown = "".join(letter if letter.isprintable() else _visible(letter) for letter in text[: length + 1])
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def code(text: str, language: str) -> str:
    """Markdown that shows `text` as code whatever it holds: the fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in _runs(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _visible(letter: str) -> str:
    return {"\n": "↵", "\t": "→", "\r": "␍"}.get(letter, "\N{REPLACEMENT CHARACTER}")


def _runs(text: str) -> Iterable[str]:
    return "".join(letter if letter == "`" else " " for letter in text).split()
