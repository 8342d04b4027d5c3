"""Compiling: what is inferred, and every reason to refuse — each with the task, the stage and the offending name."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Invariant
from pipeline_assets.inference.errors import CompileError
from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.inference.task import TaskError
from pipeline_assets.pipes import graph_task, task
from pipeline_tests.unit.inference.project import compiled, contract

BIG = contract("big", "file_id:int64 repository:string name:string", local=("file_id",))
NAMES = contract("names", "repository:string name:string files:int64")


def _keep_big(source: Table, limit: int = 10) -> Table:
    """Keep files over the limit."""
    return source.filter(source.size > limit)


def _drop_size(source: Table) -> Table:
    """Drop what nobody needs."""
    return source.select("file_id", "repository", "name")


@task(BIG, stages=(_keep_big, _drop_size), limit=7)
def big(source: Table) -> Table:
    """The big files."""


def _count(big: Table) -> Table:
    """Count files by name."""
    return big.group_by("repository", "name").agg(files=big.count())


@task(NAMES, stages=(_count,))
def names(big: Table) -> Table:
    """How often each name occurs."""


def problems_of(*functions, **more):
    with pytest.raises(CompileError) as caught:
        compiled(*functions, **more)
    return caught.value.problems


def test_everything_is_inferred_from_the_expressions():
    manifest = compiled(names, big).manifest
    plan = manifest.task("big")
    assert [(r.dataset, r.columns, r.indirect_columns) for r in plan.inputs] == [
        ("source", ("file_id", "name", "repository"), ("size",))
    ]
    assert plan.column_lineage["big.name"] == (("source", "name"),)
    assert (plan.generation, manifest.task("names").generation) == (0, 1)
    assert (plan.grain, manifest.task("names").grain) == ("file", "repository")
    assert "file_id" in manifest.task("names").grain_reason
    assert [stage.node for stage in plan.stages] == ["big.keep_big", "big.drop_size"]
    assert plan.stages[0].inputs == ("source",) and plan.stages[1].inputs == ("big.keep_big",)


def test_the_manifest_survives_json():
    manifest = compiled(names, big).manifest
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_order_of_authoring_does_not_matter():
    assert compiled(names, big).manifest == compiled(big, names).manifest


def test_a_name_nobody_produces():
    @task(NAMES)
    def names(bigg: Table) -> Table:
        """Names."""

    (problem,) = problems_of(names, big)
    assert (problem.task, problem.name, problem.rule) == ("names", "bigg", "unknown-dataset")
    assert "did you mean big?" in problem.message


def test_two_producers():
    def again():
        @task(BIG)
        def big(source: Table) -> Table:
            """Again."""
            return source.select("file_id", "repository", "name")

        return big

    assert {(p.rule, p.name) for p in problems_of(big, again())} == {("two-producers", "big"), ("two-tasks", "big")}


def test_a_parameter_that_the_plan_never_reads():
    @task(NAMES, stages=(_count,))
    def names(big: Table, source: Table) -> Table:
        """Names."""

    (problem,) = problems_of(names, big)
    assert (problem.task, problem.name, problem.rule) == ("names", "source", "unread-parameter")


def test_a_stage_that_reads_what_its_task_does_not_declare():
    def _join_source(big: Table, source: Table) -> Table:
        """Reach too far."""
        return big.semi_join(source, "file_id").group_by("repository", "name").agg(files=ibis._.count())

    @task(NAMES, stages=(_join_source,))
    def names(big: Table) -> Table:
        """Names."""

    found = {(p.task, p.stage, p.name, p.rule) for p in problems_of(names, big)}
    assert ("names", "join_source", "source", "evidence-pure") in found


def test_a_stage_that_reaches_past_its_parameters_is_named():
    smuggled = ibis.table({"file_id": "int64"}, name="source")

    def _reach(big: Table) -> Table:
        """Reach around the parameters."""
        return big.semi_join(smuggled, "file_id").group_by("repository", "name").agg(files=ibis._.count())

    @task(NAMES, stages=(_reach,))
    def names(big: Table) -> Table:
        """Names."""

    found = {(p.stage, p.name, p.rule) for p in problems_of(names, big)}
    assert ("reach", "source", "evidence-pure") in found
    assert ("", "source", "undeclared-read") in found


def test_log_mode_turns_an_undeclared_stage_input_into_a_row():
    def _also_source(big: Table, source: Table) -> Table:
        """Reach too far."""
        return big.semi_join(source, "file_id").group_by("repository", "name").agg(files=ibis._.count())

    @task(NAMES, stages=(_also_source,))
    def names(big: Table) -> Table:
        """Names."""

    manifest = compiled(names, big, mode="log").manifest
    assert [(row["task_name"], row["stage"], row["name"], row["rule"]) for row in manifest.violations] == [
        ("names", "also_source", "source", "evidence-pure")
    ]
    assert "source" in {read.dataset for read in manifest.task("names").inputs}, "logged, and still in the graph"


def test_a_task_is_called_as_the_dataset_it_makes():
    with pytest.raises(TaskError, match="give the function that name"):

        @task(contract("first", "file_id:int64"))
        def other(source: Table) -> Table:
            """Another name."""
            return source.select("file_id")


def test_a_cycle_prints_its_path():
    def _self(table: Table) -> Table:
        """Pass on."""
        return table.select("file_id")

    @task(contract("ping", "file_id:int64"), stages=(_self,))
    def ping(pong: Table) -> Table:
        """Ping."""

    @task(contract("pong", "file_id:int64"), stages=(_self,))
    def pong(ping: Table) -> Table:
        """Pong."""

    found = problems_of(ping, pong)
    assert [p.rule for p in found] == ["cycle"]
    assert "ping → pong → ping" in found[0].message or "pong → ping → pong" in found[0].message


def test_the_clock_and_unordered_picks_are_refused_by_stage():
    def _stamp(big: Table) -> Table:
        """Look at the clock."""
        return big.mutate(at=ibis.now())

    def _count_by_time(big: Table) -> Table:
        """Count."""
        return big.group_by("repository", "name").agg(files=big["at"].nunique())

    @task(NAMES, stages=(_stamp, _count_by_time))
    def names(big: Table) -> Table:
        """Names."""

    (problem,) = problems_of(names, big)
    assert (problem.stage, problem.name, problem.rule) == ("stamp", "TimestampNow", "non-deterministic")


def test_a_memtable_is_refused():
    def _mix(big: Table) -> Table:
        """Bring data along."""
        extra = ibis.memtable({"name": ["x"]})
        return big.semi_join(extra, "name").group_by("repository", "name").agg(files=ibis._.count())

    @task(NAMES, stages=(_mix,))
    def names(big: Table) -> Table:
        """Names."""

    assert {p.rule for p in problems_of(names, big)} & {"foreign-input", "unsupported"}


def test_schema_mismatches_name_the_column():
    def _wrong(big: Table) -> Table:
        """Count wrongly."""
        return big.group_by("repository", "name").agg(files=big.count().cast("string"), more=big.count())

    @task(NAMES, stages=(_wrong,))
    def names(big: Table) -> Table:
        """Names."""

    assert {(p.name, p.rule) for p in problems_of(names, big)} == {("files", "schema"), ("more", "schema")}


def test_renaming_a_column_names_every_reader():
    def _renamed(source: Table) -> Table:
        """Call the name a title."""
        return source.select("file_id", "repository", title="name")

    def make():
        @task(BIG, stages=(_renamed,))
        def big(source: Table) -> Table:
            """Big."""

        return big

    def _other(big: Table) -> Table:
        """Read the name too."""
        return big.select("repository", "name", files="file_id")

    @task(contract("others", "repository:string name:string files:int64"), stages=(_other,))
    def others(big: Table) -> Table:
        """Others."""

    found = problems_of(names, others, make())
    assert {p.task for p in found} == {"big", "names", "others"}
    assert all("name" in p.message for p in found if p.task != "big")


def test_a_dependency_on_a_later_layer_is_refused():
    LATE = contract("late", "file_id:int64 repository:string name:string", "products")

    @task(LATE)
    def late(source: Table) -> Table:
        """Late."""
        return source.select("file_id", "repository", "name")

    def _early(late: Table) -> Table:
        """Too early."""
        return late.group_by("repository", "name").agg(files=late.count())

    @task(NAMES, stages=(_early,))
    def names(late: Table) -> Table:
        """Names."""

    (problem,) = problems_of(names, late)
    assert (problem.name, problem.rule) == ("late", "layer")


def test_all_problems_are_collected():
    @task(NAMES, stages=(_count,))
    def names(big: Table, source: Table, nothing: Table) -> Table:
        """Names."""

    @task(contract("others", "file_id:int64 wrong:string"))
    def others(source: Table) -> Table:
        """Others."""
        return source.select("file_id")

    assert {(p.task, p.rule) for p in problems_of(names, others, big)} == {
        ("names", "unknown-dataset"),
        ("others", "schema"),
    }


def test_invariants_are_inferred_like_tasks():
    check = Invariant("named", "big", "Every big file has a name.", lambda big: big.filter(big.name.isnull()))
    plan = compiled(big, checks=(check,)).manifest.checks[0]
    assert [(r.dataset, r.columns) for r in plan.inputs] == [("big", ("file_id", "name", "repository"))]
    bad = Invariant("odd", "big", "Odd.", lambda nowhere: nowhere)
    assert problems_of(big, checks=(bad,))[0].name == "nowhere"


def test_invariants_that_wait_for_each_other_are_refused():
    @task(contract("small", "file_id:int64 repository:string"))
    def small(source: Table) -> Table:
        """Small files."""
        return source.select("file_id", "repository")

    one = Invariant(
        "one", "big", "Big files.", lambda big, small: big.filter(big.file_id == 0).anti_join(small, "file_id")
    )
    two = Invariant("two", "small", "Small files.", lambda small, big: small.anti_join(big, "file_id"))
    assert not [*compiled(big, small, checks=(one,)).manifest.violations]
    problem = problems_of(big, small, checks=(one, two))[0]
    assert problem.rule == "gate" and "waits for itself" in problem.message
    assert {"one (checked)", "two (checked)"} <= {*problem.name.split(" → ")}


def test_graph_tasks_are_read_through_their_projections():
    def _project(big: Table, source: Table) -> dict[str, Table]:
        """Names and sizes."""
        return {"big": big.select("file_id", "repository", "name"), "source": source.select("file_id", "size")}

    def _pick(inputs: dict[str, pa.Table]) -> pa.Table:
        """Compute."""
        return inputs["big"]

    RANKS = contract("ranks", "file_id:int64 repository:string name:string")

    @graph_task(RANKS, stages=(_project, _pick))
    def ranks(big: Table, source: Table) -> Table:
        """Ranks."""

    @graph_task(
        contract("local_ranks", "file_id:int64 repository:string name:string"), stages=(_project, _pick), by="file_id"
    )
    def local_ranks(big: Table, source: Table) -> Table:
        """Ranks, file by file."""

    manifest = compiled(big, ranks, local_ranks).manifest
    reads = {read.dataset: read.columns for read in manifest.task("ranks").inputs}
    assert reads == {"big": ("file_id", "name", "repository"), "source": ("file_id", "size")}
    assert (manifest.task("ranks").grain, manifest.task("local_ranks").grain) == ("repository", "file")
    assert ("source", "size") in manifest.task("ranks").column_lineage["ranks.name"]


def test_editing_a_stage_changes_that_stage_and_its_task_only():
    def variant(limit):
        @task(BIG, stages=(_keep_big, _drop_size), limit=limit)
        def big(source: Table) -> Table:
            """The big files."""

        return compiled(big, names).manifest

    before, after = variant(7), variant(8)
    changed = {t.name for t in before.tasks if t.fingerprint != after.task(t.name).fingerprint}
    assert changed == {"big"}
    stages = [
        a.stage_fingerprint == b.stage_fingerprint
        for a, b in zip(before.task("big").stages, after.task("big").stages, strict=True)
    ]
    assert stages[0] is False
