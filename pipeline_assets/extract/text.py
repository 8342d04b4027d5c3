"""From a file's bytes to its canonical buffer: decoded as PEP 263 says, BOM dropped, UTF-8, newlines untouched.

Every span of every dataset is a range of bytes of this buffer. `tokenize.detect_encoding` is not used because it
refuses files that CPython's own tokenizer reads (a comment in the declared encoding beside the declaration).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Offsets = npt.NDArray[np.int64]

_COOKIE = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.ASCII)
_NOTHING_YET = re.compile(rb"[ \t\f]*(?:#.*)?")
_NEWLINE = re.compile(rb"\r\n?|\n")
_LATIN = ("latin-1", "iso-8859-1", "iso-latin-1")


NOWHERE = ""
"""What CPython is told that a source is called: to quote the line of an error it opens the file of that name, from the
working directory, whatever it may be by now (a link, a device). No file has this name."""


class Undecodable(Exception):
    """The bytes are not text in the encoding they claim; `line` says where, when that is known."""

    def __init__(self, cause: str, message: str, line: int | None = None) -> None:
        super().__init__(cause, message, line)
        self.cause, self.message, self.line = cause, message, line

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes become text: a codec's name and whether a UTF-8 byte order mark comes first."""

    name: str
    bom: bool = False


def detect_encoding(content: bytes) -> Encoding:
    """The encoding that CPython would read this source in."""
    bom = content.startswith(codecs.BOM_UTF8)
    declared = _declared(content[3:] if bom else content)
    if declared is None:
        return Encoding("utf-8", bom)
    try:
        name = codecs.lookup(_normal(declared)).name
    except LookupError as error:
        raise Undecodable("LookupError", f"the declared encoding {declared!r} is unknown", 1) from error
    if bom and name != "utf-8":
        raise Undecodable("SyntaxError", f"the declared encoding {declared!r} contradicts the UTF-8 byte order mark", 1)
    return Encoding(name, bom)


def canonical_bytes(content: bytes, encoding: Encoding) -> bytes:
    """The canonical buffer; raises `Undecodable`."""
    text = content[3:] if encoding.bom else content
    try:
        decoded = text.decode(encoding.name)
        return text if encoding.name == "utf-8" else decoded.encode()
    except (ValueError, LookupError) as error:
        raise _undecodable(text, encoding, error) from error


def parser_input(canonical: bytes, encoding: Encoding) -> bytes | str:
    """What CPython's parser must be given so that its columns are offsets into the canonical buffer.

    Bytes are fastest, but a declaration of another encoding inside them would be obeyed and a second byte order mark
    dropped like the first; in text the one is ignored and the other refused.
    """
    is_plain = encoding.name == "utf-8" and not canonical.startswith(codecs.BOM_UTF8)
    return canonical if is_plain else canonical.decode()


def line_spans(canonical: bytes) -> tuple[Offsets, Offsets]:
    r"""Start and end (before the line break) of every line; breaks are `\n`, `\r\n` and a lone `\r`."""
    buffer = np.frombuffer(canonical, np.uint8)
    if b"\r" in canonical:
        returns, feeds = buffer == 13, buffer == 10
        paired = np.zeros_like(returns)
        paired[1:] = feeds[1:] & returns[:-1]
        breaks = np.flatnonzero(returns | (feeds & ~paired))
        widths: Offsets | np.int64 = 1 + np.append(paired, False)[breaks + 1]
    else:
        breaks, widths = np.flatnonzero(buffer == 10), np.int64(1)
    starts, ends = np.empty(len(breaks) + 1, np.int64), np.empty(len(breaks) + 1, np.int64)
    starts[0], ends[-1] = 0, len(buffer)
    np.add(breaks, widths, out=starts[1:])
    ends[:-1] = breaks
    last_is_empty = starts[-1] == len(buffer)
    return (starts[:-1], ends[:-1]) if last_is_empty else (starts, ends)


def newline_kind(canonical: bytes) -> str:
    """Which line breaks a file uses: `lf`, `crlf`, `cr`, `mixed` or `none`."""
    if b"\r" not in canonical:
        return "lf" if b"\n" in canonical else "none"
    pairs = canonical.count(b"\r\n")
    kinds = {
        "lf": canonical.count(b"\n") - pairs,
        "crlf": pairs,
        "cr": canonical.count(b"\r") - pairs,
    }
    used = [kind for kind, count in kinds.items() if count]
    return used[0] if len(used) == 1 else "mixed"


def _declared(text: bytes) -> str | None:
    """The encoding named by a comment on the first line, or on the second below a blank or comment line."""
    for line in _NEWLINE.split(text[:4096], maxsplit=2)[:2]:
        cookie = _COOKIE.match(line)
        if cookie:
            return cookie[1].decode("ascii")
        if not _NOTHING_YET.fullmatch(line):
            return None
    return None


def _normal(declared: str) -> str:
    """CPython's own reading of the two encodings that editors decorate, as in `utf-8-unix`."""
    name = declared[:12].lower().replace("_", "-")
    if name == "utf-8" or name.startswith("utf-8-"):
        return "utf-8"
    if name in _LATIN or name.startswith(tuple(f"{latin}-" for latin in _LATIN)):
        return "iso-8859-1"
    return declared


def _undecodable(text: bytes, encoding: Encoding, error: Exception) -> Undecodable:
    if isinstance(error, UnicodeDecodeError):
        line = len(_NEWLINE.findall(text, 0, error.start)) + 1
        reason = f"byte {error.start} is not {encoding.name}: {error.reason}"
        return Undecodable("UnicodeDecodeError", reason, line)
    return Undecodable(type(error).__name__, f"cannot be read as {encoding.name}: {error}")
