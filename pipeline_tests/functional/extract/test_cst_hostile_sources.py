"""Sources that LibCST crashes on, hangs on or refuses: each costs its own rows, in the workers that builds use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract.pool import Limits, Work, WorkerPool, run_extractor
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.parquet import read_part
from pipeline_tests.cst_extracting import OUTPUTS, STEPS, Row
from pipeline_tests.extracting import readable_rows, run, write_files

FINE = {f"fine_{i}.py": f"def f_{i}():\n    return g({i})\n" for i in range(5)}

HOSTILE: dict[str, tuple[bytes, set[str]]] = {
    "parentheses.py": (b"(" * 50_000 + b")" * 50_000, {"crashed", "timeout", "failed"}),
    "subscripts.py": (b"a" + b"[0]" * 20_000, {"crashed", "timeout", "failed"}),
    "attributes.py": (b"a" + b".b" * 50_000, {"crashed", "timeout", "failed"}),
    "and.py": (b" and ".join([b"a"] * 5_000), {"ok", "failed"}),
    "elif.py": (b"if a: pass\n" + b"elif a: pass\n" * 5_000, {"ok", "failed"}),
    "not.py": (b"not " * 1_000 + b"a", {"ok", "failed"}),
    "null.py": (b"a\0", {"failed"}),
    "python_2.py": (b"print 'a'\n", {"failed"}),
    "form_feed.py": (b"\fdef f():\n\f    return 1\n", {"ok"}),
    "lone_returns.py": (b"def f():\r    return 1\r", {"ok"}),
    "too_big.py": (b"x = 1\n" * 670_000, {"limited"}),
    "empty.py": (b"", {"ok"}),
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    place = tmp_path_factory.mktemp("hostile")
    for folder in ("data", "staging"):
        (place / "warehouse" / folder).mkdir(parents=True)
    sources = FINE | {name: source for name, (source, _) in HOSTILE.items()}
    tree = walk(write_files(place / "repository", sources), "hostile")
    rows = readable_rows(run("files", tree, tree.table)["files"])
    with WorkerPool(2, Limits(seconds=4, seconds_per_megabyte=0)) as pool:
        work = Work(STEPS, OUTPUTS, rows, tree, place / "warehouse")
        made = run_extractor(pool, work).parts
    return {name: list(_rows(place / "warehouse", parts)) for name, parts in made.items()}


def _rows(warehouse: Path, parts: tuple[object, ...]) -> Iterator[Row]:
    read = [read_part(part, warehouse) for part in parts]  # type: ignore[arg-type]
    yield from pa.concat_tables(read).to_pylist() if read else ()


def test_every_file_has_one_status_that_fits(tables: dict[str, list[Row]]):
    statuses = {row["path"]: row["status"] for row in tables["cst_status"]}
    assert len(tables["cst_status"]) == len(statuses) == len(FINE) + len(HOSTILE)
    for name, (_, fitting) in HOSTILE.items():
        assert statuses[name] in fitting, name
    assert {statuses[name] for name in FINE} == {"ok"}


def test_the_other_files_keep_their_rows(tables: dict[str, list[Row]]):
    assert {f"f_{i}" for i in range(5)} <= {row["name"] for row in tables["cst_defs"]}
    ok = {row["file_id"] for row in tables["cst_status"] if row["status"] == "ok"}
    assert {row["file_id"] for row in tables["cst_manifest"]} == ok
    assert {row["file_id"] for row in tables["cst_nodes"]} == ok


def test_rows_of_a_lost_file_are_nowhere(tables: dict[str, list[Row]]):
    lost = {row["file_id"] for row in tables["cst_status"] if row["status"] in ("crashed", "timeout", "failed")}
    assert lost
    for name, rows in tables.items():
        assert name == "cst_status" or lost.isdisjoint(row["file_id"] for row in rows)
