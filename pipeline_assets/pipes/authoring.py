"""The authoring decorators: Hamilton's `pipe_input` + `step` + `source` + tags, spelled once.

A decorated module is an ordinary Hamilton module: each stage is a node `<task>.<stage>`, each dataset a node of its
own name. Tags cannot be put on step functions (Hamilton drops them) nor on the last node of a `pipe_output` (it loses
them), so every kind of task is a `pipe_input`, and the tags come from `tag_outputs` above it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import ibis
import pyarrow as pa
from hamilton.function_modifiers import extract_fields, pipe_input, source, step, tag_outputs, value
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Contract
from pipeline_assets.inference.task import READER_MARK, Kind, Scalar, Stage, Task, TaskError, read_stages
from pipeline_assets.inference.tracing import call_stage
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.pipes.stacking import stack

F = TypeVar("F", bound=Callable[..., Any])
StageFunction = Callable[..., Any]


def task(contract: Contract, *, stages: tuple[StageFunction, ...] = (), **config: Scalar) -> Callable[[F], F]:
    """A relational task: Ibis in, one Ibis expression out; its body, if any, runs after the stages."""
    return _decorator("relational", (contract,), stages, config)


def extractor(
    *contracts: Contract, stages: tuple[StageFunction, ...], producers: tuple[str, ...] = (), **config: Scalar
) -> Callable[[F], F]:
    """An extract task: the first stage projects the files to read, the others turn their bytes into Arrow tables.

    `producers` names the distributions (beside the interpreter) whose versions decide what comes out.
    """
    return _decorator("extract", contracts, stages, config, producers=producers)


def reader(function: F) -> F:
    """Mark the second stage of an extractor that reads a repository as a whole, such as by running a tool on it.

    It is given a `Reading` instead of a chunk of files, and it is the one stage that need not be pure.
    """
    setattr(function, READER_MARK, True)
    return function


def graph_task(
    *contracts: Contract,
    stages: tuple[StageFunction, ...],
    by: str | None = None,
    batch: int | None = None,
    **config: Scalar,
) -> Callable[[F], F]:
    """A graph task: the first stage projects its inputs, the others compute on Arrow tables.

    With `by`, the stages see the rows of one value of that column at a time, so they cannot mix values. With `batch`
    they see the rows of several whole values, ascending, until an input has that many rows: an array operation costs
    as much for one file as for a hundred. What they make must not depend on how values are put together; a test holds
    every such task against itself, value by value and all at once. Made of several datasets, the last stage returns
    them by name.
    """
    return _decorator("graph", contracts, stages, config, by=by, batch=batch)


def union(contract: Contract) -> Callable[..., Table]:
    """The task that concatenates every dataset whose contract is `part_of` this one; members are discovered."""

    def collect() -> Table:  # the docstring is set below: it names the dataset
        raise TypeError(f"{contract.name} is a union: load it through the project, which knows its members")

    collect.__name__ = contract.name
    collect.__doc__ = f"Concatenate every dataset that is part of {contract.name}."
    stage = Stage("concatenate", concatenate)
    collect.task = Task(contract.name, "relational", (contract,), (), (stage,), collect, collects=contract.name)  # type: ignore[attr-defined]
    return collect


def concatenate(first: Table, **others: Table) -> Table:
    """Put the members' rows one after the other."""
    members = [first, *(others[name] for name in sorted(others))]
    return members[0] if len(members) == 1 else stack(*members)


def authored_task(function: Any) -> Task | None:
    """The task a decorated function stands for, if it is one."""
    found = getattr(function, "task", None)
    return found if isinstance(found, Task) else None


def as_hamilton(spec: Task) -> Callable[..., Any]:
    """The Hamilton function of a task: its stages as a `pipe_input`, its outputs as tagged nodes."""
    build = _relational_function if spec.kind == "relational" else _pipeline_function
    function = build(spec)
    if spec.stages:
        function = pipe_input(*_steps(spec), on_input=spec.parameters[0], namespace=spec.name)(function)
    return tag_outputs(**_authored_tags(spec))(function)  # type: ignore[no-any-return]


def _authored_tags(spec: Task) -> dict[str, dict[str, str]]:
    """Node → the tags that are known before anything is inferred."""
    of_task = {"layer": spec.layer, "task_name": spec.name}
    first = spec.outputs[0].name
    tags = {
        f"{spec.name}.{stage.name}": of_task
        | {"kind": "stage", "artifact": f"{spec.name}__{stage.name}", "task_output": first, "ordinal": str(ordinal)}
        for ordinal, stage in enumerate(spec.stages)
    }
    if len(spec.outputs) > 1:
        tags[spec.name] = of_task | {"kind": "tables", "artifact": spec.name, "task_output": first}
    for contract in spec.outputs:
        tags[contract.name] = of_task | {"kind": "table", "artifact": contract.name, "task_output": contract.name}
    return tags


def _decorator(
    kind: Kind,
    contracts: tuple[Contract, ...],
    stages: tuple[StageFunction, ...],
    config: Mapping[str, Scalar],
    by: str | None = None,
    batch: int | None = None,
    producers: tuple[str, ...] = (),
) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        read = _read_task(kind, contracts, stages, config, function)
        spec = replace(read, by=by, batch=batch, producers=producers)
        decorated = as_hamilton(spec)
        decorated.task = spec  # type: ignore[attr-defined]
        return decorated  # type: ignore[return-value]

    return decorate


