"""Tracing: run a task's stages over schema-only tables and keep the expressions they build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.operations as ops
from ibis.expr.types import Table

from pipeline_assets.inference.errors import Problem
from pipeline_assets.inference.task import Stage, Task


@dataclass(frozen=True)
class Trace:
    """What a task's code built: its final expression(s) and the expression after each relational stage.

    `expressions` holds one Ibis table per projection: the output's name for a relational task, the projection's
    own name for extract and graph tasks. `after` maps a stage to the expression (or projections) it left.
    """

    expressions: Mapping[str, Table]
    after: Mapping[str, Mapping[str, Table]]


class TraceFailure(Exception):
    """A stage could not be traced; carries the problem to report."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def trace(task: Task, tables: Mapping[str, Table]) -> Trace:
    """Build the expressions of `task` from the tables of its parameters; raises `TraceFailure`."""
    if task.kind == "relational":
        return _trace_relational(task, tables)
    return _trace_projection(task, tables)


def call_stage(stage: Stage, piped: object, tables: Mapping[str, Table]) -> object:
    """Apply one stage. Extra datasets come as views: a second join to one table must not bind to the first.

    Stages are pure, so what one built over schema-only tables is remembered: tracing and Hamilton compose the same
    plan, and building an Ibis expression is most of what composing costs.
    """
    extras = {name: tables[name] for name in stage.datasets}
    inputs = (piped, *extras.values())
    if not all(isinstance(item, Table) and _is_schema_only(item) for item in inputs):
        return _call(stage, piped, extras)
    key = (stage.function, tuple(stage.config.items()), tuple(item.op() for item in inputs if isinstance(item, Table)))
    if key not in _COMPOSED:
        _COMPOSED[key] = _call(stage, piped, extras)
    return _COMPOSED[key]


def _call(stage: Stage, piped: object, extras: Mapping[str, Table]) -> object:
    return stage.function(piped, **{name: table.view() for name, table in extras.items()}, **stage.config)


_COMPOSED: dict[tuple[object, ...], object] = {}
_SCHEMA_ONLY: set[ops.Node] = set()


def _is_schema_only(table: Table) -> bool:
    """Whether a table holds no rows anywhere below: what does is never remembered."""
    op = table.op()
    if op in _SCHEMA_ONLY:
        return True
    if op.find((ops.InMemoryTable, ops.DatabaseTable)):
        return False
    _SCHEMA_ONLY.add(op)
    return True


def _trace_relational(task: Task, tables: Mapping[str, Table]) -> Trace:
    output = task.outputs[0].name
    value: object = tables[task.parameters[0]]
    after: dict[str, Mapping[str, Table]] = {}
    for stage in task.stages:
        value = _table(task, stage.name, _guarded(task, stage, value, tables))
        after[stage.name] = {output: value}
    if task.collects is None:
        value = _run_body(task, _table(task, "", value), tables)
    return Trace({output: _table(task, "", value)}, after)


def _run_body(task: Task, piped: Table, tables: Mapping[str, Table]) -> object:
    others = {name: tables[name].view() for name in task.parameters[1:]}
    try:
        result = task.function(piped, **others)
    except Exception as error:
        raise TraceFailure(_failure(task, "", error)) from error
    return piped if result is None else result


def _trace_projection(task: Task, tables: Mapping[str, Table]) -> Trace:
    stage = task.stages[0]
    value = _guarded(task, stage, tables[task.parameters[0]], tables)
    projections = value if isinstance(value, Mapping) else {task.parameters[0]: value}
    checked = {name: _table(task, stage.name, table) for name, table in projections.items()}
    return Trace(checked, {stage.name: checked})


def _guarded(task: Task, stage: Stage, piped: object, tables: Mapping[str, Table]) -> object:
    try:
        return call_stage(stage, piped, tables)
    except Exception as error:
        raise TraceFailure(_failure(task, stage.name, error)) from error


def _failure(task: Task, stage: str, error: Exception) -> Problem:
    text = " ".join(str(error).split())
    return Problem(task.name, stage, type(error).__name__, "trace", f"{type(error).__name__}: {text}")


def _table(task: Task, stage: str, value: object) -> Table:
    if not isinstance(value, Table):
        message = f"expected an Ibis Table, got {type(value).__name__}"
        raise TraceFailure(Problem(task.name, stage, type(value).__name__, "trace", message))
    return value
