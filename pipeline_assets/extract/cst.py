"""LibCST: every byte of a file as a tree, and what its own scope analysis makes of names; opt-in, for it is slow."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.libcst.contracts import (
    CST_CALL_ARGS,
    CST_CALLSITES,
    CST_DECORATORS,
    CST_DEFS,
    CST_DOCSTRINGS,
    CST_IMPORTS,
    CST_MANIFEST,
    CST_NODES,
    CST_REFS,
    CST_STATUS,
    CST_TYPES,
    FACTS,
)
from pipeline_assets.extract.producers.libcst.rows import (
    Found,
    Numbered,
    facts_table,
    manifest_table,
    nodes_table,
    number,
)
from pipeline_assets.extract.status import PARSER_ERRORS, FileStatus, failed, limited, status_table, succeeded
from pipeline_assets.extract.text import Encoding, canonical_bytes
from pipeline_assets.pipes import extractor

LAYER = "cst"
PRODUCER = "libcst"
MOST_BYTES = 4_000_000
"""Beyond, a tree (with what is read from it, some 700 bytes a byte of source) leaves no room in a worker."""


def _project(files: Table) -> Table:
    """The files of repositories that ask for this layer."""
    return wanted(files, LAYER)


def _parse(chunk: Chunk) -> Found:
    """Read each file with LibCST."""
    from pipeline_assets.extract.producers.libcst.reader import (
        on_deep_stack,  # LibCST costs only the workers that use it
    )

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the code of others warns about is not ours to print
        return on_deep_stack(_read_all, chunk)


def _normalize(found: Found) -> Numbered:
    """Number the nodes, and find lines and columns."""
    return number(found)


def _materialize(numbered: Numbered) -> dict[str, pa.Table]:
    """Build the tables."""
    facts = {contract.name: facts_table(numbered, contract) for contract in FACTS}
    return {
        CST_NODES.name: nodes_table(numbered),
        CST_MANIFEST.name: manifest_table(numbered),
        CST_STATUS.name: status_table(numbered.found.statuses),
        **facts,
    }


@extractor(
    CST_REFS,
    CST_IMPORTS,
    CST_CALLSITES,
    CST_CALL_ARGS,
    CST_DEFS,
    CST_TYPES,
    CST_DECORATORS,
    CST_DOCSTRINGS,
    CST_NODES,
    CST_MANIFEST,
    CST_STATUS,
    stages=(_project, _parse, _normalize, _materialize),
    producers=(PRODUCER,),
)
def concrete_syntax_facts(files: Table) -> Table:
    """LibCST's tree of every file, and the facts read from it."""


def _read_all(chunk: Chunk) -> Found:
    from pipeline_assets.extract.producers.libcst.reader import FIELDS, KINDS, libcst_version

    found = Found(KINDS, FIELDS)
    for file in chunk.files:
        status = _read(found, file)
        found.statuses.append(replace(status, producer=PRODUCER, producer_version=libcst_version()))
    return found


def _read(found: Found, file: SourceFile) -> FileStatus:
    """Add what is found in one file, and tell what became of it."""
    from pipeline_assets.extract.producers.libcst.reader import ParserPanic, TooManyNodes, Unfaithful, read

    if file.content is None:
        assert file.refusal is not None
        return failed(file, LAYER, file.refusal)
    if len(file.content) > MOST_BYTES:
        message = f"the file has {len(file.content):,} bytes and LibCST is given at most {MOST_BYTES:,}"
        return limited(file, LAYER, "bytes", message)
    encoding = Encoding(file.row["encoding"], file.row["bom"])
    try:
        told, problem = read(file, canonical_bytes(file.content, encoding), encoding.name)
    except TooManyNodes as error:
        return limited(file, LAYER, "nodes", str(error))
    except (*PARSER_ERRORS, ParserPanic, Unfaithful) as error:
        return failed(file, LAYER, error)
    found.files.append(told)
    if problem is None:
        return succeeded(file, LAYER)
    return limited(file, LAYER, "scopes", f"without qualified names: {type(problem).__name__}: {problem}")
