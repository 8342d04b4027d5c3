"""The product's own plan: Hamilton, rustworkx and Dagster are one graph, and DuckDB scans only what was inferred."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from dagster import AssetSpec, Definitions, multi_asset

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.faithfulness import check_faithfulness, dagster_edges
from pipeline_assets.project import Project, load_project
from pipeline_assets.settings import Settings


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project()


@pytest.fixture(scope="module")
def definitions(project) -> Definitions:
    return assemble(project, Settings())


def test_the_three_projections_are_one_graph_and_the_engine_agrees(project, definitions):
    assert check_faithfulness(project, definitions) == []
    assert len(dagster_edges(definitions)) > 150, "the comparison is about something"


def test_a_dependency_that_dagster_alone_has_is_named(project):
    @multi_asset(name="files_of", specs=[AssetSpec(["extract", "lines"], deps=[["cpg", "edges"]])])
    def forged():
        yield

    found = check_faithfulness(project, Definitions(assets=[forged]))
    assert "Dagster has dataset:edges → task:files_of, the task graph has not" in found
    assert "Dagster lacks task:syntax → dataset:ast_nodes" in found


def test_an_edge_that_hamilton_lost_is_named(project, definitions):
    kept = [edge for edge in project.driver.edges() if edge != ("dataset:ast_nodes", "task:definitions")]
    forged = SimpleNamespace(
        compiled=project.compiled,
        manifest=project.manifest,
        contracts=project.contracts,
        sql=project.sql,
        driver=SimpleNamespace(edges=lambda: kept, build=project.driver.build, violations=project.driver.violations),
    )
    assert check_faithfulness(forged, definitions) == ["Hamilton lacks dataset:ast_nodes → task:definitions"]


def test_a_column_that_was_not_inferred_is_named(project, definitions):
    """Take `ast_nodes.kind` out of what `modules` is said to read: DuckDB scans it all the same."""

    def without_kind(read):
        return replace(
            read,
            columns=tuple(c for c in read.columns if c != "kind"),
            indirect_columns=tuple(c for c in read.indirect_columns if c != "kind"),
        )

    tasks = [
        replace(task, inputs=tuple(without_kind(read) for read in task.inputs)) if task.name == "modules" else task
        for task in project.manifest.tasks
    ]
    forged = SimpleNamespace(
        compiled=project.compiled,
        manifest=replace(project.manifest, tasks=tuple(tasks)),
        contracts=project.contracts,
        sql=project.sql,
        driver=project.driver,
    )
    assert check_faithfulness(forged, definitions) == ["modules: DuckDB scans ast_nodes.kind, which was not inferred"]


def test_two_parameters_that_differ_from_the_reads_are_named(project, definitions):
    tasks = [
        replace(task, declared_inputs=(*task.declared_inputs, "tokens")) if task.name == "modules" else task
        for task in project.manifest.tasks
    ]
    forged = SimpleNamespace(
        compiled=project.compiled,
        manifest=replace(project.manifest, tasks=tuple(tasks)),
        contracts=project.contracts,
        sql=project.sql,
        driver=project.driver,
    )
    (difference,) = check_faithfulness(forged, definitions)
    assert difference.startswith("modules declares") and "tokens" in difference
