"""Profiled stages: the same data by another way, with rows, bytes and columns of every stage, and spans of the run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline_assets import telemetry
from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.catalog import build_catalog
from pipeline_assets.store.records import STAGE_RUNS, append, read_records
from pipeline_assets.store.snapshot import Snapshot
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.partial import upstream

DATASETS = ("decorators", "dominators", "bindings")
"""Made by tasks of all three kinds."""


def make(root: Path, place: Path, **settings: str) -> tuple[Warehouse, Snapshot]:
    project, warehouse = load_project(), Warehouse.create(place)
    warehouse.register("tree", root, layers=chosen_layers("-pyrefly,-tree_sitter,-git,-ruff", project.layers))
    wanted = upstream(project.manifest, DATASETS)
    with Session(project, warehouse, "tree", Settings(**settings), "run") as session:
        for task in session.tasks():
            if task.name in wanted:
                session.run_task(task.name)
        assert session.snapshot is not None
        return warehouse, session.snapshot


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    (root / "m.py").write_text(
        "import os\n\n\n@staticmethod\ndef f(a):\n    if a:\n        return os.sep\n    return g\n"
    )
    return root


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture(scope="module")
def plain(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Snapshot]:
    return make(tree, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def profiled(tree: Path, tmp_path_factory: pytest.TempPathFactory, exporter) -> tuple[Warehouse, Snapshot]:
    return make(tree, tmp_path_factory.mktemp("profiled"), profile="stages", telemetry="opentelemetry")


@pytest.fixture(scope="module")
def runs(profiled) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("stage_runs", read_records(profiled[0], STAGE_RUNS))
    return connection


def versions(snapshot: Snapshot) -> dict[str, str]:
    return {name: held.data_version for name, held in snapshot.datasets.items()}


def test_what_comes_out_is_the_same(plain, profiled):
    assert versions(plain[1]) == versions(profiled[1]) and len(versions(plain[1])) > 20


def test_without_profiling_nothing_but_time_is_known(plain):
    rows = read_records(plain[0], STAGE_RUNS)
    assert rows["rows_out"].null_count == rows["bytes"].null_count == len(rows) > 50
    kinds = {(row["kind"], row["label"]) for row in rows.to_pylist()}
    assert kinds >= {("relational", "build"), ("graph", "execute"), ("extract", "execute")}
    assert ("relational", "execute") not in kinds, "a lazy stage has no time of its own, and none is claimed"


def test_every_stage_of_every_kind_is_measured(runs):
    measured = runs.execute("""
        SELECT kind, count(*) FILTER (rows_out IS NOT NULL), count(*) FROM stage_runs WHERE label = 'execute' GROUP BY 1
    """).fetchall()
    found = {kind: (known, all_) for kind, known, all_ in measured}
    assert found.keys() == {"extract", "relational", "graph"}
    assert found["relational"][0] == found["relational"][1], "every relational stage is a table"
    assert all(known > 0 for known, _ in found.values())


def test_rows_of_a_stage_go_into_the_next(runs):
    broken = runs.execute("""
        SELECT a.task_name, a.stage, b.stage FROM stage_runs AS a JOIN stage_runs AS b
        ON a.task_name = b.task_name AND b.ordinal = a.ordinal + 1 AND a.label = 'execute' AND b.label = 'execute'
        WHERE a.rows_out IS DISTINCT FROM b.rows_in
    """).fetchall()
    assert broken == []


def test_columns_and_fingerprints_are_those_of_the_plan(runs):
    plan = load_project().manifest.task("decorators")
    rows = runs.execute("""
        SELECT stage, columns_added, columns_dropped, plan_fingerprint, stage_fingerprint
        FROM stage_runs WHERE task_name = 'decorators' AND label = 'execute' ORDER BY ordinal
    """).fetchall()
    assert [row[0] for row in rows] == [stage.name for stage in plan.stages]
    assert [row[4] for row in rows] == [stage.stage_fingerprint for stage in plan.stages]
    assert {row[3] for row in rows} == {plan.fingerprint}
    for before, stage, row in zip(plan.stages, plan.stages[1:], rows[1:], strict=False):
        assert row[1] == ", ".join(column for column in stage.columns if column not in before.columns)
        assert row[2] == ", ".join(column for column in before.columns if column not in stage.columns)


def test_spans_are_a_tree_of_run_tasks_and_stages(profiled, exporter):
    spans = {span.name: span for span in exporter.get_finished_spans()}
    run, task, stage = spans["build tree"], spans["decorators"], spans["decorators.resolve"]
    assert run.parent is None and run.attributes["cpg.run_id"] == "run"
    assert task.parent.span_id == run.context.span_id and stage.parent.span_id == task.context.span_id
    assert task.attributes["cpg.plan_fingerprint"] == load_project().manifest.task("decorators").fingerprint
    assert stage.attributes["cpg.kind"] == "stage" and stage.attributes["cpg.rows"] >= 1
    assert run.start_time <= task.start_time <= stage.start_time <= stage.end_time <= task.end_time <= run.end_time


def test_a_run_that_fails_says_so_in_its_span(exporter):
    told = telemetry.recorder("opentelemetry", "tree", "failing")
    told.close(ValueError("no such thing"))
    span = exporter.get_finished_spans()[-1]
    assert span.status.description == "no such thing" and span.events[0].name == "exception"


def test_telemetry_without_its_libraries_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(telemetry.TelemetryMissing, match=r"pip install 'pipeline-assets\[telemetry\]'"):
        telemetry.recorder("opentelemetry", "tree", "run")
    assert isinstance(telemetry.recorder("off", "tree", "run"), telemetry.Silence)


def test_older_records_have_nulls_in_newer_columns(tmp_path: Path):
    """A warehouse from before `finding` was a column is still read, and appended to."""
    warehouse = Warehouse.create(tmp_path)
    older = replace(STAGE_RUNS, columns=STAGE_RUNS.columns[:11])
    row = {"run_id": "1", "repository": "r", "task_name": "t", "stage": "s", "ordinal": 0, "kind": "graph"}
    row |= {"label": "execute", "milliseconds": 1.0}
    append(warehouse, older, [row])
    append(warehouse, STAGE_RUNS, [row | {"run_id": "2", "finding": "dead"}])
    found = read_records(warehouse, STAGE_RUNS)
    assert isinstance(found, pa.Table) and found["finding"].to_pylist() == [None, "dead"]
    with duckdb.connect(build_catalog(warehouse, load_project().catalog), read_only=True) as connection:
        assert connection.execute("SELECT run_id, finding FROM stage_runs ORDER BY 1").fetchall() == [
            ("1", None),
            ("2", "dead"),
        ]
