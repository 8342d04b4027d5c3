"""Paths as text and as module names: lossless, and the same on every machine."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

PYTHON_SUFFIXES = (".py", ".pyi", ".pyw")

_ESCAPE = re.compile(rb"\\(\\|x[0-9a-f]{2})")


def path_text(raw: bytes) -> str:
    r"""A path's bytes as text: UTF-8, with `\xNN` for bytes that are not, and `\\` for a backslash.

    `path_bytes` is the exact inverse.
    """
    return raw.replace(b"\\", rb"\\").decode("utf-8", "backslashreplace")


def path_bytes(text: str) -> bytes:
    """The bytes that `path_text` made this text from."""
    return _ESCAPE.sub(lambda match: _unescape(match[1]), text.encode("utf-8"))


def is_python(name: bytes) -> bool:
    """Whether a file name is a candidate: `*.py`, `*.pyi`, `*.pyw`."""
    return name.endswith((b".py", b".pyi", b".pyw"))


@dataclass(frozen=True, slots=True)
class ImportRoot:
    """Where dotted module names start.

    `parent`: the repository's folder is itself a package, whose name is `prefix`;
    `src`: files below `src/` are named from there, the others from the repository's folder;
    `root`: every file is named from the repository's folder.
    """

    kind: Literal["parent", "src", "root"]
    prefix: str = ""

    def module(self, path: str) -> str | None:
        """The dotted name `path` is imported under; none where a part holds a dot, which no import can spell."""
        stem, dot, suffix = path.rpartition(".")
        if dot + suffix not in PYTHON_SUFFIXES:
            return None
        parts = stem.removeprefix("src/").split("/") if self.kind == "src" else stem.split("/")
        if parts[-1] == "__init__":
            parts.pop()
        parts = [self.prefix, *parts] if self.kind == "parent" else parts
        if not parts or any(not part or "." in part for part in parts):
            return None
        return ".".join(parts)


def import_root(paths: Collection[str], folder: str) -> ImportRoot:
    """The import root of a repository: its folder's parent, its `src/` folder, or its folder."""
    if any(f"__init__{suffix}" in paths for suffix in PYTHON_SUFFIXES):
        return ImportRoot("parent", folder)
    below = {path.removeprefix("src/") for path in paths if path.startswith("src/")}
    is_package = any(f"__init__{suffix}" in below for suffix in PYTHON_SUFFIXES)
    has_code = any("/" not in path or path.split("/")[1].startswith("__init__.") for path in below)
    return ImportRoot("src") if has_code and not is_package else ImportRoot("root")


def _unescape(escaped: bytes) -> bytes:
    return escaped if escaped == b"\\" else bytes([int(escaped[1:], 16)])
