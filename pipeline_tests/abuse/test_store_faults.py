"""Real faults against the store: killed writers, killed committers, processes that race, disks that fill up."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline_assets.store.errors import CorruptPart, LockHeld
from pipeline_assets.store.parquet import read_part, verify_part, write_part
from pipeline_assets.store.publish import commit, head, history, read, snapshot_ids
from pipeline_assets.store.repair import find_damage
from pipeline_assets.store.snapshot import inconsistencies
from pipeline_assets.store.sweep import sweep
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.store.samples import FUNCTIONS, flip_bit, functions_table, made

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import sys
from pathlib import Path
from pipeline_assets.store.parquet import write_part
from pipeline_assets.store.publish import commit
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.store.samples import CALLS, FUNCTIONS, calls_table, functions_table, made
warehouse = Warehouse.open(Path(sys.argv[1]))
number = int(sys.argv[2])
"""
WRITE_FOREVER = """
with warehouse.run("killed"):
    print("ready", flush=True)
    count = 0
    while True:
        count += 1
        write_part(functions_table(20_000 + 1000 * number + count), FUNCTIONS, warehouse.root)
"""
COMMIT_FOREVER = """
print("ready", flush=True)
count = 0
while True:
    count += 1
    functions = made(warehouse, FUNCTIONS, functions_table(1000 * number + count))
    commit(warehouse, "r", {"functions": functions})
    calls = made(warehouse, CALLS, calls_table(1000 * number + count), {"functions": functions.data_version})
    commit(warehouse, "r", {"calls": calls})
"""
COMMIT_TEN = """
print("ready", flush=True)
sys.stdin.readline()
for count in range(10):
    commit(warehouse, "r", {f"d{number}_{count}": made(warehouse, FUNCTIONS, functions_table(count + 1))})
"""
HOLD_LOCK = """
with warehouse.building("r", timeout=0):
    print("ready", flush=True)
    sys.stdin.readline()
"""
FULL_DISK = """
import resource, signal
from pipeline_assets.store.errors import WarehouseUnwritable
version = made(warehouse, FUNCTIONS, functions_table(4))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))  # what a full disk does, for this process only
try:
    {attempt}
except WarehouseUnwritable as error:
    print(error)
"""
WRITE_ON_A_FULL_DISK = FULL_DISK.format(attempt="write_part(functions_table(100_000), FUNCTIONS, warehouse.root)")
COMMIT_ON_A_FULL_DISK = FULL_DISK.format(attempt="commit(warehouse, 'r', {'functions': version})")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made_one = Warehouse.create(tmp_path / "warehouse")
    made_one.register("r", tmp_path)
    return made_one


def start(warehouse: Warehouse, script: str, number: int = 0) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", PRELUDE + script, str(warehouse.root), str(number)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def run(warehouse: Warehouse, script: str) -> str:
    command = [sys.executable, "-c", PRELUDE + script, str(warehouse.root), "0"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_a_killed_writer_leaves_no_torn_file_under_a_final_name(warehouse):
    for number, delay in enumerate((0.011, 0.023, 0.031)):
        before = len(list(warehouse.root.glob("data/functions/*.parquet")))
        writer = start(warehouse, WRITE_FOREVER, number)
        while len(list(warehouse.root.glob("data/functions/*.parquet"))) == before:
            time.sleep(0.01)
        time.sleep(delay)
        assert warehouse.live_runs() == ("killed",)
        kill(writer)
    files = list(warehouse.root.glob("data/functions/*.parquet"))
    assert len(files) >= 3
    for path in files:
        table = pq.ParquetFile(path, page_checksum_verification=True).read()
        assert table["node_id"].to_pylist() == list(range(table.num_rows))
    assert warehouse.live_runs() == ()
    assert sweep(warehouse).files == len(files)
    assert list((warehouse.root / "staging").iterdir()) == []


def test_the_control_a_killed_copy_of_duckdb_leaves_a_torn_file(tmp_path):
    """What would happen without writing aside: the final name exists and cannot be read."""
    target = tmp_path / "torn.parquet"
    sql = f"COPY (SELECT x, md5(x::VARCHAR) AS h FROM range(90000000) t(x)) TO '{target}'"
    process = subprocess.Popen([sys.executable, "-c", f"import duckdb; duckdb.sql({sql!r})"])
    while not (target.exists() and target.stat().st_size):
        time.sleep(0.05)
    kill(process)
    with pytest.raises(duckdb.Error):
        duckdb.sql(f"SELECT count(*) FROM read_parquet('{target}')").fetchall()


def test_a_killed_committer_leaves_the_previous_snapshot_whole(warehouse):
    for number, delay in enumerate((0.05, 0.017, 0.024, 0.033)):
        before = len(history(warehouse, "r"))
        committer = start(warehouse, COMMIT_FOREVER, number)
        while len(snapshot_ids(warehouse, "r")) < before + 4:
            time.sleep(0.01)
        time.sleep(delay)
        kill(committer)
        visible = read(warehouse, "r")
        assert visible.datasets.keys() == {"functions", "calls"}
        assert list(inconsistencies(visible)) == []
        assert find_damage(warehouse.root) == ()  # every byte of every snapshot that is named anywhere
    commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(7))}, timeout=5)  # no manual step
    assert head(warehouse, "r").datasets["functions"].rows == 7


