"""Odd plans against the engine: what moves is claimed, what DuckDB scans is read, what is not read does not matter."""

from __future__ import annotations

import random

import pytest

from pipeline_assets.inference.determinism import foreign_leaves, nondeterministic
from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.lineage import lineage
from pipeline_tests.functional.test_perturbation import ENGINE, unclaimed_moves
from pipeline_tests.unit.inference.engine import to_sql
from pipeline_tests.unit.inference.odd_plans import ODD, REFUSED
from pipeline_tests.unit.inference.plans import TABLES
from pipeline_tests.unit.inference.samples import emptied, sample


@pytest.mark.parametrize("name", ODD)
def test_the_engine_agrees(name: str):
    expr = ODD[name]()
    assert (nondeterministic(expr), foreign_leaves(expr)) == ([], [])
    found, sql = lineage(expr), to_sql(expr)
    assert [move for seed in (1, 2) for move in unclaimed_moves(found, sql, seed)] == []
    rows = sample(random.Random(1))
    ENGINE.load(rows)
    before = ENGINE.run(sql)
    beyond = {table: columns - set(found.reads[table]) for table, columns in ENGINE.scanned(sql).items()}
    assert not any(beyond.values()), beyond
    matters = found.indirect.union(*found.direct.values())
    for dataset in TABLES:
        rows = emptied(rows, dataset, lambda column, dataset=dataset: (dataset, column) in matters)
    ENGINE.load(rows)
    assert ENGINE.run(sql) == before


@pytest.mark.parametrize("name", REFUSED)
def test_what_rows_alone_do_not_decide_is_refused_by_name(name: str):
    build, operation = REFUSED[name]
    expr = build()
    try:
        lineage(expr)
    except UnsupportedOperation as refusal:
        assert operation in str(refusal)
    else:
        assert operation in [found for found, _ in nondeterministic(expr)]
