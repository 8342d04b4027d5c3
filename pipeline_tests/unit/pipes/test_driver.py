"""The Hamilton projection: same edges as the task graph, all tags on all nodes, nothing open, nothing extra."""

from __future__ import annotations

import sys
import types

import ibis
import pytest
from hamilton import driver as hamilton_driver
from hamilton.function_modifiers import tag
from ibis.expr.types import Table

from pipeline_assets.inference.fingerprint import expression_fingerprint
from pipeline_assets.pipes.driver import DriverError, PlanDriver
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.project import Project
from pipeline_tests.unit.inference.project import SOURCE
from pipeline_tests.unit.pipes import sample

STAGE_TAGS = {
    "layer",
    "artifact",
    "kind",
    "task_name",
    "task_output",
    "ordinal",
    "plan_fingerprint",
    "stage_fingerprint",
}


@pytest.fixture(scope="module")
def project() -> Project:
    return Project([sample], sources=(SOURCE,), invariants=())


def test_hamilton_and_rustworkx_have_the_same_edges(project):
    assert project.driver.edges() == project.compiled.graph.edges()
    assert ("dataset:source", "task:titles") in project.driver.edges(), "extras of stages are edges too"


def test_every_stage_and_table_carries_its_tags(project):
    nodes = project.driver.hamilton.graph.nodes
    for task in project.manifest.tasks:
        for stage in task.stages:
            assert nodes[stage.node].tags.keys() >= STAGE_TAGS
            assert nodes[stage.node].tags["stage_fingerprint"] == stage.stage_fingerprint
        assert all(nodes[output].tags["kind"] == "table" for output in task.outputs)


def test_executing_the_sub_dag_builds_the_traced_expression(project):
    built = project.driver.build("titles")
    traced = project.compiled.traces["titles"].expressions["titles"]
    assert expression_fingerprint(built.value) == expression_fingerprint(traced)
    assert list(built.build_milliseconds) == ["with_size", "shout"]


def test_extract_and_graph_tasks_build_pipelines_of_their_stages(project):
    texts = project.driver.build("read_texts").value
    assert isinstance(texts, Pipeline) and texts.steps == (sample._parse,)
    assert project.driver.build("ranks").value.steps == (sample._rank,)


def test_the_module_loads_in_a_plain_driver_and_computes():
    plain = hamilton_driver.Builder().with_modules(sample).build()
    source = ibis.memtable({"file_id": [1, 2], "repository": ["r", "r"], "name": ["b", "a"], "size": [5, 0]})
    texts = ibis.memtable({"file_id": [1, 2], "repository": ["r", "r"], "name": ["b", "a"]})
    found = plain.execute(["titles", "ranks"], overrides={"texts": texts}, inputs={"source": source})
    assert found["titles"].execute()["name"].tolist() == ["B!"]
    assert found["ranks"].to_pyarrow().to_pylist() == [{"file_id": 1, "repository": "r", "rank": 0}]


def module_with(function, monkeypatch) -> types.ModuleType:
    stray = types.ModuleType("stray")
    function.__module__ = "stray"
    setattr(stray, function.__name__, function)
    monkeypatch.setitem(sys.modules, "stray", stray)
    return stray


def test_a_stray_public_function_is_refused_by_name(project, monkeypatch):
    def helper(texts: Table) -> int:
        return 1

    stray = module_with(helper, monkeypatch)
    with pytest.raises(DriverError, match="node helper is in no plan"):
        PlanDriver(project.compiled, [sample, stray])


def test_an_input_that_nobody_declares_is_refused(project, monkeypatch):
    @tag(kind="table", layer="normalize", artifact="titles_of", task_name="titles_of", task_output="titles_of")
    def titles_of(nowhere: int) -> int:
        return nowhere

    stray = module_with(titles_of, monkeypatch)
    with pytest.raises(DriverError, match="input nowhere is open"):
        PlanDriver(project.compiled, [sample, stray])


def test_a_missing_module_is_noticed(project):
    with pytest.raises(DriverError, match="node titles is missing"):
        PlanDriver(project.compiled, [])
