"""Hamilton, rustworkx and Dagster are one graph, edge for edge: on the whole plan, and on 200 random parts of it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from dagster import AssetsDefinition, Definitions, ResourceDefinition
from hamilton import ad_hoc_utils, driver

from pipeline_assets.inference.task_graph import task_graph
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.orchestration.assets import task_assets
from pipeline_assets.orchestration.faithfulness import Edges, dagster_edges
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
