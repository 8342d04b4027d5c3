"""File ids: 35 bits of a hash, so that every id inside a file fits a signed 64-bit integer beside it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from pipeline_assets.inference.contract import FILE_SHIFT

FILE_ID_BITS = 62 - FILE_SHIFT
"""Bit 63 is the sign and bit 62 marks entities outside any file."""

_MASK = (1 << FILE_ID_BITS) - 1


def file_ids(repository: str, paths: Iterable[bytes]) -> dict[bytes, int]:
    """One id per path; a collision moves the later path, in byte order, to the next free id."""
    taken: set[int] = set()
    ids: dict[bytes, int] = {}
    for path in sorted(paths):
        candidate = _hash(repository, path)
        while candidate in taken:
            candidate = (candidate + 1) & _MASK
        taken.add(candidate)
        ids[path] = candidate
    return ids


def _hash(repository: str, path: bytes) -> int:
    # the NUL cannot occur in either part, so no two pairs share a preimage
    digest = blake2b(repository.encode() + b"\0" + path, digest_size=8).digest()
    return int.from_bytes(digest, "big") & _MASK
