"""From what was inferred of a task to its immutable plan: reads, lineage, fingerprints, stages."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ibis.expr.types import Table

from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.errors import Problem
from pipeline_assets.inference.fingerprint import expression_fingerprint, source_fingerprint
from pipeline_assets.inference.grain import Grain, GrainVerdict
from pipeline_assets.inference.lineage import Lineage, lineage
from pipeline_assets.inference.manifest import ColumnPlan, ColumnRef, DatasetPlan, Read, StagePlan, TaskPlan
from pipeline_assets.inference.passing import handed_on
from pipeline_assets.inference.task import Task
from pipeline_assets.inference.tracing import Trace


@dataclass
class Inferred:
    """What is known of one task before the graph is."""

    task: Task
    trace: Trace
    lineages: Mapping[str, Lineage]
    reads: Mapping[str, Read]
    fingerprint: str
    tables: Mapping[str, Table]
    """The schema-only tables that it was traced with."""


def task_plan(found: Inferred, generation: int, verdict: GrainVerdict) -> TaskPlan:
    """The plan of a task, once its place in the graph and its grain are known."""
    task = found.task
    return TaskPlan(
        name=task.name,
        layer=task.layer,
        kind=task.kind,
        description=task.description,
        outputs=tuple(contract.name for contract in task.outputs),
        declared_inputs=task.parameters,
        inputs=tuple(found.reads[name] for name in sorted(found.reads)),
        generation=generation,
        grain=verdict.grain,
        grain_reason=verdict.reason,
        fingerprint=found.fingerprint,
        row_set_fingerprints=_row_sets(found),
        column_fingerprints=_column_fingerprints(found),
        column_lineage=_column_lineage(found),
        stages=tuple(_stage_plan(found, i) for i in range(len(task.stages))),
        by=task.by,
        is_union=task.collects is not None,
    )


def task_fingerprint(task: Task, found: Trace) -> str:
    """Expression structure + the source of stages, body and their helpers + the contracts' schemas."""
    functions = [stage.function for stage in task.stages]
    if task.collects is None:
        functions.append(task.function)
    return digest(
        task.kind,
        str(task.by),
        *(f"{c.name}:{c.schema!r}:{c.key}" for c in task.outputs),
        *(f"{name}={expression_fingerprint(table).whole}" for name, table in sorted(found.expressions.items())),
        *(json.dumps([stage.name, dict(stage.config)], sort_keys=True) for stage in task.stages),
        source_fingerprint(*functions),
    )


def merge_reads(lineages: Iterable[Lineage]) -> dict[str, Read]:
    """Dataset → what is read of it, over all expressions of a task."""
    direct: dict[str, set[str]] = {}
    indirect: dict[str, set[str]] = {}
    for found in lineages:
        for dataset, columns in found.direct_reads.items():
            direct.setdefault(dataset, set()).update(columns)
        for dataset, columns in found.indirect_reads.items():
            indirect.setdefault(dataset, set()).update(columns)
    return {
        name: Read(name, tuple(sorted(direct.get(name, ()))), tuple(sorted(indirect.get(name, ()))))
        for name in sorted({*direct, *indirect})
    }


def _row_sets(found: Inferred) -> dict[str, str]:
    if found.task.kind != "relational":
        return {contract.name: found.fingerprint for contract in found.task.outputs}
    return {name: expression_fingerprint(table).row_set for name, table in found.trace.expressions.items()}


def _column_fingerprints(found: Inferred) -> dict[str, str]:
    if found.task.kind != "relational":
        return {f"{c.name}.{column}": found.fingerprint for c in found.task.outputs for column in c.names}
    return {
        f"{name}.{column}": fingerprint
        for name, table in found.trace.expressions.items()
        for column, fingerprint in expression_fingerprint(table).columns.items()
    }


def _column_lineage(found: Inferred) -> dict[str, tuple[ColumnRef, ...]]:
    """Relational: exact. Extract and graph: Python computes, so each output may come from every projected column."""
    if found.task.kind == "relational":
        return {
            f"{name}.{column}": tuple(sorted(sources))
            for name, flow in found.lineages.items()
            for column, sources in flow.direct.items()
        }
    everything = tuple(sorted((read.dataset, column) for read in found.reads.values() for column in read.columns))
    return {f"{c.name}.{column}": everything for c in found.task.outputs for column in c.names}


