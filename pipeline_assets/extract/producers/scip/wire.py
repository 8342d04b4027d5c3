"""The outermost fields of protobuf messages, one at a time: what is behind a damaged place is lost, not what is before.

An index is read document by document, so that one which is malformed costs no other, and memory only one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline_assets.extract.producers.scip.schema import (
    DOCUMENT_PATH,
    INDEX_DOCUMENTS,
    INDEX_EXTERNAL_SYMBOLS,
    INDEX_METADATA,
)

MOST_ENTRIES = 2_000_000
"""Documents, external symbols and unknown fields of an index."""
_MOST_VARINT_BYTES = 10
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class Malformed(Exception):
    """Bytes that are no protobuf message, from some place on."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(place, reason)
        self.place, self.reason = place, reason

    def __str__(self) -> str:
        return f"it is malformed at byte {self.place}: {self.reason}"


@dataclass(slots=True)
class Entries:
    """The parts of an index, as bytes; `problem` says why there may be more."""

    metadata: list[bytes] = field(default_factory=list)
    documents: list[memoryview] = field(default_factory=list)
    external_symbols: list[memoryview] = field(default_factory=list)
    problem: str | None = None


def entries(index: bytes, most: int = MOST_ENTRIES) -> Entries:
    """Cut an index into its parts."""
    found = Entries()
    view = memoryview(index)
    try:
        for count, (number, value) in enumerate(fields(view)):
            if count >= most:
                found.problem = f"it has more than {most:,} documents and external symbols; no more were read"
                break
            _sort_in(found, number, value)
    except Malformed as error:
        found.problem = f"{error}; nothing behind was read"
    return found


def document_path(document: memoryview) -> str | None:
    """The path that a document has in front of whatever is wrong with it."""
    try:
        for number, value in fields(document):
            if number == DOCUMENT_PATH and value is not None:
                return bytes(value).decode()
    except (Malformed, UnicodeDecodeError):
        return None
    return None


def fields(view: memoryview) -> Iterator[tuple[int, memoryview | None]]:
    """Number and bytes of each field; None for a field that is a number. Raises `Malformed`."""
    place, end = 0, len(view)
    while place < end:
        start = place
        tag, place = _varint(view, place)
        wire, stop = tag & 7, place
        if not 0 < tag >> 3 < 1 << 29:
            raise Malformed(start, f"no field has the number {tag >> 3}")
        if wire == _BYTES:
            length, place = _varint(view, place)
            stop = place + length
        elif wire == _VARINT:
            _, stop = _varint(view, place)
        elif wire in (_FIXED64, _FIXED32):
            stop = place + (8 if wire == _FIXED64 else 4)
        else:
            raise Malformed(start, f"no field has the wire type {wire}")
        if stop > end:
            raise Malformed(start, f"{stop - end} bytes are missing")
        yield tag >> 3, view[place:stop] if wire == _BYTES else None
        place = stop


def _varint(view: memoryview, place: int) -> tuple[int, int]:
    """A number, and the place behind it."""
    number = 0
    for position, byte in enumerate(view[place : place + _MOST_VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return number, place + position + 1
    cut = len(view) - place < _MOST_VARINT_BYTES
    raise Malformed(place, "a number is cut short" if cut else "a number has more than ten bytes")


def _sort_in(found: Entries, number: int, value: memoryview | None) -> None:
    if value is None:
        return
    if number == INDEX_METADATA:
        found.metadata.append(bytes(value))
    elif number == INDEX_DOCUMENTS:
        found.documents.append(value)
    elif number == INDEX_EXTERNAL_SYMBOLS:
        found.external_symbols.append(value)
