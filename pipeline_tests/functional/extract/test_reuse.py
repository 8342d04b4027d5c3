"""Rows of unchanged files are kept, and keeping them leaves the same bytes as making everything again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract.pool import Extracted, Held, Work, WorkerPool, run_extractor
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.parquet import read_part
from pipeline_tests.extracting import BASE, OUTPUTS, STEPS, readable_rows, write_files

FUNCTION = "def f_{0}(x, y={0}):\n    return [x + {0} for _ in range(y)]\n"


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(2) as started:
        yield started


class Builds:
    """Extractions of one folder, each from what the one before left, in a warehouse of their own."""

    def __init__(self, pool: WorkerPool, place: Path) -> None:
        self.pool, self.folder, self.warehouse = pool, place / "repository", place / "warehouse"
        self.made: dict[str, Extracted] = {}
        for folder in ("data", "staging"):
            (self.warehouse / folder).mkdir(parents=True)

    def build(self, *, clean: bool = False) -> dict[str, Extracted]:
        """Every extractor, from nothing or from the last build."""
        tree = walk(self.folder, "sample")
        rows = tree.table
        for name in BASE:
            work = Work(STEPS[name], OUTPUTS[name], rows, tree, self.warehouse)
            before = None if clean or name not in self.made else Held.read(self.made[name].parts, self.warehouse)
            self.made[name] = run_extractor(self.pool, work, before)
            if name == "files":
                found = self.made[name].parts["files"]
                rows = readable_rows(pa.concat_tables(read_part(part, self.warehouse) for part in found))
        return dict(self.made)

    def hashes(self) -> dict[str, list[tuple[int | None, str]]]:
        """Bucket and content of every part."""
        return {
            name: [(part.bucket, part.sha256) for part in parts]
            for made in self.made.values()
            for name, parts in made.parts.items()
        }


@pytest.fixture
def builds(pool: WorkerPool, tmp_path: Path) -> Builds:
    write_files(tmp_path / "repository", {f"m{i}.py": FUNCTION.format(i) * (200 + i * 10) for i in range(60)})
    return Builds(pool, tmp_path)


def test_nothing_is_read_again_when_nothing_changed(builds: Builds):
    builds.build()
    before = builds.hashes()
    again = builds.build()
    assert builds.hashes() == before
    assert len({bucket for bucket, _ in before["ast_nodes"]}) > 3
    for made in again.values():
        assert made.files_kept == 60
        assert made.cpu_seconds == 0


def test_one_changed_file_is_the_only_one_read_again(builds: Builds):
    builds.build()
    write_files(builds.folder, {"m7.py": "x = 1\n"})
    assert {made.files_kept for made in builds.build().values()} == {59}
    _assert_as_clean(builds)


def test_any_history_ends_where_a_clean_extraction_does(builds: Builds):
    choose = random.Random(20)
    builds.build()
    for step in range(8):
        _edit(builds.folder, choose, step)
        builds.build()
        _assert_as_clean(builds)


def test_a_repository_that_outgrows_its_buckets_is_cut_anew_without_being_read_anew(builds: Builds):
    builds.build()
    buckets = {bucket for bucket, _ in builds.hashes()["ast_nodes"]}
    write_files(builds.folder, {f"large_{i}.py": f"x = {'1 + ' * 240_000} {i}\n" for i in range(9)})
    made = builds.build()
    assert not {bucket for bucket, _ in builds.hashes()["ast_nodes"]} & buckets
    assert made["syntax"].files_kept == 60
    _assert_as_clean(builds)


def _edit(folder: Path, choose: random.Random, step: int) -> None:
    """One of: change, add, remove, rename, break the syntax, change the encoding."""
    victim = choose.choice(sorted(folder.glob("*.py")))
    match step % 6:
        case 0:
            victim.write_text(victim.read_text("latin-1") + f"y = {step}\n", "latin-1")
        case 1:
            write_files(folder, {f"new_{step}.py": FUNCTION.format(step) * 50})
        case 2:
            victim.unlink()
        case 3:
            victim.rename(folder / f"renamed_{step}.py")
        case 4:
            victim.write_text("def broken(:\n")
        case _:
            victim.write_bytes("# coding: latin-1\ns = 'é'\n".encode("latin-1"))


def _assert_as_clean(builds: Builds) -> None:
    after = builds.hashes()
    clean = Builds(builds.pool, builds.warehouse.parent / f"clean_{len(list(builds.warehouse.parent.iterdir()))}")
    clean.folder = builds.folder
    clean.build(clean=True)
    assert after == clean.hashes()
