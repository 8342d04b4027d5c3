"""Grain: argued plan by plan, then held to what happens when the plan runs on one part after the other."""

from __future__ import annotations

import random
from collections import Counter

import ibis
import pytest
from ibis import _

from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract
from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.grain import (
    Facts,
    GrainVerdict,
    coarsest,
    expression_grain,
    facts_of,
)
from pipeline_tests.unit.inference.engine import Engine, Rows, to_sql
from pipeline_tests.unit.inference.plans import FACTS, OWN, PLANS, TABLES, Plan, b, c, m, n
from pipeline_tests.unit.inference.samples import FILES, parts, sample

EVERY_PLAN = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
FINER = {"repository": "file", "platform": "repository"}


@pytest.fixture(scope="module")
def engine():
    return Engine(TABLES)


@EVERY_PLAN
def test_grain_is_as_argued(plan: Plan):
    verdict = expression_grain(plan.build(), FACTS)
    assert verdict.grain == plan.grain, verdict.reason


@EVERY_PLAN
def test_a_plan_of_some_grain_may_run_part_by_part(plan: Plan, engine: Engine):
    if plan.grain != "platform":
        sql = to_sql(plan.build())
        assert all(_same_by_parts(engine, sql, sample(random.Random(seed)), plan.grain) for seed in range(3))


@EVERY_PLAN
def test_a_finer_grain_would_be_wrong(plan: Plan, engine: Engine):
    """Or it is only the output that does not hold its own key, or the case says why it is conservative."""
    verdict = expression_grain(plan.build(), FACTS)
    if plan.grain == "file" or verdict.coarsenings[-1].operation == "the output":
        return
    sql, finer = to_sql(plan.build()), FINER[plan.grain]
    same = all(_same_by_parts(engine, sql, sample(random.Random(seed)), finer) for seed in range(8))
    assert same == bool(plan.conservative)


@EVERY_PLAN
def test_carried_keys_are_those_of_the_part(plan: Plan, engine: Engine):
    expr = plan.build()
    verdict = expression_grain(expr, FACTS)
    if verdict.grain != "file":
        return
    rows = sample(random.Random(5))
    for key, part in zip([f for files in FILES.values() for f in files], parts(rows, "file"), strict=True):
        engine.load(part)
        for column, values in engine.run_columns(to_sql(expr)).items():
            if column in verdict.carries:
                assert {_file_of(value) for value in values} <= {key}


def _same_by_parts(engine: Engine, sql: str, rows: Rows, grain: str) -> bool:
    engine.load(rows)
    whole, together = engine.run(sql), Counter()
    for part in parts(rows, grain):
        engine.load(part)
        together += engine.run(sql)
    return whole == together


def _file_of(value: int) -> int:
    """A file's own id is small; a local id holds it in its upper bits."""
    return value >> FILE_SHIFT or value


def test_the_reason_names_the_operation_and_what_it_lacks():
    left = n.left_join(c, n.v == c.w).select(n.repository, n.file_id)
    file, repository = expression_grain(left, FACTS).coarsenings
    assert (file.lost, file.operation) == ("file", "left join to c")
    assert file.reason == "equates no file_id or a local column"
    assert (repository.lost, repository.operation) == ("repository", "left join to c")
    window = expression_grain(n.mutate(r=_.v.rank().over(group_by="repository")).select(*OWN, "r"), FACTS)
    assert window.reason == "not file: window of MinRank puts rows together without file_id or a local column"


def test_a_lost_key_says_that_it_is_the_output():
    verdict = expression_grain(n.select("repository", "v"), FACTS)
    assert verdict.grain == "repository"
    assert verdict.reason == "not file: the output has no column file_id that holds the row's own file"
    both = expression_grain(n.select("v"), FACTS)
    assert both.grain == "platform"
    assert both.reason.startswith("not file or repository: the output has no column repository")


def test_a_distinct_of_nullable_local_ids_makes_one_row_of_the_nulls_of_all_files():
    verdict = expression_grain(n.select("repository", "parent_id").distinct(), FACTS)
    assert (verdict.grain, verdict.coarsenings[0].operation) == ("repository", "distinct")


def test_a_position_may_overwrite_the_key():
    verdict = expression_grain(n.select(*OWN, "items").unnest("items", offset="file_id"), FACTS)
    assert (verdict.grain, verdict.coarsenings[0].operation) == ("repository", "the output")


def test_carries_names_the_columns_that_hold_the_own_key():
    verdict = expression_grain(n.select(*OWN, node=n.node_id, parent=n.parent_id, v=n.v), FACTS)
    assert verdict.carries == {"file_id", "node"}
    repository = expression_grain(n.join(m, "repository").select(n.repository, n.file_id, n.node_id, m.module), FACTS)
    assert repository.grain == "repository"
    assert repository.carries == {"repository", "file_id", "node_id"}


@pytest.mark.parametrize("grain", ["repository", "platform"])
def test_never_finer_than_the_inputs(grain):
    coarser = {**FACTS, "c": Facts(grain, FACTS["c"].local, "repository")}
    joined = n.join(c, ["file_id", "node_id"]).select(n.repository, n.file_id, c.w)
    assert expression_grain(joined, FACTS).grain == "file"
    assert expression_grain(joined, coarser).grain == grain


def test_a_dataset_whose_file_may_be_null_has_no_file_grain():
    loose = ibis.table({"repository": "!string", "file_id": "int64", "v": "int64"}, name="c")
    verdict = expression_grain(loose, FACTS)
    assert (verdict.grain, verdict.coarsenings[0].operation) == ("repository", "c")


def test_a_dataset_nobody_knows_is_refused():
    with pytest.raises(UnsupportedOperation, match="nothing is known"):
        expression_grain(b, {})


def test_operations_nobody_knows_are_refused():
    with pytest.raises(UnsupportedOperation, match="AliasedRelation"):
        expression_grain(n.alias("other"), FACTS)


def test_asof_and_positional_joins_pair_rows_across_files():
    assert expression_grain(n.asof_join(c, "node_id", "file_id"), FACTS).grain == "platform"


def test_facts_come_from_the_contract():
    contract = Contract(
        name="calls",
        layer="normalize",
        description="Calls.",
        columns=(
            Column("repository", "string", "Repository."),
            Column("file_id", "int64", "File."),
            Column("call_id", "int64", "Call."),
            Column("target_id", "int64", "Target.", nullable=True),
        ),
        key=("call_id",),
        local=("call_id",),
    )
    assert facts_of(contract, "file") == Facts("file", frozenset({"file_id", "call_id"}), "repository")
    bare = Contract(
        name="names", layer="cpg", description="Names.", columns=(Column("name", "string", "Name."),), key=("name",)
    )
    assert facts_of(bare, "platform") == Facts("platform", frozenset(), None)


def test_the_coarsest_verdict_of_several():
    verdicts = [GrainVerdict(grain, grain, frozenset()) for grain in ("file", "platform", "repository")]
    assert coarsest(verdicts).grain == "platform"
    assert coarsest(verdicts[:1]).grain == "file"
    with pytest.raises(ValueError, match="empty"):
        coarsest([])
