"""From a layer's lines and columns to bytes of the canonical buffer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline_assets.extract.text import line_spans

REASONS = ("no_text", "no_position", "no_such_line", "no_such_column")
"""Why a position cannot be placed."""


class Place(NamedTuple):
    """A span and the line that it starts on, counted from 1; or the reason why there is none."""

    bstart: int = 0
    bend: int = 0
    line: int = 0
    reason: str | None = None


class Buffer:
    """The text of one file, by lines."""

    def __init__(self, text: str) -> None:
        self.content = text.encode()
        starts, ends = line_spans(self.content)
        self._starts, self._ends = starts.tolist(), ends.tolist()

    def place(self, row: dict[str, Any]) -> Place:
        """Where a report is: its own bytes, its line and columns, or its whole line where it has no column."""
        if row["bstart"] is not None:
            return self._given(row["bstart"], row["bend"])
        if row["line"] is None or row["line"] < 0:
            return Place(reason="no_position")
        if row["line"] > len(self._starts):
            return Place(reason="no_such_line")
        if row["col"] is None or row["col"] < 0:
            return self._whole(row["line"])
        start = self._offset(row["line"], row["col"], row["unit"])
        if start is None:
            return Place(reason="no_such_column")
        return Place(start, self._end(row, start), row["line"] + 1)

    def _given(self, bstart: int, bend: int) -> Place:
        if not 0 <= bstart <= bend <= len(self.content):
            return Place(reason="no_such_column")
        line = sum(start <= bstart for start in self._starts)
        return Place(bstart, bend, max(line, 1))

    def _whole(self, line: int) -> Place:
        """A line without its indentation; behind the last one, the end of the text."""
        start, end = self._line(line)
        content = self.content[start:end]
        return Place(end - len(content.lstrip(b" \t\f")), end, line + 1)

    def _offset(self, line: int, col: int, unit: str) -> int | None:
        """The byte at a column, of the line's break at the latest; None where there is no such column."""
        start, end = self._line(line)
        following = self._starts[line + 1] if line + 1 < len(self._starts) else len(self.content)
        content = self.content[start:following]
        if unit == "byte":
            is_inside = col <= len(content) and (col == len(content) or content[col] & 0xC0 != 0x80)
            return min(start + col, end) if is_inside else None
        text = content.decode()
        return min(start + len(text[:col].encode()), end) if col <= len(text) else None

    def _end(self, row: dict[str, Any], start: int) -> int:
        """The end that is told, if it is one; else that of the character there."""
        if row["end_line"] is not None and 0 <= row["end_line"] <= len(self._starts):
            end = self._offset(row["end_line"], max(row["end_col"] or 0, 0), row["unit"])
            if end is not None and end >= start:
                return end
        _, line_end = self._line(row["line"])
        width = len(self.content[start:line_end].decode()[:1].encode())
        return start + width

    def _line(self, line: int) -> tuple[int, int]:
        if line < len(self._starts):
            return self._starts[line], self._ends[line]
        return len(self.content), len(self.content)


def placed(reports: pa.Table, texts: pa.Table) -> Iterator[tuple[dict[str, Any], Place]]:
    """Every report with its place; texts are the files' buffers."""
    found = dict(zip(texts["file_id"].to_pylist(), texts["text"].to_pylist(), strict=True))
    file_id, buffer = None, None
    for row in reports.sort_by("diagnostic_id").to_pylist():
        if row["file_id"] != file_id:
            file_id, text = row["file_id"], found.get(row["file_id"])
            buffer = None if text is None else Buffer(text)
        yield row, Place(reason="no_text") if buffer is None else buffer.place(row)
