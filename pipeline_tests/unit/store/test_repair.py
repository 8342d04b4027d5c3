"""Repair: damage is found, told and dealt with, and what was intact stays."""

import pytest

from pipeline_assets.store.errors import WarehouseBusy
from pipeline_assets.store.publish import commit, head, history, read
from pipeline_assets.store.records import RUNS, append, read_records
from pipeline_assets.store.repair import find_damage, repair
from pipeline_assets.store.warehouse import Warehouse

from .samples import CALLS, FUNCTIONS, calls_table, flip_bit, functions_table, made
from .test_records import run_row


@pytest.fixture
def two(warehouse):
    """Two consistent snapshots of functions and calls; the calls are the same."""
    calls = made(warehouse, CALLS, calls_table(3))
    return [
        commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(n)), "calls": calls})
        for n in (5, 6)
    ]


def snapshot_file(warehouse, snapshot):
    return warehouse.scope("r") / "snapshots" / f"{snapshot.id}.json"


def test_an_intact_warehouse_has_no_damage(warehouse, two):
    append(warehouse, RUNS, [run_row("1")])
    assert find_damage(warehouse.root) == repair(warehouse.root) == ()
    assert history(warehouse, "r") == (two[1], two[0])


def test_a_damaged_newest_snapshot_falls_back_to_the_one_before(warehouse, two):
    snapshot_file(warehouse, two[1]).write_text("torn")
    found = find_damage(warehouse.root)
    assert [damage.path.rpartition("/")[2] for damage in found] == [f"{two[1].id}.json", "current.json"]
    assert repair(warehouse.root) == found
    assert read(warehouse, "r") == head(warehouse, "r") == two[0]
    assert find_damage(warehouse.root) == ()


def test_a_damaged_pointer_is_made_again(warehouse, two):
    (warehouse.scope("r") / "current.json").write_text("")
    repair(warehouse.root)
    assert read(warehouse, "r") == two[1]


def test_a_damaged_part_costs_its_dataset_and_readers_go_back(warehouse, two):
    broken = two[1].datasets["functions"].parts[0]
    flip_bit(warehouse.root / broken.path, 30)
    found = repair(warehouse.root)
    assert broken.path in {damage.path for damage in found}
    assert "makes functions again" in found[0].action
    assert read(warehouse, "r") == two[0]
    assert set(head(warehouse, "r").datasets) == {"calls"}  # so that the next build only makes functions
    healed = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(6))})
    assert read(warehouse, "r") == healed
    assert find_damage(warehouse.root) == ()  # writing the same rows has healed the file itself


def test_when_nothing_is_intact_readers_get_nothing_and_a_build_starts_afresh(warehouse, two):
    for snapshot in two:
        snapshot_file(warehouse, snapshot).write_text("torn")
    repair(warehouse.root)
    assert read(warehouse, "r") is None
    commit(warehouse, "r", {"calls": two[0].datasets["calls"]}, expected="")


def test_a_damaged_registration_is_forgotten_and_its_snapshots_come_back_with_the_name(warehouse, two, tmp_path):
    (warehouse.scope("r") / "repository.json").write_text("{")
    assert "cpg add" in repair(warehouse.root)[0].action
    assert warehouse.repositories() == ()
    warehouse.register("r", tmp_path)
    assert read(warehouse, "r") == two[1]


def test_a_damaged_marker_is_written_anew(warehouse, two):
    (warehouse.root / "warehouse.json").write_text("")
    repair(warehouse.root)
    assert read(Warehouse.open(warehouse.root), "r") == two[1]


def test_a_lost_index_of_records_is_made_again_without_repeating_rows(warehouse):
    for number in range(70):  # enough to have been rewritten as one
        append(warehouse, RUNS, [run_row(str(number))])
    before = sorted(read_records(warehouse, RUNS)["run_id"].to_pylist())
    (warehouse.records / "runs" / "index.json").unlink()
    (warehouse.records / "runs" / "index.json").write_text("torn")
    repair(warehouse.root)
    assert sorted(read_records(warehouse, RUNS)["run_id"].to_pylist()) == before


def test_a_damaged_record_loses_its_own_rows_only(warehouse):
    for name in "ab":
        append(warehouse, RUNS, [run_row(name)])
    first = sorted((warehouse.records / "runs").glob("*.parquet"))[0]
    flip_bit(first, 30)
    assert "rows of runs are lost" in repair(warehouse.root)[0].action
    assert read_records(warehouse, RUNS).num_rows == 1


def test_nothing_is_repaired_under_a_living_run(warehouse, two):
    with warehouse.run("abc"), pytest.raises(WarehouseBusy):
        repair(warehouse.root)
