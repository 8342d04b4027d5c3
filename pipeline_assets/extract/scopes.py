"""Scopes and symbols: CPython's own symbol table, by which its compiler decides what each name means."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.symtable.symbol_tables import (
    SCOPE_CLASSES,
    SCOPE_KINDS,
    Scopes,
    decode,
    read_scopes,
)
from pipeline_assets.extract.status import (
    PARSER_ERRORS,
    FileStatus,
    failed,
    in_characters,
    limited,
    status_contract,
    status_table,
    succeeded,
)
from pipeline_assets.extract.text import NOWHERE, Encoding, canonical_bytes, parser_input
from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS, Column, Contract, Reference
from pipeline_assets.pipes import extractor

SCOPES = Contract(
    name="scopes",
    layer="extract",
    description="One row per scope of CPython's symbol table.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("scope_id", "int64", "Id of the scope: file, family 1, place in preorder."),
        Column("parent_scope_id", "int64", "The enclosing scope; none for the module.", True),
        Column("kind", "string", "What the scope belongs to.", values=SCOPE_KINDS),
        Column("name", "string", "CPython's name for it: top, lambda, listcomp, or the definition's own."),
        Column("qualpath", "string", "Names from below the module down to it, with dots; empty for the module."),
        Column("line", "int32", "Line where it starts; 0 for the module."),
        Column("ordinal", "int32", "Place in preorder, the module first."),
        Column("nested", "boolean", "Whether a function encloses it."),
    ),
    key=("scope_id",),
    local=("scope_id", "parent_scope_id"),
    references=(
        Reference("file_id", "files", "file_id"),
        Reference("parent_scope_id", "scopes", "scope_id"),
    ),
    query="SELECT kind, count(*) FROM scopes GROUP BY 1 ORDER BY 2 DESC",
)

SYMBOLS = Contract(
    name="symbols",
    layer="extract",
    description="One row per name and scope of CPython's symbol table, with what happens to the name there.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("symbol_id", "int64", "Id of the symbol: file, family 2, place by scope and name."),
        Column("scope_id", "int64", "The scope."),
        Column("name", "string", "Name, mangled if it is private to a class."),
        Column("flags", "int32", "CPython's own bits; their meaning varies with its version."),
        Column("scope_class", "string", "Where the compiler looks the name up.", values=SCOPE_CLASSES),
        Column("is_parameter", "boolean", "A parameter of the function."),
        Column("is_declared_global", "boolean", "Named by a global statement."),
        Column("is_nonlocal", "boolean", "Named by a nonlocal statement."),
        Column("is_imported", "boolean", "Bound by an import."),
        Column("is_assigned", "boolean", "Bound by anything else."),
        Column("is_referenced", "boolean", "Read."),
        Column("is_annotated", "boolean", "Annotated."),
    ),
    key=("symbol_id",),
    local=("symbol_id", "scope_id"),
    references=(Reference("file_id", "files", "file_id"), Reference("scope_id", "scopes", "scope_id")),
    query="SELECT scope_class, count(*) FROM symbols GROUP BY 1 ORDER BY 2 DESC",
)

SYMTABLE_STATUS = status_contract("symtable_status", "symbol table was")
LAYER = "symtable"
SCOPE_FAMILY, SYMBOL_FAMILY = 1, 2
MOST_IDS = 1 << ORDINAL_BITS

Ids = npt.NDArray[np.int64]


@dataclass(slots=True)
class _Tables:
    """The symbol tables of a chunk, and what became of every file."""

    files: list[SourceFile] = field(default_factory=list)
    tables: list[Scopes] = field(default_factory=list)
    statuses: list[FileStatus] = field(default_factory=list)


@dataclass(slots=True)
class _Numbered:
    """Scopes and symbols of a chunk with their ids."""

    tables: _Tables
    scope_files: Ids
    """Place of each scope's file in the chunk."""
    scope_ids: Ids
    parent_ids: Ids
    """-1 for modules."""
    symbol_scopes: Ids
    """Place of each symbol's scope in the chunk."""
    symbol_ids: Ids


def _project(files: Table) -> Table:
    """The files whose text could be read."""
    return wanted(files, LAYER)


def _parse(chunk: Chunk) -> _Tables:
    """Ask CPython for each file's symbol table."""
    tables = _Tables()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the code of others warns about is not ours to print
        for file in chunk.files:
            _add(tables, file)
    return tables


