"""Printing: data to stdout, everything else to stderr, and foreign text always as text.

Names, paths and code of an analysed repository may hold terminal escapes or what looks like markup of rich. Whatever
is printed for people goes through `plain`, which makes every character that does not print visible.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 100_000
"""Columns of a table that goes to a file or a pipe: nothing is cut there."""


@lru_cache(maxsize=1)
def out() -> Console:
    """Where data goes: stdout."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=_width(sys.stdout.isatty()))


@lru_cache(maxsize=1)
def err() -> Console:
    """Where progress and messages go: stderr."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def plain(text: str) -> str:
    """`text` with every character that does not print as its escape; line breaks stay."""
    return "".join(letter if letter.isprintable() or letter == "\n" else _escape(letter) for letter in text)


def line(value: object) -> str:
    """A value as one line of plain text."""
    return plain("" if value is None else str(value)).replace("\n", "\\n")


def say(message: str, style: str = "") -> None:
    """Print a message to stderr."""
    err().print(Text(plain(message), style=style))


def complain(message: str) -> None:
    """Print what went wrong to stderr."""
    err().print(Text.assemble(("error: ", "bold red"), plain(message)))


def show(message: str, style: str = "") -> None:
    """Print a line of data to stdout."""
    out().print(Text(plain(message), style=style))


def program() -> str:
    """How the user can call `cpg` again: by its name where the shell finds it, else as it was called now."""
    called, found = Path(sys.argv[0]), shutil.which("cpg")
    is_on_path = found is not None and called.exists() and Path(found).samefile(called)
    return "cpg" if called.name != "cpg" or is_on_path else shlex.quote(str(called))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None) -> None:
    """Print rows as a table; numbers are set to the right."""
    cells = [list(row) for row in rows]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, title_justify="left")
    table.title = Text(plain(title)) if title else None
    for i, name in enumerate(columns):
        numeric = bool(cells) and all(row[i] is None or _is_number(row[i]) for row in cells)
        table.add_column(Text(line(name)), justify="right" if numeric else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(_cell(value)) for value in row))
    out().print(table, soft_wrap=False)


def emit_json(value: Any) -> None:
    """Print a value as one line of JSON; ASCII only, so that it can hold no terminal escape."""
    sys.stdout.write(json.dumps(json_value(value)) + "\n")


def json_value(value: Any) -> Any:
    """`value` as JSON knows it: times and decimals as text, bytes in hexadecimal, NaN as null."""
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(item) for item in value]
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _width(is_terminal: bool) -> int | None:
    return None if is_terminal else _UNBOUNDED


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return line(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