def test_commits_of_two_processes_all_survive(warehouse):
    processes = [start(warehouse, COMMIT_TEN, number) for number in (1, 2)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert read(warehouse, "r").datasets.keys() == {f"d{n}_{count}" for n in (1, 2) for count in range(10)}
    assert len(history(warehouse, "r")) == 20


def test_a_lock_held_by_another_process_names_it_and_is_free_when_that_is_killed(warehouse):
    holder = start(warehouse, HOLD_LOCK)
    refused = pytest.raises(LockHeld, match=f"the build of 'r' is held by process {holder.pid} on ")
    with refused, warehouse.building("r", timeout=0.1):
        pass
    kill(holder)
    with warehouse.building("r", timeout=5):
        pass


def test_a_full_disk_is_told_and_leaves_nothing(warehouse):
    assert "cannot write the dataset functions (File too large)" in run(warehouse, WRITE_ON_A_FULL_DISK)
    assert len(list(warehouse.root.glob("data/*/*"))) == 1  # what was made while there was room
    assert not list(warehouse.root.glob("staging/*"))


def test_a_disk_that_fills_up_during_a_commit_is_told_and_readers_keep_the_old_snapshot(warehouse):
    old = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(3))})
    assert "cannot be written (File too large)" in run(warehouse, COMMIT_ON_A_FULL_DISK)
    assert read(warehouse, "r") == head(warehouse, "r") == old
    assert find_damage(warehouse.root) == ()
    assert [path.name for path in warehouse.scope("r").glob("**/.*")] == []


def test_bit_rot_that_duckdb_does_not_notice_is_noticed_by_both_of_our_readers(warehouse):
    """The control counts the flips that DuckDB answers wrongly; ours must find every one of those."""
    part = write_part(functions_table(3000), FUNCTIONS, warehouse.root)
    path = warehouse.root / part.path
    sql = f"SELECT count(*), sum(node_id), bit_xor(hash(name)), sum(line), sum(weight) FROM read_parquet('{path}')"
    whole, right = path.read_bytes(), duckdb.sql(sql).fetchone()
    silently_wrong = 0
    for offset in random.Random(7).sample(range(4, part.bytes - 8), 120):
        flip_bit(path, offset, offset % 8)
        with pytest.raises(CorruptPart):
            verify_part(part, warehouse.root)
        if answer_of(sql, otherwise=right) != right:
            silently_wrong += 1
            with pytest.raises(CorruptPart):
                read_part(part, warehouse.root)
        path.write_bytes(whole)
    assert silently_wrong > 0


def answer_of(sql: str, otherwise: tuple) -> tuple:
    try:
        return duckdb.connect().execute(sql).fetchone()
    except duckdb.Error:
        return otherwise


def test_a_document_cut_at_any_length_is_noticed(warehouse):
    snapshot = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(3))})
    path = warehouse.scope("r") / "snapshots" / f"{snapshot.id}.json"
    whole = path.read_bytes()
    for length in random.Random(3).sample(range(len(whole) - 1), 40):
        path.write_bytes(whole[:length])
        assert [damage.path.rpartition("/")[2] for damage in find_damage(warehouse.root)][:1] == [path.name]
    path.write_bytes(whole)
    assert find_damage(warehouse.root) == ()


def test_any_changed_value_in_a_document_is_noticed(warehouse):
    snapshot = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(3))})
    path = warehouse.scope("r") / "snapshots" / f"{snapshot.id}.json"
    document = json.loads(path.read_text())
    document["body"]["datasets"]["functions"]["parts"][0]["rows"] += 1
    path.write_text(json.dumps(document))
    assert "checksum" in find_damage(warehouse.root)[0].reason
