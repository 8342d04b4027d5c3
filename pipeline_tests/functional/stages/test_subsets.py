"""Hamilton, rustworkx and Dagster are one graph, edge for edge: on the whole plan, and on 200 random parts of it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from dagster import AssetKey, AssetsDefinition, AssetSpec, Definitions, ResourceDefinition
from hamilton import ad_hoc_utils, driver

from pipeline_assets.inference.task_graph import task_graph
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.assets import task_assets
from pipeline_assets.orchestration.faithfulness import Edges, check_faithfulness, dagster_edges
from pipeline_assets.orchestration.sessions import RUN
from pipeline_assets.pipes.authoring import as_hamilton
from pipeline_assets.pipes.driver import live_edges
from pipeline_assets.project import Project, load_project
from pipeline_assets.settings import Settings

SUBSETS, LARGEST = 200, 12


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project()


@pytest.fixture(scope="module")
def assets(project: Project) -> dict[str, AssetsDefinition]:
    return {asset.node_def.name: asset for asset in task_assets(project)}


def of_rustworkx(project: Project, tasks: Iterable[str]) -> Edges:
    chosen = tuple(plan for plan in project.manifest.tasks if plan.name in set(tasks))
    return set(task_graph(replace(project.manifest, tasks=chosen)).edges())


def of_hamilton(project: Project, tasks: Iterable[str]) -> Edges:
    """Of a driver that knows only these tasks: what others make is an input of it."""
    module = ad_hoc_utils.create_temporary_module(*(as_hamilton(project.tasks[name]) for name in tasks))
    return set(live_edges(driver.Builder().with_modules(module).build()))


def of_dagster(assets: dict[str, AssetsDefinition], tasks: Iterable[str]) -> Edges:
    resources = {RUN: ResourceDefinition.none_resource()}
    return dagster_edges(Definitions(assets=[assets[name] for name in tasks], resources=resources))


def test_on_the_whole_plan(project):
    whole = set(task_graph(project.manifest).edges())
    assert set(project.driver.edges()) == whole
    assert dagster_edges(assemble(project, Settings())) == whole
    assert len(whole) > 400


def test_on_random_subsets(project, assets):
    chance = random.Random(6)
    names = sorted(project.tasks)
    for number in range(SUBSETS):
        tasks = sorted(chance.sample(names, chance.randint(1, LARGEST)))
        expected = of_rustworkx(project, tasks)
        assert expected, number
        assert of_hamilton(project, tasks) == expected, tasks
        assert of_dagster(assets, tasks) == expected, tasks


def test_a_subset_that_lost_a_task_is_told_apart(project, assets):
    """The positive control: the comparison sees a single missing task."""
    tasks = ["definitions", "modules", "comments"]
    assert of_hamilton(project, tasks[:2]) < of_rustworkx(project, tasks)
    assert of_dagster(assets, tasks[:2]) < of_rustworkx(project, tasks)


FORGED = ["definitions", "modules", "comments"]


def test_an_edge_that_hamilton_alone_has_is_told_apart(project):
    """A parameter more, as if an author had added it after the plan was compiled."""
    task = project.tasks["modules"]
    tasks = project.tasks | {"modules": replace(task, parameters=(*task.parameters, "tokens"))}
    found = of_hamilton(SimpleNamespace(tasks=tasks), FORGED)
    assert found ^ of_rustworkx(project, FORGED) == {("dataset:tokens", "task:modules")}


def test_an_edge_that_dagster_alone_has_or_lost_is_told_apart(project, assets):
    def shifted(spec: AssetSpec) -> AssetSpec:
        kept = [dep for dep in spec.deps if dep.asset_key.path[-1] != "ast_nodes"]
        return spec.replace_attributes(deps=[*kept, AssetKey(["extract", "tokens"])])

    forged = assets | {"modules": assets["modules"].map_asset_specs(shifted)}
    found = of_dagster(forged, FORGED)
    assert found ^ of_rustworkx(project, FORGED) == {
        ("dataset:tokens", "task:modules"),
        ("dataset:ast_nodes", "task:modules"),
    }


def test_an_edge_that_the_task_graph_lost_is_told_apart(project, assets):
    plans = [
        replace(plan, inputs=tuple(read for read in plan.inputs if read.dataset != "ast_nodes"))
        if plan.name == "modules"
        else plan
        for plan in project.manifest.tasks
    ]
    forged = SimpleNamespace(manifest=replace(project.manifest, tasks=tuple(plans)))
    lost = {("dataset:ast_nodes", "task:modules")}
    assert of_hamilton(project, FORGED) - of_rustworkx(forged, FORGED) == lost
    assert of_dagster(assets, FORGED) - of_rustworkx(forged, FORGED) == lost


def test_the_check_of_the_product_names_what_the_task_graph_lost(project):
    """`cpg plan --check` and the Dagster check say it of both of the others."""
    edge = ("dataset:ast_nodes", "task:modules")
    graph = SimpleNamespace(edges=lambda: [found for found in project.graph.edges() if found != edge])
    forged = SimpleNamespace(
        compiled=SimpleNamespace(graph=graph),
        manifest=replace(project.manifest, tasks=()),
        contracts={},
        driver=project.driver,
    )
    told = check_faithfulness(forged, assemble(project, Settings()))
    assert told == [
        "Hamilton has dataset:ast_nodes → task:modules, the task graph has not",
        "Dagster has dataset:ast_nodes → task:modules, the task graph has not",
    ]