def _stage_plan(found: Inferred, ordinal: int) -> StagePlan:
    task, stage = found.task, found.task.stages[ordinal]
    before = task.stages[ordinal - 1].name if ordinal else task.parameters[0]
    expressions = found.trace.after.get(stage.name, {})
    own = source_fingerprint(stage.function)
    shapes = [expression_fingerprint(table).whole for _, table in sorted(expressions.items())]
    return StagePlan(
        name=stage.name,
        ordinal=ordinal,
        layer=task.layer,
        artifact=f"{task.name}__{stage.name}",
        kind="stage",
        task_name=task.name,
        task_output=task.outputs[0].name,
        inputs=(f"{task.name}.{before}" if ordinal else before, *stage.datasets),
        plan_fingerprint=found.fingerprint,
        stage_fingerprint=digest(stage.name, own, json.dumps(dict(stage.config), sort_keys=True), *shapes),
        description=stage.description,
        source=_source_location(stage.function),
        **_column_changes(found, ordinal),
        evidence=_evidence(found, ordinal),
    )


def _column_changes(found: Inferred, ordinal: int) -> dict[str, tuple[str, ...]]:
    """What a relational stage does to columns; nothing is said of stages that compute in Python."""
    task, output = found.task, found.task.outputs[0].name
    if task.kind != "relational":
        return {"columns": ()}
    before, after = _expression_before(found, ordinal), found.trace.after[task.stages[ordinal].name][output]
    old, same = set(before.columns), handed_on(before, after)
    return {
        "columns": tuple(after.columns),
        "introduced": tuple(name for name in after.columns if name not in old),
        "changed": tuple(name for name in after.columns if name in old and same.get(name) != name),
        "dropped": tuple(name for name in before.columns if name not in after.columns),
    }


def _expression_before(found: Inferred, ordinal: int) -> Table:
    task = found.task
    if ordinal:
        return found.trace.after[task.stages[ordinal - 1].name][task.outputs[0].name]
    return found.tables[task.parameters[0]]


def _evidence(found: Inferred, ordinal: int) -> tuple[str, ...]:
    """What the task reads, where it comes in: a column counts at the first stage whose expression holds it."""
    after = [found.trace.after.get(stage.name, {}) for stage in found.task.stages[: ordinal + 1]]
    wanted = {f"{read.dataset}.{column}" for read in found.reads.values() for column in read.all_columns}
    return tuple(sorted((_reads_of(after[-1]) - _reads_of(after[-2] if ordinal else {})) & wanted))


def _reads_of(expressions: Mapping[str, Table]) -> set[str]:
    reads = merge_reads(lineage(table) for table in expressions.values())
    return {f"{read.dataset}.{column}" for read in reads.values() for column in read.all_columns}


def _source_location(function: Callable[..., Any]) -> str:
    """`package/module.py:line`, without the machine's folders."""
    code = inspect.unwrap(function).__code__
    module = function.__module__.split(".")
    return f"{'/'.join(module[:-1])}/{Path(code.co_filename).name}:{code.co_firstlineno}"


def dataset_plan(contract: Contract, producer: Task | None, grain: Grain) -> DatasetPlan:
    """The plan of a dataset; `producer` is None for a declared source."""
    columns = tuple(
        ColumnPlan(c.name, str(contract.schema[c.name].copy(nullable=True)), c.nullable, c.description)
        for c in contract.columns
    )
    return DatasetPlan(
        contract.name,
        contract.layer,
        grain,
        producer.name if producer else None,
        contract.key,
        columns,
        contract.description,
        contract.query,
        contract.part_of,
    )


def violation_row(problem: Problem) -> dict[str, str]:
    """A logged problem of the evidence-pure guard as a row."""
    return {
        "task_name": problem.task,
        "stage": problem.stage,
        "name": problem.name,
        "rule": problem.rule,
        "message": problem.message,
    }


def digest(*parts: str) -> str:
    """32 hex digits over texts, each kept apart from the next."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
