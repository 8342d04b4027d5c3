"""The worker pool: what crashes, hangs and interruptions cost, and that the work does not depend on the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract.pool import Extracted, Held, Limits, Work, WorkerPool, run_extractor
from pipeline_assets.extract.status import status_contract
from pipeline_assets.extract.worker import PACKAGE_ROOT, StageError
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.parquet import read_part
from pipeline_tests.extracting import BASE, OUTPUTS, STEPS, readable_rows, write_files
from pipeline_tests.functional.extract.hostile_steps import obey, report

SAMPLE_STATUS = status_contract("sample_status", "orders were")
ORDINARY = {f"ordinary_{i}.py": f"x = {i}\n" for i in range(9)}


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(2, Limits(seconds=3, seconds_per_megabyte=0)) as started:
        yield started


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    for folder in ("data", "staging"):
        (tmp_path / "warehouse" / folder).mkdir(parents=True)
    return tmp_path / "warehouse"


def test_a_crash_costs_the_file_that_causes_it(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    statuses = _obeyed(pool, tmp_path, warehouse, {**ORDINARY, "culprit.py": "crash"})
    assert statuses.pop("culprit.py") == "crashed"
    assert statuses == dict.fromkeys(ORDINARY, "ok")


def test_a_hang_is_stopped_and_costs_the_file_that_causes_it(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    statuses = _obeyed(pool, tmp_path, warehouse, {"a.py": "x = 1\n", "b.py": "x = 2\n", "culprit.py": "hang"})
    assert statuses == {"a.py": "ok", "b.py": "ok", "culprit.py": "timeout"}


def test_a_file_that_took_too_long_is_tried_again_and_the_others_are_kept(
    pool: WorkerPool, tmp_path: Path, warehouse: Path
):
    culprit = tmp_path / "repository" / "culprit.py"
    first = _extract(pool, tmp_path, warehouse, {**ORDINARY, "culprit.py": f"hang unless {tmp_path / 'mark'}"})
    assert [lost.status for lost in first.lost] == ["timeout"]
    (tmp_path / "mark").touch()
    tree = walk(culprit.parent, "sample")
    work = Work((obey, report), (SAMPLE_STATUS,), tree.table, tree, warehouse)
    again = run_extractor(pool, work, Held.read(first.parts, warehouse))
    rows = [row for part in again.parts["sample_status"] for row in read_part(part, warehouse).to_pylist()]
    assert {row["path"]: row["status"] for row in rows} == dict.fromkeys([*ORDINARY, "culprit.py"], "ok")
    assert len(rows) == len(ORDINARY) + 1
    assert again.files_kept == len(ORDINARY)


def test_an_exception_costs_the_file_that_causes_it(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    extracted = _extract(pool, tmp_path, warehouse, {**ORDINARY, "culprit.py": "raise"})
    (lost,) = extracted.lost
    assert (lost.path, lost.status, lost.error_class) == ("culprit.py", "crashed", "LookupError")
    assert lost.message == "the stage obey raised LookupError: asked to"


def test_a_file_that_needs_too_much_memory_is_lost_alone(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    extracted = _extract(pool, tmp_path, warehouse, {**ORDINARY, "culprit.py": "eat"})
    assert [(lost.path, lost.error_class) for lost in extracted.lost] == [("culprit.py", "MemoryError")]


def test_a_worker_killed_from_outside_costs_nothing(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    statuses = _obeyed(pool, tmp_path, warehouse, {"only.py": f"once {tmp_path / 'mark'}"})
    assert (tmp_path / "mark").exists()
    assert statuses == {"only.py": "ok"}


def test_a_stage_that_fails_on_every_file_is_an_error(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    with pytest.raises(StageError, match="the stage obey raised LookupError"):
        _extract(pool, tmp_path, warehouse, {f"{i}.py": "raise" for i in range(3)})


def test_progress_reaches_the_number_of_files(pool: WorkerPool, tmp_path: Path, warehouse: Path):
    told: list[tuple[int, int]] = []
    tree = walk(write_files(tmp_path / "repository", ORDINARY), "sample")
    work = Work((obey, report), (SAMPLE_STATUS,), tree.table, tree, warehouse)
    run_extractor(pool, work, progress=lambda *done: told.append(done))
    assert told[0] == (0, len(ORDINARY))
    assert told[-1] == (len(ORDINARY), len(ORDINARY))
    assert told == sorted(told)


def test_the_parts_do_not_depend_on_the_number_of_workers(tmp_path: Path):
    # files of different sizes, so that chunks finish in another order than they are made in
    contents = {f"package/module_{i}.py": f"def f_{i}(x):\n    return x + {i}\n" * (i * 60) for i in range(1, 40)}
    tree_folder = write_files(tmp_path / "repository", contents)
    made = []
    for workers in (1, 2):
        warehouse = tmp_path / f"warehouse_{workers}"
        for folder in ("data", "staging"):
            (warehouse / folder).mkdir(parents=True)
        with WorkerPool(workers) as started:
            made.append(_all_parts(started, tree_folder, warehouse))
    assert made[0] == made[1]
    assert len(made[0]["ast_nodes"]) > 3


def test_workers_import_neither_from_the_working_directory_nor_what_they_do_not_need(tmp_path: Path):
    """The parent is a script from elsewhere, as `cpg` is, run inside a folder full of modules that leave a mark."""
    trap = "open({mark!r}, 'a').write(__name__ + '\\n')\n"
    mark = tmp_path / "imported"
    names = ("pandas", "signal", "selectors", "pebble", "numpy", "symtable", "encodings", "hamilton", "__main__")
    hostile = write_files(tmp_path / "repository", {f"{name}.py": trap.format(mark=str(mark)) for name in names})
    told = _run_parent(hostile, tmp_path)
    path, modules = told.split("modules:\n")
    assert str(hostile) not in path
    assert not {"dagster", "hamilton", "pandas"} & set(modules.splitlines())
    assert not mark.exists()


def test_the_trap_works(tmp_path: Path):
    """Positive control: the helpers of `multiprocessing`, started as it starts them, import from such a folder."""
    mark = tmp_path / "imported"
    hostile = write_files(tmp_path / "repository", {"selectors.py": f"open({str(mark)!r}, 'w')\n"})
    subprocess.run([sys.executable, "-c", "from multiprocessing.forkserver import main"], cwd=hostile, check=False)
    assert mark.exists()


def test_an_interrupt_stops_the_workers_promptly(tmp_path: Path):
    write_files(tmp_path / "repository", {f"{i}.py": "hang" for i in range(4)})
    script = _parent_script(tmp_path / "repository", tmp_path, "obey, report", "print('started', flush=True)")
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    time.sleep(2)
    started = time.monotonic()
    os.killpg(parent.pid, signal.SIGINT)  # as the terminal does: the whole group
    _, errors = parent.communicate(timeout=30)
    assert time.monotonic() - started < 10
    assert "KeyboardInterrupt" in errors
    assert not _alive(parent.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path):
    write_files(tmp_path / "repository", {f"{i}.py": "hang" for i in range(4)})
    script = _parent_script(tmp_path / "repository", tmp_path, "obey, report", "print('started', flush=True)")
    parent = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    time.sleep(2)
    parent.kill()
    parent.wait(timeout=30)
    assert not _alive(parent.pid)


def _obeyed(pool: WorkerPool, tmp_path: Path, warehouse: Path, contents: dict[str, str]) -> dict[str, str]:
    extracted = _extract(pool, tmp_path, warehouse, contents)
    rows = [row for part in extracted.parts["sample_status"] for row in read_part(part, warehouse).to_pylist()]
    assert len(rows) == len(contents)
    return {row["path"]: row["status"] for row in rows}


def _extract(pool: WorkerPool, tmp_path: Path, warehouse: Path, contents: dict[str, str]) -> Extracted:
    tree = walk(write_files(tmp_path / "repository", contents), "sample")
    return run_extractor(pool, Work((obey, report), (SAMPLE_STATUS,), tree.table, tree, warehouse))


def _all_parts(pool: WorkerPool, folder: Path, warehouse: Path) -> dict[str, Sequence[str]]:
    """Content hashes of the parts of every extract dataset, in order."""
    tree = walk(folder, "sample")
    made = run_extractor(pool, Work(STEPS["files"], OUTPUTS["files"], tree.table, tree, warehouse)).parts
    readable = readable_rows(pa.concat_tables(read_part(part, warehouse) for part in made["files"]))
    for name in ("syntax", "scopes"):
        made = {**made, **run_extractor(pool, Work(STEPS[name], OUTPUTS[name], readable, tree, warehouse)).parts}
    expected = {contract.name for name in BASE for contract in OUTPUTS[name]}
    assert set(made) == expected
    return {dataset: [part.sha256 for part in parts] for dataset, parts in made.items()}


def _run_parent(repository: Path, tmp_path: Path) -> str:
    script = _parent_script(
        repository,
        tmp_path,
        "whereabouts,",
        "",
        "print(read_part(made.parts['sample_status'][0], warehouse)['message'][0].as_py())",
    )
    done = subprocess.run(
        [sys.executable, script], cwd=repository, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def _parent_script(repository: Path, tmp_path: Path, steps: str, before: str, after: str = "") -> str:
    """A program that runs the hostile stages over a repository, as the command line would."""
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import signal, sys
            # whoever started the tests in the background lets them, and so this program, ignore interrupts
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.path.append({str(PACKAGE_ROOT)!r})
            from pathlib import Path
            from pipeline_assets.extract.pool import Work, WorkerPool, run_extractor
            from pipeline_assets.extract.status import status_contract
            from pipeline_assets.sources.tree import walk
            from pipeline_assets.store.parquet import read_part
            from pipeline_tests.functional.extract.hostile_steps import obey, report, whereabouts

            warehouse = Path({str(tmp_path)!r}) / "parents_warehouse"
            for folder in ("data", "staging"):
                (warehouse / folder).mkdir(parents=True)
            tree = walk(Path({str(repository)!r}), "sample")
            with WorkerPool(2) as pool:
                {before}
                outputs = (status_contract("sample_status", "x"),)
                made = run_extractor(pool, Work(({steps}), outputs, tree.table, tree, warehouse))
                {after}
            """
        )
    )
    return str(script)


def _alive(group: int) -> bool:
    """Whether any process of a group is left, after a moment to end."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True
