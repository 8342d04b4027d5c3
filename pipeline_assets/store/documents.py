"""Small JSON documents that carry their own checksum, so that a torn or edited one is noticed and named."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_assets.store.errors import CorruptDocument, NewerWarehouse

FORMAT = 1
"""The format of the warehouse that this program writes; it reads this one and older ones."""


def write_document(path: Path, body: Mapping[str, Any]) -> None:
    """Replace `path` by `body` in one atomic step that survives a power cut."""
    write_spelled(path, canonical_json(body))


def write_spelled(path: Path, content: bytes) -> None:
    """Replace `path` by a body that is canonical JSON already."""
    write_file(path, _document(content))


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` by a whole document in one atomic step that survives a power cut."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def spelled_document(body: Mapping[str, Any]) -> bytes:
    """The bytes of a document that has this body."""
    return _document(canonical_json(body))


def read_document(path: Path) -> dict[str, Any]:
    """The body of `path`; `CorruptDocument` when its bytes are not what was written, `NewerWarehouse` when too new."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CorruptDocument(path, f"cannot be read ({error.strerror})") from error
    return document_body(content, path)


def document_body(content: bytes, path: Path | str) -> dict[str, Any]:
    """The body in a document's bytes, which were found at `path`; raises as `read_document`."""
    try:
        document = json.loads(content)
    except ValueError as error:
        raise CorruptDocument(path, f"is not JSON ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise CorruptDocument(path, "is not a document of this program")
    if document["format"] > FORMAT:
        raise NewerWarehouse(path, document["format"], FORMAT)
    body = document.get("body")
    if not isinstance(body, dict) or document.get("sha256") != hashlib.sha256(canonical_json(body)).hexdigest():
        raise CorruptDocument(path, "does not match its checksum: it was cut short or edited")
    return body


def _document(content: bytes) -> bytes:
    checksum = hashlib.sha256(content).hexdigest()
    return b'{"format": %d, "sha256": "%s",\n"body": %s}\n' % (FORMAT, checksum.encode(), content)


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def canonical_json(body: object) -> bytes:
    """The one JSON spelling of a value, for hashing; in ASCII, because paths may hold what is no Unicode text."""
    return json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
