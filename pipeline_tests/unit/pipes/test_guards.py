"""Guards and metadata are nodes of the Hamilton graph, and Hamilton's own validators hold every node to its tags."""

from __future__ import annotations

import sys
import types
from dataclasses import replace

import ibis
import pytest
from hamilton import driver as hamilton_driver
from hamilton.function_modifiers import tag
from hamilton.lifecycle.base import ValidationException

from pipeline_assets.inference.errors import PolicyError
from pipeline_assets.inference.policy import policy_mode
from pipeline_assets.pipes.authoring import as_hamilton, authored_task
from pipeline_assets.pipes.driver import DriverError, PlanDriver
from pipeline_assets.pipes.policy_nodes import _beyond
from pipeline_assets.pipes.validation import REQUIRED, MandatoryTags
from pipeline_assets.project import Project
from pipeline_tests.unit.inference.project import SOURCE
from pipeline_tests.unit.pipes import sample

TAGS = {"layer", "artifact", "kind", "task_name", "task_output", "plan_fingerprint"}


@pytest.fixture(scope="module")
def project() -> Project:
    return Project([sample], sources=(SOURCE,), invariants=())


def module_of(monkeypatch, *functions) -> types.ModuleType:
    module = types.ModuleType("stray")
    for function in functions:
        function.__module__ = "stray"
        setattr(module, function.__name__, function)
    monkeypatch.setitem(sys.modules, "stray", module)
    return module


def test_every_task_has_a_guard_and_metadata_with_all_tags(project):
    nodes = project.driver.hamilton.graph.nodes
    for task in project.manifest.tasks:
        for suffix, kind, layer in (("guard", "guard", "policy"), ("metadata", "metadata", "obs")):
            tags = nodes[f"{task.name}__{suffix}"].tags
            assert tags.keys() >= TAGS and (tags["kind"], tags["layer"]) == (kind, layer)
            assert (tags["task_name"], tags["plan_fingerprint"]) == (task.name, task.fingerprint)


def test_nothing_depends_on_them_and_they_are_no_edges(project):
    nodes = project.driver.hamilton.graph.nodes
    onlookers = {name for name, node in nodes.items() if node.tags.get("kind") in ("guard", "metadata")}
    assert len(onlookers) == 2 * len(project.manifest.tasks)
    assert not [name for name in onlookers if nodes[name].depended_on_by]
    assert project.driver.edges() == project.compiled.graph.edges()


def test_guards_answer_from_live_values(project):
    assert project.driver.violations("titles") == []
    assert project.driver.metadata("titles")["outputs"] == {
        "titles": {"file_id": "int64", "repository": "string", "name": "string"}
    }
    assert [tags["artifact"] for tags in project.driver.metadata("ranks")["stages"]] == [
        "ranks__project_titles",
        "ranks__rank",
    ]


def test_a_guard_names_the_stage_that_reaches_too_far(project):
    """The plan is told that `titles` reads `texts` alone; its live stages join `source`."""
    plan = project.manifest.task("titles")
    narrowed = replace(plan, inputs=tuple(r for r in plan.inputs if r.dataset != "source"), declared_inputs=("texts",))
    tasks = tuple(narrowed if task.name == "titles" else task for task in project.manifest.tasks)
    forged = types.SimpleNamespace(
        manifest=replace(project.manifest, tasks=tasks), tasks=project.tasks, contracts=project.contracts
    )
    with pytest.raises(DriverError, match=r"\[evidence-pure\] titles.with_size: takes source, which titles was not"):
        PlanDriver(forged, [sample])


def test_a_guard_reports_what_was_smuggled_in_once_where_it_came_in():
    handed = ibis.table({"file_id": "int64"}, name="handed")
    smuggled = ibis.table({"file_id": "int64"}, name="elsewhere")
    first = handed.semi_join(smuggled, "file_id")
    found = _beyond(("titles.keep", "titles.reach", "titles"), [handed, first, first], frozenset({"handed"}))
    assert list(found) == [("titles.reach", "elsewhere")]


@pytest.mark.parametrize("missing", REQUIRED["table"])
def test_hamilton_refuses_a_node_without_a_mandatory_tag(monkeypatch, missing: str):
    tags = {name: "x" for name in REQUIRED["table"] if name != missing}

    @tag(kind="table", **tags)
    def titles() -> int:
        return 1

    builder = hamilton_driver.Builder().with_modules(module_of(monkeypatch, titles)).with_adapters(MandatoryTags())
    with pytest.raises(ValidationException, match=f"node titles is a table without {missing}"):
        builder.build()


def test_a_plain_driver_can_be_held_to_the_tags():
    hamilton_driver.Builder().with_modules(sample).with_adapters(MandatoryTags()).build()


def test_authored_tags_are_there_before_anything_is_compiled():
    plain = hamilton_driver.Builder().with_modules(sample).build()
    assert (
        plain.graph.nodes["titles.shout"].tags.items()
        >= {
            "layer": "normalize",
            "artifact": "titles__shout",
            "kind": "stage",
            "task_name": "titles",
            "task_output": "titles",
            "ordinal": "1",
        }.items()
    )
    assert as_hamilton(authored_task(sample.titles)).__name__ == "titles"


def test_the_mode_comes_from_the_environment_and_is_one_of_two():
    assert (policy_mode({}), policy_mode({"CPG_POLICY": "log"})) == ("reject", "log")
    with pytest.raises(PolicyError, match="CPG_POLICY is 'warn'; it may be reject or log"):
        policy_mode({"CPG_POLICY": "warn"})
