from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from tree_sitter import Node

from pipeline_assets.extract import tree_sitter
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.producers.tree_sitter.grammar import parse
from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS
from pipeline_assets.sources.errors import Unreadable

Tables = dict[str, pa.Table]
Row = dict[str, Any]

FILE_ID = 5
FIRST_ID = FILE_ID << FILE_SHIFT | 13 << ORDINAL_BITS

SAMPLES = {
    "nothing": "",
    "comment": "# é\n",
    "function": "@d\ndef f(a: int = 1, *b, **c) -> None:\n    '''é'''\n    return a  # é\n",
    "class": "class C(A, metaclass=M):\n    x: int = 1\n\n    def m(self): ...\n",
    "f-string": "f'{a!r:>{w}} é {b=}'\n",
    "match": "match a:\n    case [b, *_] if b: pass\n    case {'k': C(d, e=f)}: pass\n",
    "continued line": "x = 1 + \\\n    2\n",
    "form feeds": "\fdef f():\n\f    return 1\n",
    "windows": "if x:\r\n    y\r\n",
    "type parameters": "type X[T] = list[T]\ndef f[T: int](a: T): ...\n",
    "unclosed": "x = (\n",
    "missing parenthesis": "def f(x=(1):\n    pass\n",
    "missing line end": "match (x): match (x): ",
    "stray character": "x = 1\ny = ?\nz = 3\n",
    "Python 2": "print 'x' % y\nexec 'z'\n",
    "null bytes": "x = 1\0\ny = 2\n",
}
FLAWED = {"unclosed", "missing parenthesis", "missing line end", "stray character", "null bytes"}


def read(source: str | bytes, *, nodes: bool = True) -> Tables:
    content = source if isinstance(source, bytes) else source.encode()
    row = {"repository": "sample", "file_id": FILE_ID, "path": "é.py", "size": len(content), "nodes_wanted": nodes}
    return made(SourceFile(row | {"encoding": "utf-8", "bom": False}, content))


def made(*files: SourceFile) -> Tables:
    forest = tree_sitter._parse(Chunk(files))
    tables = tree_sitter._materialize(tree_sitter._normalize(forest))
    for table in tables.values():
        table.validate(full=True)
    return tables


def status(tables: Tables) -> Row:
    (row,) = tables["tree_sitter_status"].to_pylist()
    return row


def nodes_of(canonical: bytes) -> Iterator[tuple[Node, str | None, int, int | None]]:
    """Every node in preorder, with its field, its place and that of its parent."""
    waiting: list[tuple[Node, str | None, int | None]] = [(parse(canonical).root_node, None, None)]
    ordinal = 0
    while waiting:
        node, field, parent = waiting.pop()
        yield node, field, ordinal, parent
        children = [(child, node.field_name_for_child(i), ordinal) for i, child in enumerate(node.children)]
        waiting += reversed(children)
        ordinal += 1


@pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
def test_the_rows_are_the_nodes_of_the_tree(source: str):
    expected = [
        {
            "repository": "sample",
            "file_id": FILE_ID,
            "node_id": FIRST_ID + ordinal,
            "parent_id": None if parent is None else FIRST_ID + parent,
            "kind": node.type,
            "field": field,
            "subtree_end": FIRST_ID + ordinal + node.descendant_count,
            "is_named": node.is_named,
            "is_missing": node.is_missing,
            "is_error": node.is_error,
            "is_extra": node.is_extra,
            "bstart": node.start_byte,
            "bend": node.end_byte,
            "line": node.start_point.row + 1,
            "col_utf8": node.start_point.column,
        }
        for node, field, ordinal, parent in nodes_of(source.encode())
    ]
    assert read(source)["ts_nodes"].to_pylist() == expected


@pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
def test_the_issues_are_the_nodes_that_are_wrong(source: str):
    tables = read(source)
    wrong = {r["node_id"]: r for r in tables["ts_nodes"].to_pylist() if r["is_error"] or r["is_missing"]}
    issues = {row["node_id"]: row for row in tables["ts_issues"].to_pylist() if row["kind"] or row["issue"] == "ERROR"}
    assert issues.keys() == wrong.keys()
    for node_id, row in issues.items():
        shared = ("bstart", "bend", "line", "col_utf8")
        assert [row[name] for name in shared] == [wrong[node_id][name] for name in shared]
        assert row["excerpt"] == source.encode()[row["bstart"] : row["bend"]].decode()


@pytest.mark.parametrize("name", SAMPLES)
def test_every_flawed_file_has_an_issue_and_its_status_says_where_the_first_is(name: str):
    tables = read(SAMPLES[name])
    issues, row = tables["ts_issues"].to_pylist(), status(tables)
    assert bool(issues) == (name in FLAWED)
    assert row["status"] == "ok"
    assert (row["producer"], row["error_class"]) == ("tree-sitter-python", issues[0]["issue"] if issues else None)
    assert row["line"] == (issues[0]["line"] if issues else None)


def test_a_missing_token_is_named_and_has_no_bytes():
    (issue,) = read("def f(x=(1):\n    pass\n")["ts_issues"].to_pylist()
    assert (issue["issue"], issue["kind"], issue["parent_kind"]) == ("MISSING", ")", "parameters")
    assert (issue["bstart"], issue["bend"], issue["excerpt"]) == (11, 11, "")


def test_a_missing_token_without_a_node_is_told_of_the_node_that_lacks_it():
    tables = read("match (x): match (x): ")
    (issue,) = tables["ts_issues"].to_pylist()
    assert (issue["issue"], issue["kind"], issue["parent_kind"]) == ("MISSING", None, "block")
    (lacks,) = [row for row in tables["ts_nodes"].to_pylist() if row["node_id"] == issue["node_id"]]
    assert lacks["kind"] == "block"


