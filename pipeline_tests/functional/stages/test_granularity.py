"""Granularity: no large task is one stage, and no transform hides in the body of a task."""

from __future__ import annotations

from collections.abc import Iterator

import ibis.expr.operations as ops
import pytest
from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Compiled
from pipeline_assets.project import load_project

TRIVIAL = 1
"""So many joins, groupings and unions may be one stage that is the whole task."""

ONE_STAGE = {
    "edges": "its one transform is to put the families' rows one after the other; storage lists their files",
    "extract_status": "the same, of the layers' rows",
    "nodes": "the same, of the families' rows",
    "properties": "the same, of the families' rows",
    "unresolved": "the same, of the families' rows",
}
"""Relational tasks of more than trivial size that have one stage, and why that is right."""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return load_project().compiled


def weight(table: Table, seen: set[ops.Relation]) -> int:
    """Joins, groupings, unions and the like in an expression, without those of `seen`, which it joins."""
    relations = set(table.op().find(ops.Relation)) - seen
    seen |= relations
    joins = sum(len(relation.rest) for relation in relations if isinstance(relation, ops.JoinChain))
    return joins + sum(isinstance(r, (ops.Aggregate, ops.Set, ops.Distinct, ops.TableUnnest)) for r in relations)


def relational(compiled: Compiled) -> Iterator[tuple[str, list[tuple[str, Table]]]]:
    """Task → its expression as it comes in, after each stage, and as it goes out."""
    for task in compiled.manifest.tasks:
        if task.kind == "relational" and task.grain != "platform":
            output, found = task.outputs[0], compiled.traces[task.name]
            first = compiled.contracts[task.declared_inputs[0]].unbound()
            yield task.name, [("", first), *((s.name, found.after[s.name][output]) for s in task.stages)]


def test_a_task_of_more_than_trivial_size_has_several_stages(compiled):
    large = {
        name: weight(compiled.traces[name].expressions[compiled.tasks[name].outputs[0].name], set())
        for name, steps in relational(compiled)
        if len(steps) <= 2
    }
    assert {name for name, size in large.items() if size > TRIVIAL} - ONE_STAGE.keys() == set()
    assert ONE_STAGE.keys() <= large.keys(), "no reason is given for what needs none"


def test_no_transform_hides_in_the_body_of_a_task(compiled):
    """What a task does is in its stages: its body, which has no node of its own, only selects."""
    hidden = {}
    for name, steps in relational(compiled):
        seen: set[ops.Relation] = set()
        for _, table in steps:
            weight(table, seen)
        left = weight(compiled.traces[name].expressions[compiled.tasks[name].outputs[0].name], seen)
        hidden |= {name: left} if left else {}
    assert hidden == {}
