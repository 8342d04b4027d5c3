"""Sweeping removes exactly what nothing kept refers to, and never under a living run."""

import pytest

from pipeline_assets.store.errors import CorruptDocument, WarehouseBusy
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import verify_part
from pipeline_assets.store.publish import commit, history, read, rollback
from pipeline_assets.store.sweep import sweep

from .samples import FUNCTIONS, functions_table, made


@pytest.fixture
def versions(warehouse):
    """Five published versions, oldest first."""
    return [commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(n))}) for n in range(1, 6)]


def files(warehouse):
    return {path.relative_to(warehouse.root).as_posix() for path in warehouse.root.glob("data/*/*.parquet")}


def test_the_newest_are_kept_and_their_files_are_whole(warehouse, versions):
    orphan = made(warehouse, FUNCTIONS, functions_table(99)).parts[0]
    swept = sweep(warehouse, keep=2)
    assert history(warehouse, "r") == (versions[4], versions[3])
    assert files(warehouse) == {part.path for kept in versions[3:] for part in kept.parts}
    assert (swept.snapshots, swept.files) == (3, 4)
    assert swept.bytes == orphan.bytes + sum(part.bytes for gone in versions[:3] for part in gone.parts)
    for part in read(warehouse, "r").parts:
        verify_part(part, warehouse.root)
    assert sweep(warehouse, keep=2).files == 0


def test_what_readers_see_is_kept_however_old(warehouse, versions):
    rollback(warehouse, "r", versions[0].id)
    sweep(warehouse, keep=1)
    assert history(warehouse, "r") == (versions[4], versions[0])
    assert read(warehouse, "r") == versions[0]


def test_files_that_another_scope_refers_to_are_kept(warehouse, versions, tmp_path):
    warehouse.register("s", tmp_path)
    shared = versions[0].datasets["functions"]
    commit(warehouse, "s", {"functions": shared})
    commit(warehouse, PLATFORM, {"functions": versions[1].datasets["functions"]})
    warehouse.unregister("r")
    sweep(warehouse, keep=1)
    assert files(warehouse) == {shared.parts[0].path, versions[1].parts[0].path}


def test_a_living_run_is_not_swept_under(warehouse, versions):
    with warehouse.run("abc"):
        part = made(warehouse, FUNCTIONS, functions_table(99)).parts[0]
        with pytest.raises(WarehouseBusy, match="in use by abc"):
            sweep(warehouse)
        verify_part(part, warehouse.root)
    assert sweep(warehouse).files == 1


def test_what_a_killed_writer_left_is_removed(warehouse):
    (warehouse.root / "staging" / "torn.parquet").write_text("PAR1")
    dead = warehouse.root / "staging" / "dead.12345678"
    dead.mkdir()
    (dead / "lock").touch()
    sweep(warehouse)
    assert list((warehouse.root / "staging").iterdir()) == []


def test_nothing_is_swept_when_a_snapshot_cannot_be_read(warehouse, versions):
    before = files(warehouse)
    (warehouse.scope("r") / "snapshots" / f"{versions[0].id}.json").write_text("torn")
    with pytest.raises(CorruptDocument):
        sweep(warehouse, keep=1)
    assert files(warehouse) == before