def _normalize(tables: _Tables) -> _Numbered:
    """Number scopes and symbols within their files."""
    scopes = [len(table.names) for table in tables.tables]
    symbols = [len(table.symbols) for table in tables.tables]
    scope_files, symbol_files = (np.repeat(np.arange(len(counts)), counts) for counts in (scopes, symbols))
    sizes = [size for table in tables.tables for size in table.sizes]
    parents = np.array([parent for table in tables.tables for parent in table.parents], np.int64)
    scope_ids = _ids(tables, scope_files, scopes, SCOPE_FAMILY)
    first_scopes = np.cumsum([0, *scopes])[:-1][scope_files]
    return _Numbered(
        tables=tables,
        scope_files=scope_files,
        scope_ids=scope_ids,
        parent_ids=np.where(parents < 0, -1, scope_ids[first_scopes + np.maximum(parents, 0)]),
        symbol_scopes=np.repeat(np.arange(len(scope_ids)), sizes),
        symbol_ids=_ids(tables, symbol_files, symbols, SYMBOL_FAMILY),
    )


def _materialize(numbered: _Numbered) -> dict[str, pa.Table]:
    """Build the tables."""
    return {
        SCOPES.name: _scopes_table(numbered),
        SYMBOLS.name: _symbols_table(numbered),
        SYMTABLE_STATUS.name: status_table(numbered.tables.statuses),
    }


@extractor(SCOPES, SYMBOLS, SYMTABLE_STATUS, stages=(_project, _parse, _normalize, _materialize))
def symbol_table(files: Table) -> Table:
    """The symbol table of every file that CPython's compiler accepts."""


def _add(tables: _Tables, file: SourceFile) -> None:
    """Add one file's table, or the reason why there is none."""
    if file.content is None:
        assert file.refusal is not None
        tables.statuses.append(failed(file, LAYER, file.refusal))
        return
    encoding = Encoding(file.row["encoding"], file.row["bom"])
    try:
        source = parser_input(canonical_bytes(file.content, encoding), encoding)
        table = read_scopes(source, NOWHERE)
    except PARSER_ERRORS as error:
        again = partial(read_scopes, path=NOWHERE)
        tables.statuses.append(failed(file, LAYER, in_characters(error, source, again)))
        return
    if len(table.symbols) > MOST_IDS:
        message = f"the file has {len(table.symbols):,} symbols and ids leave room for {MOST_IDS:,}"
        tables.statuses.append(limited(file, LAYER, "symbols", message))
        return
    tables.files.append(file)
    tables.tables.append(table)
    tables.statuses.append(succeeded(file, LAYER))


def _ids(tables: _Tables, places: Ids, counts: list[int], family: int) -> Ids:
    """Ids of the rows of a family: file, family, place in the file."""
    file_ids = np.array([file.file_id for file in tables.files], np.int64)
    firsts = np.cumsum([0, *counts])[:-1]
    base = (file_ids << FILE_SHIFT) + (family << ORDINAL_BITS) - firsts
    ids: Ids = base[places] + np.arange(len(places))
    return ids


def _scopes_table(numbered: _Numbered) -> pa.Table:
    tables, ids = numbered.tables.tables, numbered.scope_ids
    return pa.table(
        {
            **_file_columns(numbered, numbered.scope_files),
            "scope_id": ids,
            "parent_scope_id": pa.array(numbered.parent_ids, mask=numbered.parent_ids < 0),
            "kind": coded(np.array([kind for table in tables for kind in table.kinds], np.int32), SCOPE_KINDS),
            "name": pa.array([name for table in tables for name in table.names], pa.string()),
            "qualpath": pa.array([path for table in tables for path in table.paths], pa.string()),
            "line": pa.array([line for table in tables for line in table.lines], pa.int32()),
            "ordinal": pa.array((ids & (MOST_IDS - 1)).astype(np.int32)),
            "nested": pa.array([nested for table in tables for nested in table.nested], pa.bool_()),
        }
    )


def _symbols_table(numbered: _Numbered) -> pa.Table:
    tables = numbered.tables.tables
    flags = np.array([flag for table in tables for flag in table.flags], np.int32)
    scope_classes, facts = decode(flags)
    return pa.table(
        {
            **_file_columns(numbered, numbered.scope_files[numbered.symbol_scopes]),
            "symbol_id": numbered.symbol_ids,
            "scope_id": numbered.scope_ids[numbered.symbol_scopes],
            "name": pa.array([name for table in tables for name in table.symbols], pa.string()).dictionary_encode(),
            "flags": flags,
            "scope_class": coded(scope_classes, SCOPE_CLASSES),
            **facts,
        }
    )


def _file_columns(numbered: _Numbered, places: Ids) -> dict[str, pa.Array]:
    files = numbered.tables.files
    return {
        "repository": repeated([file.repository for file in files], places),
        "file_id": pa.array(np.array([file.file_id for file in files], np.int64)[places]),
    }
