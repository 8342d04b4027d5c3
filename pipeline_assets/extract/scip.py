"""SCIP: what an indexer that somebody else ran found in the repository, read from the index that was given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Reading, SourceFile, canonical_text
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.scip.contracts import (
    DUPLICATE,
    LAYER,
    LIMITED,
    READ,
    SCIP_DIAGNOSTICS,
    SCIP_DOCUMENTS,
    SCIP_OCCURRENCES,
    SCIP_RELATIONSHIPS,
    SCIP_STATUS,
    SCIP_SYMBOLS,
)
from pipeline_assets.extract.producers.scip.reader import DocumentRow, Facts, read_facts
from pipeline_assets.extract.producers.scip.tables import (
    BOM,
    Placed,
    diagnostics_table,
    documents_table,
    occurrences_table,
    place,
    relationships_table,
    symbols_table,
)
from pipeline_assets.extract.producers.scip.wire import entries
from pipeline_assets.extract.status import FileStatus, failed, limited, skipped, status_table, succeeded
from pipeline_assets.extract.text import Undecodable
from pipeline_assets.pipes import extractor, reader
from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.scip_index import IndexUnreadable, read_index

NONE_GIVEN = "no index was given; give one with --scip"
NO_DOCUMENT = "the index has no document of it"


class MalformedIndex(Exception):
    """An index, or one of its documents, that is not one."""


@dataclass(frozen=True, slots=True)
class Given:
    """The files, and the bytes of the index or why there are none."""

    repository: str
    files: tuple[SourceFile, ...]
    index: bytes | None = None
    refusal: IndexUnreadable | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """The files whose text there is, what the index says of them, and the files that were refused."""

    given: Given
    facts: Facts
    texts: dict[int, bytes]
    refused: tuple[FileStatus, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """The same with the places of occurrences, by file id."""

    parsed: Parsed
    placed: tuple[Placed, ...]


def _project(files: Table, scip_index: Table) -> dict[str, Table]:
    """The files of repositories that ask for this layer, and the index that was given."""
    index = scip_index.select("repository", "index_path", "sha256", "status", "reason")
    return {"files": wanted(files, LAYER), "scip_index": index}


@reader
def _read_index(reading: Reading) -> Given:
    """Read the files and the index."""
    files = reading.chunk().files
    repository = files[0].repository if files else ""
    for row in reading.inputs["scip_index"].to_pylist():
        if row["status"] != "ok":
            return Given(repository, files, None, IndexUnreadable(row["status"], row["reason"]))
        try:
            index = read_index(row["index_path"])
        except IndexUnreadable as refusal:
            return Given(repository, files, None, refusal)
        if hashlib.sha256(index).hexdigest() != row["sha256"]:
            changed = IndexUnreadable("unreadable", "it changed during the build; build again")
            return Given(repository, files, None, changed)
        return Given(repository, files, index)
    return Given(repository, files)


def _parse_index(given: Given) -> Parsed:
    """Read the documents of the files that there are."""
    texts: dict[int, bytes] = {}
    refused: list[FileStatus] = []
    for file in given.files:
        try:
            texts[file.file_id] = canonical_text(file)
        except (Unreadable, Undecodable) as error:
            refused.append(failed(file, LAYER, error))
    readable = [file for file in given.files if file.file_id in texts]
    return Parsed(given, read_facts(entries(given.index or b""), readable), texts, tuple(refused))


def _normalize_ranges(parsed: Parsed) -> Located:
    """Turn lines and characters into byte spans."""
    placed = [place(found, parsed.texts[found.file.file_id]) for found in parsed.facts.occurrences]
    return Located(parsed, tuple(sorted(placed, key=lambda each: each.found.file.file_id)))


def _materialize(located: Located) -> dict[str, pa.Table]:
    """Build the tables."""
    parsed, placed = located.parsed, located.placed
    facts, repository = parsed.facts, parsed.given.repository
    return {
        SCIP_DOCUMENTS.name: documents_table(repository, facts, placed),
        SCIP_OCCURRENCES.name: occurrences_table(facts, placed),
        SCIP_SYMBOLS.name: symbols_table(repository, facts, placed),
        SCIP_RELATIONSHIPS.name: relationships_table(repository, facts),
        SCIP_DIAGNOSTICS.name: diagnostics_table(placed),
        SCIP_STATUS.name: status_table([*parsed.refused, *_statuses(located)]),
    }


@extractor(
    SCIP_DOCUMENTS,
    SCIP_OCCURRENCES,
    SCIP_SYMBOLS,
    SCIP_RELATIONSHIPS,
    SCIP_DIAGNOSTICS,
    SCIP_STATUS,
    stages=(_project, _read_index, _parse_index, _normalize_ranges, _materialize),
    producers=("protobuf",),
)
def scip(files: Table, scip_index: Table) -> Table:
    """Occurrences and symbols of a SCIP index that was given."""


def _statuses(located: Located) -> Iterator[FileStatus]:
    parsed = located.parsed
    documents: dict[int, list[DocumentRow]] = {}
    for document in parsed.facts.documents:
        if document.file is not None:
            documents.setdefault(document.file.file_id, []).append(document)
    misplaced = {each.found.document.number: each.misplaced for each in located.placed}
    others = {each.found.file.file_id for each in located.placed if _has_other_text(each, parsed.texts)}
    for file in parsed.given.files:
        if file.file_id in parsed.texts:
            status = _status(file, documents.get(file.file_id, []), parsed, misplaced, file.file_id in others)
            yield _by_indexer(status, parsed.facts)


def _status(
    file: SourceFile,
    documents: list[DocumentRow],
    parsed: Parsed,
    misplaced: Mapping[int, int],
    has_other_text: bool,
) -> FileStatus:
    if not documents:
        return _without_document(file, parsed)
    read = next((document for document in documents if document.status == READ), None)
    if read is None:
        return _unread(file, documents[0])
    if has_other_text:
        return limited(file, LAYER, "content", "its content differs from what was indexed")
    if outside := misplaced.get(read.number):
        said = f"{outside} ranges of the index are outside of it: its content differs from what was indexed"
        return limited(file, LAYER, "positions", said)
    if len(documents) > 1:
        kind = "duplicate" if documents[-1].status == DUPLICATE else "unreadable"
        return limited(file, LAYER, "documents", f"the index has {kind} documents of it; one was read")
    return succeeded(file, LAYER)


def _unread(file: SourceFile, document: DocumentRow) -> FileStatus:
    reason = f"its document in the index was not read: {document.reason}"
    if document.status == LIMITED:
        return limited(file, LAYER, "documents", reason)
    return failed(file, LAYER, MalformedIndex(reason))


def _without_document(file: SourceFile, parsed: Parsed) -> FileStatus:
    given, problem = parsed.given, parsed.facts.problem
    if given.refusal is not None:
        return failed(file, LAYER, given.refusal)
    if given.index is None:
        return skipped(file, LAYER, NONE_GIVEN)
    if problem is not None:
        return failed(file, LAYER, MalformedIndex(f"{NO_DOCUMENT}: {problem}"))
    return skipped(file, LAYER, NO_DOCUMENT)


def _has_other_text(placed: Placed, texts: dict[int, bytes]) -> bool:
    """Whether the index holds a text of the file that is another one; line breaks do not count."""
    indexed = placed.found.text.removeprefix(BOM)
    return bool(indexed) and _unified(indexed) != _unified(texts[placed.found.file.file_id].decode())


def _unified(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _by_indexer(status: FileStatus, facts: Facts) -> FileStatus:
    return replace(status, producer=facts.tool or "scip", producer_version=facts.tool_version or "unknown")