def _read_task(
    kind: Kind,
    contracts: tuple[Contract, ...],
    stages: tuple[StageFunction, ...],
    config: Mapping[str, Scalar],
    function: Callable[..., Any],
) -> Task:
    name = function.__name__
    if not inspect.getdoc(function):
        raise TaskError(name, "", "a task has a one-sentence docstring")
    parameters = tuple(inspect.signature(function).parameters)
    if not parameters:
        raise TaskError(name, "", "a task takes at least one dataset as a parameter")
    outputs = [contract.name for contract in contracts]
    if len(contracts) == 1 and outputs != [name]:
        raise TaskError(name, "", f"it makes the dataset {outputs[0]}; give the function that name")
    if len(contracts) > 1 and name in outputs:
        raise TaskError(name, "", "a task with several outputs needs a name that none of them has")
    if kind != "relational" and not stages:
        raise TaskError(name, "", f"a {kind} task starts with a stage that projects its inputs")
    return Task(name, kind, contracts, parameters, read_stages(name, kind, stages, config), function)


def _steps(spec: Task) -> list[Any]:
    """Hamilton steps; an identity first where the first stage takes the piped dataset again as an extra."""
    return [
        step(
            _relational_step(stage) if spec.kind == "relational" else _pipeline_step(spec, position, stage),
            **{name: source(name) for name in stage.datasets},
            **{name: value(bound) for name, bound in stage.config.items()},
        ).named(stage.name)
        for position, stage in enumerate(spec.stages)
    ]


def _relational_step(stage: Stage) -> Callable[..., Any]:
    """The stage as tracing applies it: extra datasets come as views."""

    @functools.wraps(stage.function)
    def run(piped: Table, **kwargs: Any) -> Any:
        return call_stage(stage, piped, kwargs)

    return _signed(run, {"piped": Table} | _stage_types(stage), Table)


def _pipeline_step(spec: Task, position: int, stage: Stage) -> Callable[..., Any]:
    """The projecting stage starts a `Pipeline`; every later one is appended to it."""
    if position == 0:

        @functools.wraps(stage.function)
        def project(piped: Table, **kwargs: Any) -> Pipeline:
            projected = call_stage(stage, piped, kwargs)
            return Pipeline(projected if isinstance(projected, Mapping) else {spec.parameters[0]: projected})

        return _signed(project, {"piped": Table} | _stage_types(stage), Pipeline)

    @functools.wraps(stage.function)
    def append(piped: Pipeline, **kwargs: Any) -> Pipeline:
        return piped.then(functools.partial(stage.function, **kwargs) if kwargs else stage.function)

    return _signed(append, {"piped": Pipeline} | _stage_types(stage), Pipeline)


def _stage_types(stage: Stage) -> dict[str, Any]:
    return dict.fromkeys(stage.datasets, Table) | {name: type(bound) for name, bound in stage.config.items()}


def _relational_function(spec: Task) -> Callable[..., Any]:
    """The function after the pipe: the authored body, or the piped table where the body is only a docstring."""

    @functools.wraps(spec.function)
    def run(**tables: Table) -> Any:
        piped = tables.pop(spec.parameters[0])
        if spec.collects is not None:
            return piped
        result = spec.function(piped, **{name: table.view() for name, table in tables.items()})
        return piped if result is None else result

    return _signed(run, dict.fromkeys(spec.parameters, Table), Table)


def _pipeline_function(spec: Task) -> Callable[..., Any]:
    """The function after the pipe of an extract or graph task: one table per output dataset."""

    @functools.wraps(spec.function)
    def run(**inputs: Any) -> Any:
        tables = _outputs(spec, inputs[spec.parameters[0]])
        return tables if len(spec.outputs) > 1 else tables[spec.outputs[0].name]

    types = dict.fromkeys(spec.parameters, Table) | {spec.parameters[0]: Pipeline}
    if len(spec.outputs) == 1:
        return _signed(run, types, Table)
    return extract_fields({c.name: Table for c in spec.outputs})(_signed(run, types, dict))  # type: ignore[no-any-return]


def _outputs(spec: Task, pipeline: Pipeline) -> dict[str, Table]:
    """The task's datasets as tables: schema-only while the inputs are, computed here when they hold rows."""
    if not pipeline.is_bound:
        return {contract.name: contract.unbound() for contract in spec.outputs}
    if spec.kind == "extract":
        raise TaskError(spec.name, "", "files are read by the runner; pass its datasets as overrides in a plain driver")
    result: pa.Table | dict[str, pa.Table] = pipeline.apply(pipeline.collect())
    made = result if isinstance(result, dict) else {spec.outputs[0].name: result}
    return {name: ibis.memtable(table) for name, table in made.items()}


def _signed(function: Callable[..., Any], parameters: Mapping[str, Any], returns: Any) -> Callable[..., Any]:
    """Give a generic wrapper the signature Hamilton reads: names and types of parameters, and the return type."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = [inspect.Parameter(name, kind, annotation=hint) for name, hint in parameters.items()]
    function.__signature__ = inspect.Signature(signature, return_annotation=returns)  # type: ignore[attr-defined]
    function.__annotations__ = {**parameters, "return": returns}
    del function.__wrapped__  # type: ignore[attr-defined]
    return function
