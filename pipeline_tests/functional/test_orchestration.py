"""The product's own definitions on a real instance: one build of a tiny repository, then everything it left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from pipeline_assets.inference.contract import LAYERS
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.builds import build_through_dagster
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.warehouse import Warehouse

TOP = Path(__file__).parents[2]
DG = Path(sys.executable).with_name("dg")
CART = """\
class Cart:
    def total(self, items):
        return add(items)


def add(items):
    return sum(items)
"""
SOURCES = {"shop/__init__.py": "from .cart import Cart\n", "shop/cart.py": CART, "shop/broken.py": "def (:\n"}


@dataclass
class Built:
    """A finished build, its instance and what it was made with."""

    project: Project
    warehouse: Warehouse
    instance: dg.DagsterInstance
    definitions: dg.Definitions
    run_id: str

    def specs(self) -> dict[str, dg.AssetSpec]:
        return {spec.key.path[-1]: spec for spec in self.definitions.resolve_all_asset_specs()}

    def materialization(self, dataset: str) -> dg.AssetMaterialization:
        layer = self.project.manifest.dataset(dataset).layer
        event = self.instance.get_latest_materialization_event(dg.AssetKey([layer, dataset]))
        assert event is not None and event.asset_materialization is not None, f"{dataset} was not materialized"
        return event.asset_materialization


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    root = tmp_path_factory.mktemp("shop")
    for name, text in SOURCES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    warehouse = Warehouse.create(tmp_path_factory.mktemp("built") / "warehouse")
    warehouse.register("shop", root)
    project, settings, run_id = load_project(), Settings(warehouse=warehouse.root, workers=1), str(uuid.uuid4())
    with Session(project, warehouse, "shop", settings, run_id) as session:
        outcome = build_through_dagster(session)
    assert outcome.succeeded, outcome.failures
    with open_instance(warehouse.dagster_home) as instance:
        yield Built(project, warehouse, instance, assemble(project, settings), run_id)


def test_workspace_yaml_loads_as_dagster_itself_sees_it(tmp_path: Path):
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"]
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "PYTHONPATH": str(TOP)}
    result = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Validation successful for code location pipeline_assets" in result.stdout + result.stderr


@pytest.mark.skipif(not DG.exists(), reason="dg is not installed: pip install dagster-dg-cli")
@pytest.mark.parametrize("what", ["toml", "yaml", "defs"])
def test_dg_check_passes(tmp_path: Path, what: str):
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path), "PYTHONPATH": str(TOP)}
    result = subprocess.run([DG, "check", what], cwd=TOP, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_groups_are_the_four_layers_and_point_forward(built: Built):
    specs = built.specs()
    assert {spec.group_name for spec in specs.values()} == set(LAYERS)
    for spec in specs.values():
        for dep in spec.deps:
            upstream = specs[dep.asset_key.path[-1]]
            assert LAYERS.index(upstream.group_name) <= LAYERS.index(spec.group_name)


def test_every_asset_has_a_sentence_a_query_and_described_columns(built: Built):
    made = {output for task in built.project.manifest.tasks for output in task.outputs}
    for name, spec in built.specs().items():
        sentence, *query = spec.description.split("\n\n")
        assert sentence.endswith(".") and "\n" not in sentence, name
        if name in made:
            assert query and query[0].startswith("```sql"), f"{name} has no query to try"
            assert all(column.description for column in spec.metadata["dagster/column_schema"].columns), name


def test_code_references_lead_to_the_stage_functions(built: Built):
    followed = 0
    for name, spec in built.specs().items():
        value = spec.metadata.get("dagster/code_references")
        for reference in value.code_references if value else []:
            line = Path(reference.file_path).read_text(encoding="utf-8").splitlines()[reference.line_number - 1]
            assert line.startswith(("def ", "@")), f"{name}: {reference.source}"
            followed += 1
    assert followed > 100


def test_every_dataset_was_materialized_and_every_check_passed(built: Built):
    manifest = built.project.manifest
    wanted = {output for task in manifest.tasks if task.grain != "platform" for output in task.outputs}
    for name in wanted:
        held = built.materialization(name)
        assert held.partition == "shop"
        assert held.tags["dagster/code_version"] == manifest.producer(name).fingerprint[:16]
    checks = built.instance.get_run_by_id(built.run_id).asset_check_selection
    assert checks is None, "no check was left out of the run"
    events = built.instance.all_logs(built.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [event.dagster_event.asset_check_evaluation_data for event in events]
    assert {e.asset_key.path[-1] for e in evaluations if e.check_name == "order"} == wanted
    assert len([e for e in evaluations if e.check_name not in ("order", "contract")]) == len(manifest.checks) > 0
    assert [e.check_name for e in evaluations if not e.passed] == []


def test_metadata_says_what_was_written(built: Built):
    metadata = built.materialization("definitions").metadata
    names = {record.data["name"] for record in metadata["preview"].records}
    assert {"Cart", "total", "add"} <= names
    assert metadata["dagster/row_count"].value >= 5 and metadata["bytes"].value > 0
    stages = built.project.manifest.task("definitions").stages
    assert [record.data["stage"] for record in metadata["stage runs"].records] == [stage.name for stage in stages]
    assert any("SELECT" in value.value for key, value in metadata.items() if key.startswith("sql "))


def test_column_lineage_names_assets_and_columns_that_exist(built: Built):
    specs = built.specs()
    columns = {
        spec.key: {c.name for c in spec.metadata["dagster/column_schema"].columns}
        for name, spec in specs.items()
        if name != "waves"
    }
    flows = 0
    for name in ("definitions", "call_graph", "edges", "files"):
        lineage = built.materialization(name).metadata["dagster/column_lineage"].value.deps_by_column
        for deps in lineage.values():
            assert all(dep.column_name in columns[dep.asset_key] for dep in deps)
            flows += len(deps)
    assert flows > 20


def test_every_wave_was_recorded(built: Built):
    waves = built.instance.get_materialized_partitions(dg.AssetKey("waves"))
    manifest = built.project.manifest
    with_rows = {i for t in manifest.tasks if t.grain != "platform" for i in (t.generation,)}
    assert waves == {f"g{i:02d}|shop" for i in with_rows}


def test_an_edited_snapshot_is_caught_by_the_next_order_check(built: Built):
    """Someone rebuilds an input through the Python API; one asset is then materialized on its own."""
    settings = Settings(warehouse=built.warehouse.root, workers=1)
    root = Path(built.warehouse.repository("shop").root)
    (root / "shop/cart.py").write_text(CART + "\n\ndef more():\n    return add([])\n")
    with Session(built.project, built.warehouse, "shop", settings, "outside") as session:
        for task in ("source_files", "syntax", "symbol_table"):
            session.run_task(task)
    with Session(built.project, built.warehouse, "shop", settings, str(uuid.uuid4())) as session:
        outcome = build_through_dagster(session, ["parameters"])
    assert not outcome.succeeded
    (failure,) = outcome.failures
    assert failure.step == "order of parameters" and "store ast_nodes" in failure.message
