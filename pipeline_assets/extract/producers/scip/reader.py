"""From an index to facts about the files: documents are read one at a time, and each belongs to one file or to none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.scip.contracts import DUPLICATE, LIMITED, MALFORMED, READ, REFUSED, UNMATCHED
from pipeline_assets.extract.producers.scip.schema import decode_errors, message
from pipeline_assets.extract.producers.scip.wire import Entries, document_path
from pipeline_assets.sources.paths import path_text

Numbers = npt.NDArray[np.int64]

MOST_DOCUMENT_BYTES = 48_000_000
"""Empty messages take some 50 times their bytes once they are read."""
MOST = {"occurrences": 10_000_000, "symbols": 1_000_000, "relationships": 2_000_000, "diagnostics": 1_000_000}
"""Rows in all; a document that goes beyond is left out."""
MOST_OF_DOCUMENT = 2_000_000
"""Occurrences; a file of the size that is read at all has fewer names."""

_NO_RANGE = (-1, -1, -1, -1)


@dataclass(slots=True)
class DocumentRow:
    """What became of a document."""

    number: int
    path: str | None = None
    file: SourceFile | None = None
    language: str | None = None
    position_encoding: int | None = None
    occurrences: int = 0
    symbols: int = 0
    status: str = READ
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A diagnostic at an occurrence of a document."""

    occurrence: int
    ordinal: int
    severity: int
    code: str
    message: str
    source: str
    tags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Occurrences:
    """All occurrences of one document: a row of each array is one."""

    document: DocumentRow
    file: SourceFile
    text: str
    """The file's text as the index has it; empty where it does not."""
    ranges: Numbers
    enclosing: Numbers
    has_enclosing: npt.NDArray[np.bool_]
    symbols: Numbers
    """Codes; -1 for none."""
    roles: Numbers
    syntax_kinds: Numbers
    documentation: Mapping[int, str]
    diagnostics: Sequence[Diagnostic]


@dataclass(slots=True)
class Description:
    """What a document, or the index for other packages, says about a symbol."""

    path: str
    file_id: int | None
    symbol: str
    display_name: str
    kind: int
    signature: str
    documentation: str
    enclosing: str
    times: int = 1


@dataclass(slots=True)
class Relationship:
    """What a symbol is to another."""

    path: str
    file_id: int | None
    symbol: str
    target: str
    flags: int
    """Bits: reference, implementation, type definition, definition."""


@dataclass(slots=True)
class Facts:
    """Everything an index says."""

    tool: str = ""
    tool_version: str = ""
    problem: str | None = None
    """Why the index was not read to its end."""
    documents: list[DocumentRow] = field(default_factory=list)
    occurrences: list[Occurrences] = field(default_factory=list)
    descriptions: dict[tuple[str, str], Description] = field(default_factory=dict)
    relationships: dict[tuple[str, str, str], Relationship] = field(default_factory=dict)
    symbols: dict[str, int] = field(default_factory=dict)
    """Codes of the symbols that occur."""


def read_facts(entries: Entries, files: Iterable[SourceFile], most: Mapping[str, int] | None = None) -> Facts:
    """Read every part of an index."""
    reader = _Reader({file.path: file for file in files}, Counter(most or MOST))
    reader.facts.problem = entries.problem
    reader.read_metadata(b"".join(entries.metadata))
    for number, document in enumerate(entries.documents):
        reader.facts.documents.append(reader.read_document(number, document))
    reader.read_external(entries.external_symbols)
    return reader.facts


def path_refusal(path: str) -> str | None:
    """Why a document's path is not one of a file below the root."""
    if not path:
        return "it has no path"
    if path.startswith("/") or path[1:3] in (":\\", ":/"):
        return "its path is absolute"
    parts = path.split("/")
    if ".." in parts or ".." in path.split("\\"):
        return "its path leads out of the root"
    if "" in parts or "." in parts or "\0" in path:
        return "its path is not canonical"
    return None


