"""SCIP indexes for tests, spelled by hand: the wire format, and SCIP's field numbers, written down once more."""

from __future__ import annotations

from collections.abc import Iterable


def varint(number: int) -> bytes:
    """A number as protobuf writes it; negative ones have ten bytes."""
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: str | bytes) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(content)) + content


def packed(field: int, values: Iterable[int]) -> bytes:
    return text(field, b"".join(map(varint, values)))


def occurrence(
    place: Iterable[int],
    symbol: str = "",
    roles: int = 0,
    syntax: int = 0,
    around: Iterable[int] = (),
    more: bytes = b"",
) -> bytes:
    """The bytes of one occurrence."""
    place, around = list(place), list(around)
    parts = [
        packed(1, place) if place else b"",
        text(2, symbol) if symbol else b"",
        number(3, roles) if roles else b"",
        number(5, syntax) if syntax else b"",
        packed(7, around) if around else b"",
    ]
    return b"".join(parts) + more


def diagnostic(severity: int, code: str, message: str, source: str, tags: Iterable[int] = ()) -> bytes:
    """An occurrence's field."""
    return text(6, number(1, severity) + text(2, code) + text(3, message) + text(4, source) + packed(5, tags))


def symbol(
    name: str,
    display: str = "",
    kind: int = 0,
    documentation: Iterable[str] = (),
    enclosing: str = "",
    more: bytes = b"",
) -> bytes:
    """The bytes of what is said about a symbol."""
    parts = [text(1, name), *(text(3, paragraph) for paragraph in documentation)]
    parts += [number(5, kind), text(6, display), text(8, enclosing) if enclosing else b""]
    return b"".join(parts) + more


def relationship(target: str, *flags: int) -> bytes:
    """A symbol's field; flags are field numbers."""
    return text(4, text(1, target) + b"".join(number(flag, 1) for flag in flags))


def signature(content: str) -> bytes:
    """A symbol's field."""
    return text(7, text(4, "python") + text(5, content))


def document(
    path: str, occurrences: Iterable[bytes] = (), symbols: Iterable[bytes] = (), encoding: int = 0, content: str = ""
) -> bytes:
    """The bytes of one document."""
    parts = [text(1, path), *(text(2, each) for each in occurrences), *(text(3, each) for each in symbols)]
    parts += [text(4, "python"), text(5, content) if content else b"", number(6, encoding) if encoding else b""]
    return b"".join(parts)


def index(
    documents: Iterable[bytes] = (), external: Iterable[bytes] = (), tool: str = "sample", version: str = "7"
) -> bytes:
    """A whole index."""
    metadata = text(2, text(1, tool) + text(2, version)) + text(3, "file:///somewhere") + number(4, 1)
    return b"".join([text(1, metadata), *(text(2, each) for each in documents), *(text(3, each) for each in external)])
