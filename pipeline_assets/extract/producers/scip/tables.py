"""From what an index says to the tables: byte spans instead of lines and characters, names taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.extract.producers.scip.contracts import (
    DOCUMENT,
    EXTERNAL,
    MENTIONED,
    SCIP_DIAGNOSTICS,
    SCIP_DOCUMENTS,
    SCIP_OCCURRENCES,
    SCIP_RELATIONSHIPS,
    SCIP_SYMBOLS,
)
from pipeline_assets.extract.producers.scip.grammar import is_local, parse_symbol
from pipeline_assets.extract.producers.scip.names import (
    DIAGNOSTIC_TAGS,
    ENCODINGS,
    KINDS,
    ROLES,
    SEVERITIES,
    SYNTAX_KINDS,
    UNSPECIFIED,
    enum_name,
)
from pipeline_assets.extract.producers.scip.positions import Positions
from pipeline_assets.extract.producers.scip.reader import Description, DocumentRow, Facts, Numbers, Occurrences
from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns

ASSUMED = "UTF16"
"""What is counted where an index does not say: indexers from before they could say were written in languages whose
strings are UTF-16, and so is the one for Python."""
BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Placed:
    """The occurrences of a document that its file has places for, in the order of those."""

    found: Occurrences
    rows: Numbers
    """Which occurrences, in order."""
    starts: Numbers
    ends: Numbers
    lines: Numbers
    enclosing_starts: Numbers
    enclosing_ends: Numbers
    misplaced: int
    """Ranges that the file does not have."""


def place(found: Occurrences, canonical: bytes) -> Placed:
    """Turn lines and characters into bytes; what the file has no place for is left out and counted."""
    encoding = encoding_of(found.document)
    places = Positions(canonical, ASSUMED if encoding == UNSPECIFIED else encoding, counts_bom=_counts_bom(found))
    starts, ends = places.spans(found.ranges)
    around, around_ends = places.spans(found.enclosing)
    misplaced = int((starts < 0).sum() + ((around < 0) & found.has_enclosing).sum())
    order = np.lexsort((np.arange(len(starts)), ends, starts))
    rows = order[starts[order] >= 0]
    lines = places.lines(starts[rows])
    return Placed(found, rows, starts[rows], ends[rows], lines, around[rows], around_ends[rows], misplaced)


def encoding_of(document: DocumentRow) -> str:
    """What a document says it counts; a number that is not known says nothing."""
    number = document.position_encoding or 0
    return ENCODINGS[number] if 0 <= number < len(ENCODINGS) else UNSPECIFIED


def documents_table(repository: str, facts: Facts, placed: Sequence[Placed]) -> pa.Table:
    """A row per document."""
    misplaced = {each.found.document.number: each.misplaced for each in placed}
    rows = (
        {
            "repository": repository,
            "document": row.number,
            "path": row.path,
            "file_id": row.file and row.file.file_id,
            "language": row.language,
            "position_encoding": None if row.position_encoding is None else encoding_of(row),
            "occurrences": row.occurrences,
            "misplaced": misplaced.get(row.number, 0),
            "symbols": row.symbols,
            "status": row.status,
            "reason": row.reason,
        }
        for row in facts.documents
    )
    return _table(SCIP_DOCUMENTS, rows)


def occurrences_table(facts: Facts, placed: Sequence[Placed]) -> pa.Table:
    """A row per occurrence; `placed` is in the order of file ids."""
    counts = np.array([len(each.rows) for each in placed], np.int64)
    of_file = np.repeat(np.arange(len(placed)), counts)
    file_ids = np.array([each.found.file.file_id for each in placed], np.int64)
    roles = _taken(placed, "roles")
    columns = {
        "repository": repeated([each.found.file.repository for each in placed], of_file),
        "file_id": pa.array(file_ids[of_file]),
        "occurrence_id": pa.array(row_ids(file_ids, counts, FACT)),
        "bstart": _int32(_joined([each.starts for each in placed])),
        "bend": _int32(_joined([each.ends for each in placed])),
        "line": _int32(_joined([each.lines for each in placed])),
        "symbol": _symbols(facts, _taken(placed, "symbols")),
        "roles": _int32(roles),
        "syntax_kind": _enum(SYNTAX_KINDS, _taken(placed, "syntax_kinds")),
        "enclosing_bstart": _place(_joined([each.enclosing_starts for each in placed])),
        "enclosing_bend": _place(_joined([each.enclosing_ends for each in placed])),
        "documentation": _documentation(placed),
    }
    columns |= {f"is_{role}": pa.array((roles >> bit & 1).astype(bool)) for bit, role in enumerate(ROLES)}
    return pa.table({name: columns[name] for name in SCIP_OCCURRENCES.names})


def symbols_table(repository: str, facts: Facts, placed: Sequence[Placed]) -> pa.Table:
    """A row per symbol that is described or mentioned."""
    described = {symbol for _, symbol in facts.descriptions}
    rows = [_symbol_row(repository, each) for each in facts.descriptions.values()]
    for path, file_id, symbol in _mentions(facts, placed):
        known = (path, symbol) in facts.descriptions if is_local(symbol) else symbol in described
        if not known:
            nothing = Description(path, file_id, symbol, "", 0, "", "", "", times=0)
            rows.append(_symbol_row(repository, nothing))
    return _table(SCIP_SYMBOLS, sorted(rows, key=lambda row: (row["path"], row["symbol"])))


def relationships_table(repository: str, facts: Facts) -> pa.Table:
    """A row per pair of related symbols."""
    rows = (
        {
            "repository": repository,
            "path": each.path,
            "symbol": each.symbol,
            "target": each.target,
            "file_id": each.file_id,
            "is_reference": bool(each.flags & 1),
            "is_implementation": bool(each.flags & 2),
            "is_type_definition": bool(each.flags & 4),
            "is_definition": bool(each.flags & 8),
        }
        for _, each in sorted(facts.relationships.items())
    )
    return _table(SCIP_RELATIONSHIPS, rows)


def diagnostics_table(placed: Sequence[Placed]) -> pa.Table:
    """A row per diagnostic."""
    return _table(SCIP_DIAGNOSTICS, (row for each in placed for row in _diagnostic_rows(each)))


def _counts_bom(found: Occurrences) -> bool:
    """Whether the indexer took the byte order mark for text; only its own copy of the text can tell."""
    return bool(found.file.row["bom"]) and found.text.startswith(BOM)


def _symbol_row(repository: str, described: Description) -> dict[str, Any]:
    parts = parse_symbol(described.symbol)
    origin = MENTIONED if not described.times else DOCUMENT if described.path else EXTERNAL
    return {
        "repository": repository,
        "path": described.path,
        "symbol": described.symbol,
        "file_id": described.file_id,
        "origin": origin,
        "descriptions": described.times,
        "is_valid": parts.is_valid,
        "is_local": is_local(described.symbol),
        "scheme": parts.scheme,
        "manager": parts.manager,
        "package": parts.package,
        "version": parts.version,
        "descriptors": parts.descriptors,
        "name": parts.name,
        "suffix": parts.suffix,
        "enclosing_symbol": described.enclosing or parts.enclosing,
        "display_name": described.display_name or None,
        "kind": enum_name(KINDS, described.kind),
        "signature": described.signature or None,
        "documentation": described.documentation or None,
    }


def _mentions(facts: Facts, placed: Iterable[Placed]) -> Iterator[tuple[str, int | None, str]]:
    """Each symbol that occurs or that another is related to, once: local ones by document."""
    names = list(facts.symbols)
    seen: dict[tuple[str, str], int | None] = {}
    for each in placed:
        path = each.found.document.path or ""
        for code in np.unique(each.found.symbols[each.rows]).tolist():
            if code >= 0:
                _mention(seen, names[code], path, each.found.file.file_id)
    for related in facts.relationships.values():
        for symbol in (related.symbol, related.target):
            _mention(seen, symbol, related.path, related.file_id)
    return ((path, file_id, symbol) for (path, symbol), file_id in seen.items())


def _mention(seen: dict[tuple[str, str], int | None], symbol: str, path: str, file_id: int | None) -> None:
    if is_local(symbol):
        seen[path, symbol] = file_id
    else:
        seen["", symbol] = None


def _diagnostic_rows(placed: Placed) -> Iterator[dict[str, Any]]:
    file, found = placed.found.file, placed.found.diagnostics
    if not found:
        return
    ids = row_ids(np.array([file.file_id]), np.array([len(placed.rows)]), FACT).tolist()
    places: Mapping[int, int] = {row: place for place, row in enumerate(placed.rows.tolist())}
    kept = [each for each in found if each.occurrence in places]
    for each in sorted(kept, key=lambda each: (places[each.occurrence], each.ordinal)):
        position = places[each.occurrence]
        yield {
            "repository": file.repository,
            "file_id": file.file_id,
            "occurrence_id": ids[position],
            "ordinal": each.ordinal,
            "bstart": int(placed.starts[position]),
            "bend": int(placed.ends[position]),
            "severity": enum_name(SEVERITIES, each.severity),
            "code": each.code or None,
            "message": each.message,
            "source": each.source or None,
            "tags": ",".join(filter(None, (enum_name(DIAGNOSTIC_TAGS, tag) for tag in each.tags))) or None,
        }


def _documentation(placed: Sequence[Placed]) -> pa.Array:
    texts = [
        [each.found.documentation.get(row) for row in each.rows.tolist()]
        if each.found.documentation
        else [None] * len(each.rows)
        for each in placed
    ]
    return pa.array([text for found in texts for text in found], pa.string())


def _symbols(facts: Facts, codes: Numbers) -> pa.Array:
    return coded(codes, list(facts.symbols), codes < 0)


def _enum(names: Sequence[str], numbers: Numbers) -> pa.Array:
    values, codes = np.unique(numbers, return_inverse=True)
    return pa.array([enum_name(names, value) for value in values.tolist()], pa.string()).take(pa.array(codes))


def _taken(placed: Sequence[Placed], name: str) -> Numbers:
    return _joined([getattr(each.found, name)[each.rows] for each in placed])


def _joined(arrays: Sequence[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, np.int64), *arrays])


def _int32(numbers: Numbers) -> pa.Array:
    return pa.array(numbers, pa.int32())


def _place(numbers: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(numbers, pa.int32(), mask=numbers < 0)


def _table(contract: Contract, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), arrow_schema(stored_columns(contract)))