class _Reader:
    def __init__(self, files: Mapping[str, SourceFile], left: Counter[str]) -> None:
        self.facts = Facts()
        self._files = files
        self._left = left
        self._taken: dict[str, DocumentRow] = {}

    def read_metadata(self, content: bytes) -> None:
        """Who made the index; a field that is given again counts anew, as the protocol has it."""
        try:
            tool = message("Metadata").FromString(content).tool_info
        except decode_errors() as error:
            self._note(f"its metadata is malformed: {_told(error)}")
        else:
            self.facts.tool, self.facts.tool_version = tool.name, tool.version

    def read_document(self, number: int, content: memoryview) -> DocumentRow:
        """Read one document, or say why not."""
        row = DocumentRow(number)
        if len(content) > MOST_DOCUMENT_BYTES:
            row.path = document_path(content)
            return self._left_out(row, LIMITED, f"it has more than {MOST_DOCUMENT_BYTES:,} bytes")
        try:
            document = message("Document").FromString(bytes(content))
        except decode_errors() as error:
            row.path = document_path(content)
            return self._left_out(row, MALFORMED, _told(error))
        row.path, row.language = document.relative_path, document.language or None
        row.position_encoding = document.position_encoding
        row.occurrences, row.symbols = len(document.occurrences), len(document.symbols)
        return self._read_matched(row, document)

    def read_external(self, contents: Sequence[memoryview]) -> None:
        """Read what the index says about symbols of other packages."""
        for number, content in enumerate(contents):
            try:
                information = message("SymbolInformation").FromString(bytes(content))
            except decode_errors() as error:
                self._note(f"its external symbol {number} is malformed: {_told(error)}")
                continue
            if not self._take({"symbols": 1, "relationships": len(information.relationships)}):
                self._note("it has too many external symbols; those behind were not read")
                return
            self._describe(information, "", None)

    def _read_matched(self, row: DocumentRow, document: Any) -> DocumentRow:
        refusal = path_refusal(document.relative_path)
        if refusal:
            return self._left_out(row, REFUSED, refusal)
        row.file = self._file(row)
        if row.file is None:
            return self._left_out(row, UNMATCHED, "no file that is read has this path")
        if document.relative_path in self._taken:
            first = self._taken[document.relative_path].number
            return self._left_out(row, DUPLICATE, f"the document {first} has the same path")
        if row.occurrences > MOST_OF_DOCUMENT or not self._take(_counts(document)):
            return self._left_out(row, LIMITED, "there are more rows than are read of one index")
        self._taken[document.relative_path] = row
        self.facts.occurrences.append(self._occurrences(row, row.file, document))
        for information in document.symbols:
            self._describe(information, document.relative_path, row.file.file_id)
        return row

    def _left_out(self, row: DocumentRow, status: str, reason: str) -> DocumentRow:
        row.status, row.reason = status, reason
        row.file = row.file or (self._file(row) if status in (MALFORMED, LIMITED) else None)
        return row

    def _file(self, row: DocumentRow) -> SourceFile | None:
        return self._files.get(path_text(row.path.encode())) if row.path else None

    def _take(self, wanted: Mapping[str, int]) -> bool:
        """Use up what may still be read; nothing is used up when it does not suffice."""
        if any(self._left[name] < count for name, count in wanted.items()):
            return False
        self._left.subtract(wanted)
        return True

    def _note(self, problem: str) -> None:
        self.facts.problem = self.facts.problem or problem

    def _occurrences(self, row: DocumentRow, file: SourceFile, document: Any) -> Occurrences:
        codes = self.facts.symbols
        code = codes.setdefault
        numbers = [
            (
                *_range(found.range, found, "typed_range"),
                *_range(found.enclosing_range, found, "typed_enclosing_range"),
                code(found.symbol, len(codes)) if found.symbol else -1,
                found.symbol_roles,
                found.syntax_kind,
                bool(found.enclosing_range) or found.WhichOneof("typed_enclosing_range") is not None,
            )
            for found in document.occurrences
        ]
        table = np.array(numbers, np.int64).reshape(-1, 12)
        return Occurrences(
            document=row,
            file=file,
            text=document.text,
            ranges=table[:, :4],
            enclosing=table[:, 4:8],
            has_enclosing=table[:, 11] > 0,
            symbols=table[:, 8],
            roles=table[:, 9],
            syntax_kinds=table[:, 10],
            documentation={
                number: _joined(found.override_documentation)
                for number, found in enumerate(document.occurrences)
                if found.override_documentation
            },
            diagnostics=list(_diagnostics(document)),
        )

    def _describe(self, information: Any, path: str, file_id: int | None) -> None:
        key = (path, information.symbol)
        if key in self.facts.descriptions:
            self.facts.descriptions[key].times += 1
        else:
            self.facts.descriptions[key] = Description(
                path=path,
                file_id=file_id,
                symbol=information.symbol,
                display_name=information.display_name,
                kind=information.kind,
                signature=information.signature_documentation.text,
                documentation=_joined(information.documentation),
                enclosing=information.enclosing_symbol,
            )
        for found in information.relationships:
            related = Relationship(path, file_id, information.symbol, found.symbol, 0)
            related = self.facts.relationships.setdefault((*key, found.symbol), related)
            related.flags |= (
                found.is_reference
                | found.is_implementation << 1
                | found.is_type_definition << 2
                | found.is_definition << 3
            )


def _range(numbers: Sequence[int], occurrence: Any, typed: str) -> tuple[int, int, int, int]:
    """Start line, start character, end line, end character; from 0."""
    if len(numbers) == 3:
        line, start, end = numbers
        return line, start, line, end
    if len(numbers) == 4:
        first, start, last, end = numbers
        return first, start, last, end
    kind = occurrence.WhichOneof(typed) if not numbers else None
    if kind is None:
        return _NO_RANGE
    found = getattr(occurrence, kind)
    if kind.startswith("single"):
        return found.line, found.start_character, found.line, found.end_character
    return found.start_line, found.start_character, found.end_line, found.end_character


def _counts(document: Any) -> dict[str, int]:
    return {
        "occurrences": len(document.occurrences),
        "symbols": len(document.symbols),
        "relationships": sum(len(each.relationships) for each in document.symbols),
        "diagnostics": sum(len(each.diagnostics) for each in document.occurrences),
    }


def _diagnostics(document: Any) -> Iterator[Diagnostic]:
    for number, occurrence in enumerate(document.occurrences):
        for ordinal, found in enumerate(occurrence.diagnostics):
            yield Diagnostic(
                number, ordinal, found.severity, found.code, found.message, found.source, tuple(found.tags)
            )


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraphs)


def _told(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
