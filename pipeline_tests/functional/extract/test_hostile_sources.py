"""Sources that break parsers: each costs at most its own rows, and the reason is recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract.pool import Work, WorkerPool, run_extractor
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.parquet import read_part
from pipeline_tests.extracting import OUTPUTS, STEPS, readable_rows, write_files

FINE = "def f():\n    return 1\n"

SOURCES: dict[str, str | bytes] = {
    "fine.py": FINE,
    "empty.py": b"",
    "bom_only.py": b"\xef\xbb\xbf",
    "form_feed.py": b"\x0cdef f():\n\x0c    return 1\n",
    "lone_returns.py": b"def f():\r    return 1\r",
    "no_final_newline.py": b"x = 1",
    "null_bytes.py": b"x = 1\x00\n",
    "utf_16_without_mark.py": "x = 1\n".encode("utf-16-le"),
    "utf_16.py": "x = 1\n".encode("utf-16"),
    "utf_7.py": b"# coding: utf-7\nx = '+AOk-'\n",
    "wrong_cookie.py": b"# coding: ascii\nx = '\xe9'\n",
    "unknown_cookie.py": b"# coding: klingon\n",
    "python_2.py": b"print 'hello'\nexec 'x'\n",
    "syntax_error.py": b"x = 1\ndef f(:\n    pass\n",
    "return_at_module.py": b"return 1\n",
    "two_globals.py": b"def f(a):\n    global a\n",
    "deep_parentheses.py": b"(" * 150 + b")" * 150,
    "too_many_parentheses.py": b"(" * 500 + b")" * 500,
    "deep_unary.py": b"x = " + b"-" * 5_000 + b"1\n",
    "deep_sum.py": b"x = " + b"+".join([b"1"] * 20_000) + b"\n",
    "deep_attributes.py": b"x = a" + b".b" * 20_000 + b"\n",
    "deep_comprehensions.py": b"[" * 30 + b"x" + b" for x in y]" * 30 + b"\n",
    "deep_blocks.py": b"".join(b" " * i + b"if x:\n" for i in range(95)) + b" " * 95 + b"pass\n",
    "too_deep_blocks.py": b"".join(b" " * i + b"if x:\n" for i in range(150)) + b" " * 150 + b"pass\n",
    "one_line.py": b"x = [" + b"1, " * 700_000 + b"]\n",
    "huge_number.py": b"x = 0x" + b"f" * 100_000 + b"\n",
    "long_decimal.py": b"x = " + b"9" * 10_000 + b"\n",
    "invalid_escapes.py": b"x = '\\d \\w'\n",
    r"back\slash.py": FINE,
    "new\nline.py": FINE,
}

BROKEN = {
    "null_bytes.py",
    "utf_16_without_mark.py",
    "python_2.py",
    "syntax_error.py",
    "too_many_parentheses.py",
    "too_deep_blocks.py",
    "long_decimal.py",
}
"""Refused by the parser of every version; what only the depth decides may change between versions."""
DEPTH = {name for name in SOURCES if name.startswith("deep_")}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    root = tmp_path_factory.mktemp("hostile")
    for folder in ("data", "staging"):
        (root / "warehouse" / folder).mkdir(parents=True)
    repository = write_files(root / "repository", SOURCES)
    (repository / "loop.py").symlink_to("loop.py")
    with WorkerPool(2) as pool:
        return {name: table.to_pylist() for name, table in _extract(pool, repository, root / "warehouse")}


def test_every_file_has_one_row_in_every_layer_it_reached(tables):
    names = {name.replace("\\", "\\\\") for name in SOURCES} | {"loop.py"}
    assert sorted(row["path"] for row in tables["files_status"]) == sorted(names)
    readable = {row["path"] for row in tables["files"] if row["status"] == "ok"}
    for layer in ("ast_status", "symtable_status"):
        assert sorted(row["path"] for row in tables[layer]) == sorted(readable)


def test_undecodable_files_say_so(tables):
    statuses = {row["path"]: (row["status"], row["reason"]) for row in tables["files"] if row["status"] != "ok"}
    assert statuses == {
        "utf_16.py": ("undecodable", "byte 0 is not utf-8: invalid start byte"),
        "wrong_cookie.py": ("undecodable", "byte 21 is not ascii: ordinal not in range(128)"),
        "unknown_cookie.py": ("undecodable", "the declared encoding 'klingon' is unknown"),
        "loop.py": ("symlink", "symbolic links are not followed"),
    }


def test_only_broken_sources_are_refused(tables):
    refused = {row["path"] for row in tables["ast_status"] if row["status"] not in ("ok", "limited")}
    assert refused >= BROKEN
    assert refused - BROKEN <= DEPTH


def test_refusals_say_what_and_where(tables):
    rows = {row["path"]: row for row in tables["ast_status"]}
    error = rows["syntax_error.py"]
    assert (error["status"], error["error_class"], error["line"], error["col"]) == ("failed", "SyntaxError", 2, 7)
    assert rows["python_2.py"]["message"].startswith("Missing parentheses in call to 'print'")
    assert "null bytes" in rows["null_bytes.py"]["message"]
    assert all(row["producer_version"] == sys.version.split()[0] for row in rows.values())


def test_what_only_the_compiler_refuses_has_a_tree_but_no_symbol_table(tables):
    trees = {row["path"]: row["status"] for row in tables["ast_status"]}
    symbols = {row["path"]: row for row in tables["symtable_status"]}
    assert trees["two_globals.py"] == "ok"
    assert symbols["two_globals.py"]["status"] == "failed"
    assert symbols["two_globals.py"]["message"] == "name 'a' is parameter and global"


def test_every_file_that_was_parsed_has_a_tree(tables):
    parsed = {row["file_id"] for row in tables["ast_status"] if row["status"] in ("ok", "limited")}
    assert {row["file_id"] for row in tables["ast_nodes"]} == parsed
    one_line = next(row["file_id"] for row in tables["files"] if row["path"] == "one_line.py")
    assert sum(row["file_id"] == one_line for row in tables["ast_nodes"]) == 700_004  # module, target, list, statement


def _extract(pool: WorkerPool, repository: Path, warehouse: Path) -> Iterator[tuple[str, pa.Table]]:
    tree = walk(repository, "hostile")
    made = dict(run_extractor(pool, Work(STEPS["files"], OUTPUTS["files"], tree.table, tree, warehouse)).parts)
    readable = readable_rows(pa.concat_tables(read_part(part, warehouse) for part in made["files"]))
    for name in ("syntax", "scopes"):
        made |= run_extractor(pool, Work(STEPS[name], OUTPUTS[name], readable, tree, warehouse)).parts
    for dataset, parts in made.items():
        yield dataset, pa.concat_tables(read_part(part, warehouse) for part in parts)
