"""Granularity: no large task is one stage, and no transform hides in the body of a task."""

from __future__ import annotations

from collections.abc import Callable

import ibis.expr.operations as ops
import pytest
from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Compiled, compile_manifest
from pipeline_assets.inference.contract import Contract
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.project import load_project
from pipeline_tests.golden.decoration import relational

TRIVIAL = 1
"""So many joins, groupings and unions may be one stage that is the whole task."""

ONE_STAGE = {
    "edges": "its one transform is to put the families' rows one after the other; storage lists their files",
    "extract_status": "the same, of the layers' rows",
    "nodes": "the same, of the families' rows",
    "properties": "the same, of the families' rows",
}
"""Relational tasks of more than trivial size that have one stage, and why that is right."""

LARGEST = 14
"""So many joins, groupings and unions may be in one stage: larger ones hold several transforms."""

LARGE_STAGES = {
    "declared_edges__name_parts": "one transform with a row of a table for each field of a control structure",
    "findings__ask_clauses": "most of it is the table of builtin exceptions, a part of a union for each that has kinds",
}
"""Stages that are larger, and why that is right."""

LARGE_PROJECTIONS = {
    "type_syntax": "what is read in Python is chosen in one stage, and types may stand in a dozen sorts of places",
}
"""Tasks that compute in Python whose first stage, which projects, is larger, and why that is right."""

TWO_STAGES = {
    "docstrings": "between reading a literal and cleaning it there are texts that no table holds: lone surrogates",
    "environment_names": "to list names is all there is to do, and a list of names is the table",
    "span_errors": "rows are taken out of a table, which stays one",
}
"""Tasks that compute in Python in fewer than three stages, the first of which projects, and why that is right."""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return load_project().compiled


def weight(table: Table, seen: set[ops.Relation]) -> int:
    """Joins, groupings, unions and the like in an expression, without those of `seen`, which it joins."""
    relations = set(table.op().find(ops.Relation)) - seen
    seen |= relations
    joins = sum(len(relation.rest) for relation in relations if isinstance(relation, ops.JoinChain))
    return joins + sum(isinstance(r, (ops.Aggregate, ops.Set, ops.Distinct, ops.TableUnnest)) for r in relations)


def single(compiled: Compiled) -> dict[str, int]:
    """Relational tasks that are one stage at most, with their size."""
    return {
        name: weight(compiled.traces[name].expressions[compiled.tasks[name].outputs[0].name], set())
        for name, steps in relational(compiled)
        if len(steps) <= 2
    }


def hidden(compiled: Compiled) -> dict[str, int]:
    """Tasks whose body does more than to select, with how much: a body has no node of its own."""
    found = {}
    for name, steps in relational(compiled):
        seen: set[ops.Relation] = set()
        for _, table in steps:
            weight(table, seen)
        left = weight(compiled.traces[name].expressions[compiled.tasks[name].outputs[0].name], seen)
        found |= {name: left} if left else {}
    return found


def sizes(compiled: Compiled) -> dict[str, int]:
    """Stage → how much it adds to the expression."""
    found = {}
    for name, steps in relational(compiled):
        seen: set[ops.Relation] = set()
        found |= {f"{name}__{stage}": weight(table, seen) for stage, table in steps}
    return found


def test_a_task_of_more_than_trivial_size_has_several_stages(compiled):
    large = {name for name, size in single(compiled).items() if size > TRIVIAL}
    assert large == ONE_STAGE.keys(), "each has a reason, and no reason is given for what needs none"


def test_no_stage_is_several(compiled):
    large = {stage for stage, size in sizes(compiled).items() if size > LARGEST}
    assert {stage for stage in large if stage.partition("__")[0] not in ONE_STAGE} == LARGE_STAGES.keys()


def test_no_transform_hides_in_the_body_of_a_task(compiled):
    assert hidden(compiled) == {}


def test_graph_tasks_project_compute_and_lay_out_in_stages_of_their_own(compiled):
    few = {plan.name for plan in compiled.manifest.tasks if plan.kind != "relational" and len(plan.stages) < 3}
    assert few == TWO_STAGES.keys()


def test_what_is_computed_in_python_is_not_prepared_at_length(compiled):
    large = set()
    for name in (plan.name for plan in compiled.manifest.tasks if plan.kind != "relational"):
        seen: set[ops.Relation] = set()
        size = sum(weight(table, seen) for table in compiled.traces[name].expressions.values())
        large |= {name} if size > LARGEST else set()
    assert large == LARGE_PROJECTIONS.keys()


@pytest.fixture(scope="module")
def forged() -> Compiled:
    """One task that is one stage, one that does everything in its body, one whose second stage is several."""
    files = Contract("files", "extract", "Files.", (REPOSITORY, FILE_ID), ("file_id",))
    squeezed, hiding, heaped = (
        Contract(name, "normalize", "Rows.", (REPOSITORY, FILE_ID), ("file_id",))
        for name in ("squeezed", "hiding", "heaped")
    )
    made = (
        task(squeezed, stages=(_everything,))(_named("squeezed", lambda files: None)),
        task(hiding, stages=(_keep, _keep_more))(_named("hiding", lambda files: _everything(files))),
        task(heaped, stages=(_keep, _heap))(_named("heaped", lambda files: None)),
    )
    return compile_manifest([found for found in map(authored_task, made) if found], [files])


def test_what_is_forged_is_found(forged):
    assert single(forged) == {"squeezed": 2}
    assert hidden(forged) == {"hiding": 2}
    assert {stage for stage, size in sizes(forged).items() if size > LARGEST} == {"heaped__heap"}


def _everything(files: Table) -> Table:
    """Join and group at once."""
    again = files.view()
    return files.inner_join(again, files.file_id == again.file_id).select(files).distinct()


def _keep(files: Table) -> Table:
    """Keep the known."""
    return files.filter(files.file_id.notnull())


def _keep_more(files: Table) -> Table:
    """Keep fewer."""
    return files.filter(files.file_id > 1)


def _heap(files: Table) -> Table:
    """Unite many times."""
    return files.union(*(files.filter(files.file_id > place) for place in range(LARGEST + 1)))


def _named(name: str, body: Callable[[Table], Table | None]) -> Callable[..., Table | None]:
    def function(files: Table) -> Table | None:
        return body(files)

    function.__name__, function.__doc__ = name, "Rows."
    return function
