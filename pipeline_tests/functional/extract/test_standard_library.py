"""The whole standard library, its tests included, against oracles that CPython itself provides."""

from __future__ import annotations

import ast
import symtable
import sysconfig
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline_assets.extract.chunk import read_chunk
from pipeline_assets.extract.producers.symtable.symbol_tables import read_public, read_scopes
from pipeline_assets.extract.text import Encoding, canonical_bytes, parser_input
from pipeline_assets.sources.tree import Tree, walk
from pipeline_tests.extracting import readable_rows, run
from pipeline_tests.rebuilding import first_difference, rebuild

KINDS = {"type parameter": "type_parameters", "TypeVar bound": "type_variable"}

pytestmark = pytest.mark.filterwarnings("ignore")


@cache
def _tree() -> Tree:
    return walk(Path(sysconfig.get_path("stdlib")), "stdlib")


@cache
def _files() -> pa.Table:
    return run("files", _tree(), _tree().table)["files"]


def _batches(every: int = 1) -> Iterator[pa.Table]:
    rows = readable_rows(_files())
    rows = rows.take(list(range(0, rows.num_rows, every)))
    yield from (rows.slice(start, 200) for start in range(0, rows.num_rows, 200))


def _sources(rows: pa.Table) -> Iterator[tuple[int, bytes, bytes | str]]:
    """File id, canonical buffer and what CPython is given, of each file."""
    for file in read_chunk(_tree().source, rows.to_pylist()).files:
        encoding = Encoding(file.row["encoding"], file.row["bom"])
        assert file.content is not None
        canonical = canonical_bytes(file.content, encoding)
        yield file.file_id, canonical, parser_input(canonical, encoding)


def test_every_file_that_is_left_out_is_one_that_python_refuses_too():
    refused = [row for row in _files().to_pylist() if row["status"] not in ("ok", "pruned")]
    assert refused, "the standard library's tests hold files in broken encodings"
    for row in refused:
        with pytest.raises((SyntaxError, ValueError)):
            compile((_tree().root / row["path"]).read_bytes(), row["path"], "exec")


def test_scopes_and_symbols_equal_the_public_symbol_table():
    checked = 0
    for rows in _batches():
        tables = run("scopes", _tree(), rows)
        found = _grouped_symbols(tables)
        failed = {row["file_id"] for row in tables["symtable_status"].to_pylist() if row["status"] != "ok"}
        for file_id, _, source in _sources(rows):
            try:
                expected = list(_public_rows(symtable.symtable(source, "f", "exec"), ()))
            except (SyntaxError, ValueError, RecursionError):
                assert file_id in failed
                continue
            assert found[file_id] == expected
            checked += 1
    assert checked > 1000


def test_the_documented_module_tells_the_same_as_the_private_tables():
    for rows in list(_batches())[:2]:
        for _, _, source in _sources(rows):
            try:
                private, public = read_scopes(source, "f"), read_public(source, "f")
            except (SyntaxError, ValueError):
                continue
            assert (private.names, private.kinds, private.parents) == (public.names, public.kinds, public.parents)
            assert private.symbols == public.symbols


def test_spans_are_where_the_parser_says_and_name_tokens_spell_the_names():
    nodes, tokens = 0, 0
    for rows in _batches():
        tables = run("syntax", _tree(), rows)["ast_nodes"]
        by_file = _slices(tables)
        for file_id, canonical, source in _sources(rows):
            if file_id not in by_file:
                with pytest.raises((SyntaxError, ValueError)):
                    ast.parse(source)
                continue
            nodes += _check_spans(by_file[file_id], canonical)
            tokens += _check_names(by_file[file_id], canonical)
    assert nodes > 1_000_000
    assert tokens > 500_000


REBUILT_FROM = [
    *("node_id", "parent_id", "kind", "field", "ordinal", "name", "alias", "value", "value_kind", "ctx"),
    *("line", "end_line", "col_utf8", "bend"),
]


