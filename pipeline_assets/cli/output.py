"""Writing a result to a file that the user named: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import typer


def write_text(path: Path, text: str) -> None:
    """Write text to `path`."""
    write_file(path, lambda aside: aside.write_text(text, encoding="utf-8"))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it there; a file that cannot be written is a usage error."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            write(aside)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written ({error.strerror or error})") from error
