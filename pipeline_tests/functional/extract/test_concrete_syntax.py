"""tree-sitter's trees of the whole standard library, against CPython's parser."""

from __future__ import annotations

import ast
import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline_assets.extract import tree_sitter
from pipeline_assets.extract.chunk import Chunk, SourceFile, read_chunk
from pipeline_assets.extract.producers.tree_sitter.grammar import parse
from pipeline_assets.extract.text import Encoding, canonical_bytes, parser_input
from pipeline_assets.sources.tree import Tree, walk
from pipeline_tests.extracting import readable_rows, run

pytestmark = pytest.mark.filterwarnings("ignore")

FLAGGED_THOUGH_VALID = {
    "a line break after a dot in parentheses": rb"\.[ \t]*(#.*)?\n\s*\w+\)",
    "a star import from __future__, which only the compiler refuses": rb"from __future__ import \*",
}
PASSED_THOUGH_INVALID = {
    "print statements": rb"(?m)^\s*print\s+[^(\s]",
    "octal numbers of Python 2": rb"\b0[0-7]+\b",
    "exec statements": rb"(?m)^\s*exec\s+[^(\s]",
}

DEFINITIONS = {
    "FunctionDef": "function_definition",
    "AsyncFunctionDef": "function_definition",
    "ClassDef": "class_definition",
}


def test_the_two_parsers_disagree_about_few_files_and_for_known_reasons():
    flagged, passed, files = {}, {}, 0
    for rows in _batches():
        for file, canonical in _sources(rows):
            files += 1
            is_valid = _is_valid(parser_input(canonical, Encoding(file.row["encoding"], file.row["bom"])))
            has_error = parse(canonical).root_node.has_error
            if is_valid and has_error:
                flagged[file.path] = _reason(canonical, FLAGGED_THOUGH_VALID)
            if not is_valid and not has_error:
                passed[file.path] = _reason(canonical, PASSED_THOUGH_INVALID)
    assert files > 1000
    assert len(flagged) <= 5, flagged
    assert None not in (flagged | passed).values(), (flagged, passed)


def test_definitions_are_where_the_syntax_tree_has_them():
    found = 0
    for rows in _batches(step=3):
        nodes, sound = _concrete(rows)
        syntax = run("syntax", _tree(), rows)["ast_nodes"]
        for kinds in (("FunctionDef", "AsyncFunctionDef"), ("ClassDef",)):
            expected = _spans(_of_kinds(syntax, kinds), sound, "name_bstart", "name_bend")
            assert expected == _names(nodes, DEFINITIONS[kinds[0]], sound)
            found += len(expected)
    assert found > 10_000


def test_punctuation_and_keywords_spell_their_kind():
    checked = 0
    for rows in _batches(step=5):
        nodes, _ = _concrete(rows)
        sources = {file.file_id: canonical for file, canonical in _sources(rows)}
        plain = nodes.filter(pc.invert(pc.or_(nodes["is_named"], nodes["is_missing"])))
        columns = [plain[name].to_pylist() for name in ("file_id", "kind", "bstart", "bend")]
        for file_id, kind, start, end in zip(*columns, strict=True):
            text = sources[file_id][start:end].decode()
            assert text == kind or text.split() == kind.split(), (kind, text)
        checked += plain.num_rows
    assert checked > 500_000


def test_children_follow_one_another_inside_their_parents():
    for rows in _batches(step=5):
        nodes, _ = _concrete(rows)
        ids, ends, starts, stops = (nodes[n].to_numpy() for n in ("node_id", "subtree_end", "bstart", "bend"))
        parents = pc.fill_null(nodes["parent_id"], -1).to_numpy()
        inner = np.flatnonzero(parents >= 0)
        above = np.searchsorted(ids, parents[inner])
        assert (ids[above] == parents[inner]).all()
        assert ((ids[above] < ids[inner]) & (ends[inner] <= ends[above])).all()
        assert ((starts[above] <= starts[inner]) & (stops[inner] <= stops[above])).all()


def _is_valid(source: bytes | str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _reason(canonical: bytes, reasons: dict[str, bytes]) -> str | None:
    return next((reason for reason, pattern in reasons.items() if re.search(pattern, canonical)), None)


def _concrete(rows: pa.Table) -> tuple[pa.Table, pa.Array]:
    """All nodes of the files, and the files that both parsers find nothing wrong in."""
    wanted = [SourceFile(file.row | {"nodes_wanted": True}, file.content) for file, _ in _sources(rows)]
    tables = tree_sitter._materialize(tree_sitter._normalize(tree_sitter._parse(Chunk(tuple(wanted)))))
    status = tables["tree_sitter_status"]
    sound = status.filter(pc.is_null(status["error_class"]))["file_id"].to_pylist()
    refused = {
        row["file_id"] for row in run("syntax", _tree(), rows)["ast_status"].to_pylist() if row["status"] != "ok"
    }
    return tables["ts_nodes"], pa.array(sorted(set(sound) - refused), pa.int64())


def _of_kinds(nodes: pa.Table, kinds: tuple[str, ...]) -> pa.Table:
    return nodes.filter(pc.is_in(nodes["kind"].cast(pa.string()), pa.array(kinds)))


def _names(nodes: pa.Table, kind: str, sound: pa.Array) -> set[tuple[int, int, int]]:
    """Spans of the names of definitions."""
    definitions = _of_kinds(nodes, (kind,))["node_id"]
    is_name = pc.fill_null(pc.equal(nodes["field"].cast(pa.string()), "name"), False)
    names = nodes.filter(pc.and_(is_name, pc.is_in(nodes["parent_id"], definitions)))
    return _spans(names, sound, "bstart", "bend")


def _spans(nodes: pa.Table, sound: pa.Array, start: str, end: str) -> set[tuple[int, int, int]]:
    kept = nodes.filter(pc.is_in(nodes["file_id"], sound))
    return set(zip(*(kept[name].to_pylist() for name in ("file_id", start, end)), strict=True))


@cache
def _tree() -> Tree:
    return walk(Path(sysconfig.get_path("stdlib")), "stdlib")


def _batches(step: int = 1) -> Iterator[pa.Table]:
    """The files of the standard library, or of one batch in `step`."""
    rows = readable_rows(_files())
    yield from (rows.slice(start, 200) for start in range(0, rows.num_rows, 200 * step))


@cache
def _files() -> pa.Table:
    return run("files", _tree(), _tree().table)["files"]


def _sources(rows: pa.Table) -> Iterator[tuple[SourceFile, bytes]]:
    """Each file with its canonical buffer."""
    for file in read_chunk(_tree().source, rows.to_pylist()).files:
        assert file.content is not None
        yield file, canonical_bytes(file.content, Encoding(file.row["encoding"], file.row["bom"]))