def test_trees_can_be_built_again_with_positions():
    """Of every fourth file: to build all again takes minutes."""
    trees = 0
    for rows in _batches(every=4):
        tables = run("syntax", _tree(), rows)
        by_file = _slices(tables["ast_nodes"].select(["file_id", *REBUILT_FROM]))
        statuses = {row["file_id"]: row["limit"] for row in tables["ast_status"].to_pylist()}
        for file_id, canonical, source in _sources(rows):
            if file_id in by_file:
                rebuilt = rebuild(by_file[file_id].to_pylist(), _lines(canonical))
                difference = first_difference(rebuilt, ast.parse(source))
                assert difference is None or statuses[file_id] == "positions", difference
                trees += difference is None
    assert trees > 300


def test_every_name_is_a_symbol_of_the_scope_it_is_said_to_be_evaluated_in():
    checked = left_out = 0
    for rows in _batches():
        nodes = run("syntax", _tree(), rows)["ast_nodes"]
        symbols = _symbols_by_scope(run("scopes", _tree(), rows))
        for file_id, of_file in _slices(nodes).items():
            if _has(of_file, "field", "type_params"):
                left_out += 1  # type parameters have scopes that no node stands for
            else:
                checked += _check_scopes(of_file, symbols.get(file_id, {}))
    assert checked > 400_000
    assert left_out < 20


def _has(nodes: pa.Table, column: str, value: str) -> bool:
    return bool(pc.any(pc.equal(nodes[column].cast(pa.string()), value)).as_py())


def _symbols_by_scope(tables: dict[str, pa.Table]) -> dict[int, dict[tuple[str, int], set[str]]]:
    """By file, symbols by name and line of their scope; scopes that these do not tell apart are left out."""
    names: dict[int, set[str]] = {}
    for row in tables["symbols"].select(["scope_id", "name"]).to_pylist():
        names.setdefault(row["scope_id"], set()).add(row["name"])
    found: dict[int, dict[tuple[str, int], list[set[str]]]] = {}
    for row in tables["scopes"].to_pylist():
        if row["kind"] in ("module", "function", "class"):
            of_file = found.setdefault(row["file_id"], {})
            of_file.setdefault((row["name"], row["line"]), []).append(names.get(row["scope_id"], set()))
    return {
        file_id: {key: sets[0] for key, sets in scopes.items() if len(sets) == 1} for file_id, scopes in found.items()
    }


SCOPE_NAMES = {
    "Module": "top",
    "Lambda": "lambda",
    "ListComp": "listcomp",
    "SetComp": "setcomp",
    "DictComp": "dictcomp",
    "GeneratorExp": "genexpr",
}


def _check_scopes(nodes: pa.Table, symbols: dict[tuple[str, int], set[str]]) -> int:
    columns = ("node_id", "kind", "name", "line", "scope_node", "field", "subtree_end")
    rows = list(zip(*(nodes[name].to_pylist() for name in columns), strict=True))
    scopes = {
        node_id: (SCOPE_NAMES.get(kind, name), 0 if kind == "Module" else line)
        for node_id, kind, name, line, *_ in rows
    }
    unevaluated = ("annotation", "returns") if _has(nodes, "name", "__future__") else ()
    checked = end = 0
    for node_id, kind, name, line, scope, field, subtree_end in rows:
        end = max(end, subtree_end) if field in unevaluated else end
        known = symbols.get(scopes[scope])
        if kind == "Name" and known is not None and node_id >= end:
            assert name in known or any(each.endswith(name) for each in known if name.startswith("__")), (name, line)
            checked += 1
    return checked


def _grouped_symbols(tables: dict[str, pa.Table]) -> dict[int, list[tuple[Any, ...]]]:
    """Per file, per scope in preorder: path of kinds, names and lines, then the symbols by name."""
    symbols: dict[int, list[tuple[Any, ...]]] = {}
    for row in tables["symbols"].to_pylist():
        facts = [row[name] for name in FACTS]
        symbols.setdefault(row["scope_id"], []).append((row["name"], *facts))
    paths: dict[int, tuple[Any, ...]] = {}
    grouped: dict[int, list[tuple[Any, ...]]] = {}
    for row in tables["scopes"].to_pylist():
        path = (*paths.get(row["parent_scope_id"], ()), (row["kind"], row["name"], row["line"], row["nested"]))
        paths[row["scope_id"]] = path
        grouped.setdefault(row["file_id"], []).append((path, symbols.get(row["scope_id"], [])))
    return grouped


