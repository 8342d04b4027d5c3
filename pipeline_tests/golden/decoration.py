"""Stages that do nothing: whose output equals their input on all that a connection holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import duckdb
from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Compiled
from pipeline_assets.project import Project, render
from pipeline_assets.store.columns import quote
from pipeline_tests.golden.plan import Seen


def relational(compiled: Compiled) -> Iterator[tuple[str, list[tuple[str, Table]]]]:
    """Task → its expression as it comes in, after each stage, and as it goes out."""
    for plan in compiled.manifest.tasks:
        if plan.kind == "relational" and plan.grain != "platform":
            output, found = plan.outputs[0], compiled.traces[plan.name]
            first = compiled.contracts[plan.declared_inputs[0]].unbound()
            yield plan.name, [("", first), *((s.name, found.after[s.name][output]) for s in plan.stages)]


def idle_stages(
    connection: duckdb.DuckDBPyConnection, seen: Seen, project: Project, of: Collection[str] | None = None
) -> set[str]:
    """The artifacts of stages that did nothing: in Python as far as they were seen, in SQL on what there is.

    With `of`, only those of some tasks.
    """
    idle = {stage for stage in seen.run - seen.changing if of is None or stage.partition("__")[0] in of}
    for name, steps in relational(project.compiled):
        if of is not None and name not in of:
            continue
        for (_, before), (stage, after) in pairwise(steps):
            if _looks(before) == _looks(after) and _rows(connection, before) == _rows(connection, after):
                idle.add(f"{name}__{stage}")
    return idle


def _looks(table: Table) -> list[tuple[str, object]]:
    """Columns and types; which may be null is only claimed, and claiming is no transform."""
    return [(name, type_.copy(nullable=True)) for name, type_ in table.schema().items()]


def _rows(connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[object, ...] | None:
    """How many rows an expression has, and a digest of them whatever their order."""
    columns = ", ".join(quote(name) for name in table.columns)
    sql = f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM (\n{render(table)}\n)"
    return connection.execute(sql).fetchone()
