"""The stage catalogue of the product: complete, described, tagged, with provenance, and its page is up to date."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from pipeline_assets.cli.app import app
from pipeline_assets.inference.manifest import Manifest, StagePlan
from pipeline_assets.products.stages import stages_view
from pipeline_assets.products.stages_page import stages_page
from pipeline_assets.project import load_project

ROOT = Path(__file__).parents[3]
TAGS = {"layer", "artifact", "kind", "task_name", "task_output", "ordinal", "plan_fingerprint", "stage_fingerprint"}


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_project().manifest


def stage(manifest: Manifest, task: str, name: str) -> StagePlan:
    return next(stage for stage in manifest.task(task).stages if stage.name == name)


def test_the_command_lists_every_stage_with_all_tags_and_a_description(manifest):
    rows = json.loads(CliRunner().invoke(app, ["stages", "--json"]).stdout)
    assert len(rows) == sum(len(task.stages) for task in manifest.tasks) >= 120
    assert len({row["task_name"] for row in rows}) >= 45
    assert [row["artifact"] for row in rows if not all(str(row[tag]) for tag in TAGS)] == []
    assert [row["artifact"] for row in rows if not row["description"].endswith((".", ":"))] == []
    assert len({row["artifact"] for row in rows}) == len(rows), "artifacts tell stages apart"


def test_sources_lead_to_the_stage(manifest):
    for task in manifest.tasks:
        for found in task.stages:
            path, _, line = found.source.rpartition(":")
            text = (ROOT / path).read_text().splitlines()[int(line) - 1 : int(line) + 12]
            assert any(found.name in row for row in text), found.source


def test_all_that_a_task_reads_comes_in_at_some_stage_or_in_its_body(manifest):
    for task in manifest.tasks:
        reads = {f"{read.dataset}.{column}" for read in task.inputs for column in read.all_columns}
        evidence = [name for found in task.stages for name in found.evidence]
        assert len(evidence) == len(set(evidence)), "each column comes in once"
        assert set(evidence) <= reads
        if task.kind != "relational":
            assert set(evidence) == reads, "only the first stage of a Python task reads"


def test_column_changes_of_a_stage_that_is_known(manifest):
    caller = stage(manifest, "decorators", "attach_caller")
    assert (caller.introduced, caller.changed, caller.dropped) == (("caller_id",), (), ("scope_node",))
    assert {name.partition(".")[0] for name in caller.evidence} == {"scope_nodes"}
    ids = stage(manifest, "inheritance_edges", "derive_edge_ids")
    assert set(ids.introduced) == {"edge_id", "dst_repository", "evidence_id", "task_name"}
    assert (ids.changed, ids.dropped) == ((), ())


def test_columns_follow_from_those_before(manifest):
    for task in manifest.tasks:
        for before, after in zip(task.stages, task.stages[1:], strict=False):
            if after.columns and before.columns:
                assert set(after.columns) == (set(before.columns) - set(after.dropped)) | set(after.introduced)
                assert set(after.changed) <= set(before.columns) & set(after.columns)


def test_the_view_has_the_same_rows(manifest):
    rows = duckdb.sql(stages_view(manifest).select).fetchall()
    assert len(rows) == sum(len(task.stages) for task in manifest.tasks)
    found = {row[4]: row for row in rows}["decorators__attach_caller"]
    assert found[-3:] == ("caller_id", "", "scope_node")


def test_the_page_is_up_to_date(manifest):
    written = (ROOT / "docs" / "stages.md").read_text()
    assert written == stages_page(manifest), "run `cpg stages --markdown > docs/stages.md`"