def test_columns_of_a_status_are_characters():
    row = status(read("def é(x=(1):\n    pass\n"))
    assert (row["line"], row["col"]) == (1, 12)


def test_excerpts_are_short_and_whole_characters():
    (issue,) = read("x = (" + "é" * 500)["ts_issues"].to_pylist()
    assert issue["excerpt"] == "x = (" + "é" * 75


def test_nodes_are_made_where_they_are_wanted():
    content = b"x = ?\n"
    row = {"repository": "sample", "path": "a.py", "size": 6, "encoding": "utf-8", "bom": False}
    wanted = SourceFile(row | {"file_id": 7, "nodes_wanted": True}, content)
    other = SourceFile(row | {"file_id": 6, "nodes_wanted": False}, content)
    tables = made(other, wanted)
    assert set(tables["ts_nodes"]["file_id"].to_pylist()) == {7}
    assert set(tables["ts_issues"]["file_id"].to_pylist()) == {6, 7}
    assert [row["status"] for row in tables["tree_sitter_status"].to_pylist()] == ["ok", "ok"]
    assert tables["ts_nodes"]["bend"].to_pylist()[0] == 6


def test_lone_carriage_returns_end_lines():
    source = "def f():\r    x = 1\r    y = '''\r'''\r# c\rz = 2\r"
    returns, feeds = read(source), read(source.replace("\r", "\n"))
    assert status(returns)["error_class"] is None
    assert returns["ts_nodes"] == feeds["ts_nodes"]
    assert max(returns["ts_nodes"]["line"].to_pylist()) == 6


def test_the_text_is_decoded_as_it_declares():
    row = {"repository": "sample", "file_id": 5, "path": "a.py", "size": 0, "nodes_wanted": True}
    source = "# coding: latin-1\né = ?\n"
    tables = made(SourceFile(row | {"encoding": "iso8859-1", "bom": False}, source.encode("latin-1")))
    innermost = tables["ts_issues"].to_pylist()[-1]
    assert innermost["bstart"] == source.encode().index(b"?")


@pytest.mark.parametrize("opening", ["(", "[", "x = -", "x = not ", "f(", "a if b else ", "lambda: ", "if x: "])
def test_no_depth_is_too_deep(opening: str):
    tables = read("x = " + opening * 50_000 + "1")
    assert status(tables)["status"] == "ok"
    assert tables["ts_nodes"].num_rows > 50_000


def test_a_parser_that_reads_again_and_again_is_stopped():
    row = status(read("\\\n" * 20_000))
    assert (row["status"], row["limit"]) == ("limited", "reads")
    assert status(read("x = 1\n"))["status"] == "ok"


def test_a_big_ordinary_file_is_read_to_its_end():
    tables = read("def f(a, b):\n    return a + b\n\n\n" * 30_000, nodes=False)
    assert status(tables)["status"] == "ok"
    assert tables["ts_issues"].num_rows == tables["ts_nodes"].num_rows == 0


def test_a_tree_with_more_nodes_than_ids_is_limited(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tree_sitter, "MOST_ROWS", 10)
    tables = read("x = [1, 2, 3, 4, 5, ?]\n")
    row = status(tables)
    assert (row["status"], row["limit"]) == ("limited", "nodes")
    assert tables["ts_issues"].num_rows == tables["ts_nodes"].num_rows == 0


def test_a_file_that_cannot_be_read_has_a_reason():
    row = {"repository": "sample", "file_id": 5, "path": "a.py", "size": 0, "nodes_wanted": True}
    told = status(made(SourceFile(row, None, Unreadable("a.py", "unreadable", "permission denied"))))
    assert (told["status"], told["message"], told["producer"]) == ("failed", "permission denied", "tree-sitter-python")


def test_a_chunk_without_files_has_empty_tables():
    tables = made()
    assert [tables[c.name].schema.names for c in (tree_sitter.TS_ISSUES, tree_sitter.TS_NODES)] == [
        list(tree_sitter.TS_ISSUES.names),
        list(tree_sitter.TS_NODES.names),
    ]


@pytest.fixture
def projected(tmp_path: Path) -> Callable[[dict[str, tuple[str, str | None, str]]], dict[str, bool]]:
    """By path, whether all nodes are wanted, for files given as status, status of their syntax and layers."""

    def project(given: dict[str, tuple[str, str | None, str]]) -> dict[str, bool]:
        base = {"repository": "r", "size": 1, "sha256": "", "encoding": "utf-8", "bom": False}
        files = [
            base | {"file_id": i, "path": path, "status": of_file, "layers": layers}
            for i, (path, (of_file, _, layers)) in enumerate(given.items())
        ]
        syntax = [{"file_id": i, "status": s} for i, (_, s, _) in enumerate(given.values()) if s is not None]
        expr = tree_sitter._project(ibis.memtable(files), ibis.memtable(syntax))
        rows = ibis.duckdb.connect().to_pyarrow(expr).to_pylist()
        assert len(rows) == len({row["path"] for row in rows})
        return {row["path"]: row["nodes_wanted"] for row in rows}

    return project


def test_all_nodes_are_wanted_where_there_is_no_syntax_or_by_choice(projected):
    assert projected(
        {
            "fine.py": ("ok", "ok", ""),
            "refused.py": ("ok", "failed", ""),
            "crashed.py": ("ok", "crashed", "+cst,"),
            "chosen.py": ("ok", "ok", "+tree_sitter_nodes,"),
            "both.py": ("ok", "limited", "+tree_sitter_nodes,"),
            "left_out.py": ("ok", "failed", "-tree_sitter,"),
            "undecodable.py": ("undecodable", None, ""),
        }
    ) == {"fine.py": False, "refused.py": True, "crashed.py": True, "chosen.py": True, "both.py": True}
