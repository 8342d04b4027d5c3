"""The guards of a stage: it reaches only what its task was inferred, and declared, to read, and it is pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches
from typing import Literal, get_args

import ibis.expr.operations as ops
from ibis.expr.types import Table

from pipeline_assets.inference.determinism import foreign_leaves, nondeterministic
from pipeline_assets.inference.errors import PolicyError, Problem
from pipeline_assets.inference.purity import impurities
from pipeline_assets.inference.task import Stage, Task
from pipeline_assets.inference.tracing import Trace

PolicyMode = Literal["reject", "log"]
MODES: tuple[PolicyMode, ...] = get_args(PolicyMode)
POLICY_VARIABLE = "CPG_POLICY"
EVIDENCE_RULE = "evidence-pure"
PURITY_RULE = "pure"


def policy_mode(environment: Mapping[str, str]) -> PolicyMode:
    """What the guards do with what they find: refuse the plan, or write it down and go on; raises `PolicyError`."""
    mode = environment.get(POLICY_VARIABLE) or "reject"
    if mode not in MODES:
        raise PolicyError(POLICY_VARIABLE, mode, MODES)
    return mode


def check_signature(task: Task, evidence: Set[str]) -> Iterator[Problem]:
    """Before tracing: every name the task and its stages mention must be evidence, and declared by the task."""
    for name in task.parameters:
        if name not in evidence:
            yield Problem(task.name, "", name, "unknown-dataset", _unknown(name, evidence))
    for stage in task.stages:
        for name in stage.datasets:
            if name in task.parameters:
                continue
            if name not in evidence:
                yield Problem(task.name, stage.name, name, EVIDENCE_RULE, _unknown(name, evidence))
            else:
                message = f"reads {name}, which {task.name} does not declare; add it to the task's parameters"
                yield Problem(task.name, stage.name, name, EVIDENCE_RULE, message)


def check_stages(task: Task, trace: Trace) -> Iterator[Problem]:
    """After tracing: what each stage's expression really reaches, against what it was handed."""
    handed: set[str] = {task.parameters[0]}
    for stage in task.stages:
        if stage.name not in trace.after:
            continue
        handed |= set(stage.datasets)
        for problem in _reached(task, stage, trace.after[stage.name], handed):
            handed.add(problem.name)  # named once, where it came in
            yield problem
    yield from _reached(task, None, trace.expressions, handed | set(task.parameters))


def check_reads(task: Task, reads: Set[str]) -> Iterator[Problem]:
    """Declared parameters and inferred reads must be the same set."""
    for name in task.parameters:
        if name not in reads:
            message = f"declares {name} but its plan never reads it; drop the parameter"
            yield Problem(task.name, "", name, "unread-parameter", message)
    for name in sorted(reads - set(task.parameters)):
        message = f"its plan reads {name}, which is not a parameter; declare it"
        yield Problem(task.name, "", name, "undeclared-read", message)


def check_purity(task: Task) -> Iterator[Problem]:
    """No file, socket, process, clock, randomness or global state, and inputs stay as they are.

    The one exception is the stage that reads a repository as a whole: it is where evidence comes from.
    """
    for stage in task.stages:
        for name, why in () if stage.is_reader else impurities(stage.function):
            yield Problem(task.name, stage.name, name, PURITY_RULE, f"{name} {why}")


def check_determinism(task: Task, trace: Trace) -> Iterator[Problem]:
    """No clock, no randomness, no unordered picks, no in-memory tables, no undeclared functions."""
    for expression in trace.expressions.values():
        for operation, why in nondeterministic(expression):
            yield Problem(task.name, _introduced_by(trace, operation), operation, "non-deterministic", why)
        for leaf, why in foreign_leaves(expression):
            yield Problem(task.name, "", leaf, "foreign-input", why)


def _reached(task: Task, stage: Stage | None, expressions: Mapping[str, Table], handed: Set[str]) -> Iterator[Problem]:
    reached = {leaf.name for table in expressions.values() for leaf in table.op().find(ops.UnboundTable)}
    for name in sorted(reached - handed):
        where = stage.name if stage else ""
        message = f"reaches {name}, which it was not handed; take it as a parameter of the stage and of the task"
        yield Problem(task.name, where, name, EVIDENCE_RULE, message)


def _introduced_by(trace: Trace, operation: str) -> str:
    """The first stage whose expression holds the operation; empty for the body."""
    for stage, expressions in trace.after.items():
        if any(operation == found for table in expressions.values() for found, _ in nondeterministic(table)):
            return stage
    return ""


def _unknown(name: str, evidence: Set[str]) -> str:
    close = get_close_matches(name, sorted(evidence), n=2)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"nobody produces {name}{hint}"
