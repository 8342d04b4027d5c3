"""Paths as text and as module names: lossless, and the same on every machine."""

from __future__ import annotations

import re

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


def dotted_name(path: str, package: str = "") -> str | None:
    """The dotted name of a file below an import root; none where a part holds a dot, which no import can spell.

    `package` is the name of the root itself, where that is a package.
    """
    stem, dot, suffix = path.rpartition(".")
    if dot + suffix not in PYTHON_SUFFIXES:
        return None
    parts = stem.split("/")
    if parts[-1] == "__init__":
        parts.pop()
    parts = [package, *parts] if package else parts
    if not parts or any(not part or "." in part for part in parts):
        return None
    return ".".join(parts)


def _unescape(escaped: bytes) -> bytes:
    return escaped if escaped == b"\\" else bytes([int(escaped[1:], 16)])