FACTS = (
    "is_parameter",
    "is_declared_global",
    "is_nonlocal",
    "is_imported",
    "is_assigned",
    "is_referenced",
    "is_annotated",
    "scope_class",
)


def _public_rows(table: symtable.SymbolTable, above: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    kind = str(table.get_type())
    kind = KINDS.get(kind, kind.replace(" ", "_"))
    path = (*above, (kind, table.get_name(), table.get_lineno(), table.is_nested()))
    symbols = sorted(table.get_symbols(), key=lambda symbol: symbol.get_name())
    yield path, [_public_symbol(symbol) for symbol in symbols]
    for child in table.get_children():
        yield from _public_rows(child, path)


def _public_symbol(symbol: symtable.Symbol) -> tuple[Any, ...]:
    facts = (
        symbol.is_parameter(),
        symbol.is_declared_global(),
        symbol.is_nonlocal(),
        symbol.is_imported(),
        symbol.is_assigned(),
        symbol.is_referenced(),
        symbol.is_annotated(),
    )
    scope = {1: "local", 2: "global_explicit", 3: "global_implicit", 4: "free", 5: "cell"}
    return (symbol.get_name(), *facts, scope[symbol._Symbol__scope])  # type: ignore[attr-defined]


def _slices(nodes: pa.Table) -> dict[int, pa.Table]:
    """The rows of each file."""
    file_ids = nodes["file_id"].to_numpy()
    starts = np.flatnonzero(np.diff(file_ids, prepend=-1))
    ends = [*starts[1:], len(file_ids)]
    return {int(file_ids[start]): nodes.slice(start, end - start) for start, end in zip(starts, ends, strict=True)}


def _check_spans(nodes: pa.Table, canonical: bytes) -> int:
    """Recompute each span from line and column with Python's own splitting of lines; children are inside parents."""
    placed = nodes.filter(pc.is_valid(nodes["bstart"]))
    columns = ("node_id", "parent_id", "bstart", "bend", "line", "end_line", "col_utf8")
    ids, parents, starts, ends, line, end_line, col = (placed[name].fill_null(-1).to_numpy() for name in columns)
    lines = np.array(_lines(canonical))
    assert (lines[line - 1] + col == starts).all()
    assert (lines[end_line - 1] <= ends).all()
    assert ends.max() <= len(canonical)
    above = np.minimum(np.searchsorted(ids, parents), len(ids) - 1)
    inside = (starts[above] <= starts) & (starts <= ends) & (ends <= ends[above])
    decorates = pc.fill_null(pc.equal(placed["field"].cast(pa.string()), "decorator_list"), False).to_numpy()
    assert (inside | (ids[above] != parents) | decorates).all()
    return len(ids)


def _lines(canonical: bytes) -> list[int]:
    """Offsets of lines, counted the way `ast.get_source_segment` does."""
    starts = [0]
    for line in ast._splitlines_no_ff(canonical.decode()):  # type: ignore[attr-defined]
        starts.append(starts[-1] + len(line.encode()))
    return starts


def _check_names(nodes: pa.Table, canonical: bytes) -> int:
    named = nodes.filter(pc.is_valid(nodes["name"]))
    columns = [named[name].to_pylist() for name in ("kind", "name", "name_bstart", "name_bend")]
    found = 0
    for kind, name, start, end in zip(*columns, strict=True):
        if start is not None:
            assert unicodedata.normalize("NFKC", canonical[start:end].decode()) == name
            found += 1
        else:  # several names, or a dotted one with spaces between
            assert kind in ("Global", "Nonlocal", "MatchClass") or (kind in ("alias", "ImportFrom") and "." in name)
    return found
