"""Tasks and stages as plain data: what was authored, before anything is inferred from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args, get_type_hints

from ibis.expr.types import Table

from pipeline_assets.inference.contract import Contract, Layer
from pipeline_assets.inference.errors import InferenceError

Kind = Literal["extract", "relational", "graph"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Scalar = int | float | str | bool
SCALARS = (int, float, str, bool)
READER_MARK = "is_reader"
"""Attribute of a stage function that reads a whole repository."""


class TaskError(InferenceError):
    """A task or stage is written in a way that cannot become a pipe; says which and how to mend it."""

    def __init__(self, task: str, stage: str, message: str) -> None:
        super().__init__(task, stage, message)
        self.task, self.stage, self.message = task, stage, message

    def __str__(self) -> str:
        return f"task {self.task}{f', stage {self.stage}' if self.stage else ''}: {self.message}"


@dataclass(frozen=True)
class Stage:
    """One pure pipe step: `function(piped, **datasets, **config)`."""

    name: str
    function: Callable[..., Any]
    datasets: tuple[str, ...] = ()
    """Datasets the stage takes beside the piped value."""
    config: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """The first paragraph of the stage's docstring, on one line."""
        return first_paragraph(self.function)

    @property
    def is_reader(self) -> bool:
        """Whether it reads a whole repository: the one kind of stage that is not pure."""
        return bool(getattr(self.function, READER_MARK, False))


@dataclass(frozen=True)
class Task:
    """One authored task. `parameters` are dataset names; the first is the piped one."""

    name: str
    kind: Kind
    outputs: tuple[Contract, ...]
    parameters: tuple[str, ...]
    stages: tuple[Stage, ...]
    function: Callable[..., Any]
    """The authored function; its body runs after the stages of a relational task."""
    by: str | None = None
    """Graph tasks only: the runner hands over the rows of one value of this column at a time."""
    batch: int | None = None
    """Graph tasks only: several values of `by` are handed over together until an input has this many rows."""
    collects: str | None = None
    """Union tasks only: the dataset whose members (`part_of`) are concatenated."""
    producers: tuple[str, ...] = ()
    """Distributions whose versions decide what the task makes: part of the environment of its outputs."""

    @property
    def layer(self) -> Layer:
        """The layer of the task: that of its outputs."""
        return self.outputs[0].layer

    @property
    def reads_whole(self) -> bool:
        """Whether it is an extractor that reads a repository as a whole and not file by file."""
        return any(stage.is_reader for stage in self.stages)

    @property
    def description(self) -> str:
        """The first paragraph of the task's docstring, on one line."""
        return first_paragraph(self.function)

    def output(self, dataset: str) -> Contract:
        """The contract of one output."""
        return next(contract for contract in self.outputs if contract.name == dataset)


def read_stages(
    task: str, kind: Kind, functions: Sequence[Callable[..., Any]], config: Mapping[str, Scalar]
) -> tuple[Stage, ...]:
    """Turn stage functions into `Stage`s, binding `config` to their scalar parameters.

    Raises `TaskError` for a signature that is neither `piped, datasets…, scalars…`, for two stages of one name,
    and for configuration that no stage takes.
    """
    stages = tuple(_read_stage(task, kind, i, function, config) for i, function in enumerate(functions))
    names = [stage.name for stage in stages]
    for name in names:
        if names.count(name) > 1:
            raise TaskError(task, name, "two stages have this name; rename one")
    for position, stage in enumerate(stages):
        if stage.is_reader and (kind, position) != ("extract", 1):
            raise TaskError(task, stage.name, "only the second stage of an extractor reads a repository")
    unused = sorted(set(config) - {name for stage in stages for name in stage.config})
    if unused:
        raise TaskError(task, "", f"no stage takes the configuration {', '.join(unused)}")
    return stages


def resolve_unions(tasks: Sequence[Task]) -> tuple[Task, ...]:
    """Give every union task its members as parameters: the datasets whose contract is `part_of` it, sorted."""
    members: dict[str, list[str]] = {}
    for task in tasks:
        for contract in task.outputs:
            if contract.part_of:
                members.setdefault(contract.part_of, []).append(contract.name)
    return tuple(
        _with_members(task, tuple(sorted(members.get(task.collects, ())))) if task.collects else task for task in tasks
    )


def first_paragraph(function: Callable[..., Any]) -> str:
    """The first paragraph of a docstring, folded onto one line; empty when there is none."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def _with_members(task: Task, members: tuple[str, ...]) -> Task:
    if not members:
        raise TaskError(task.name, "", f"no dataset is part_of={task.collects!r}, so there is nothing to concatenate")
    stage = replace(task.stages[0], datasets=members[1:])
    return replace(task, parameters=members, stages=(stage,))


def _read_stage(
    task: str, kind: Kind, position: int, function: Callable[..., Any], config: Mapping[str, Scalar]
) -> Stage:
    name = function.__name__.lstrip("_")
    if not name.isidentifier() or not first_paragraph(function):
        raise TaskError(task, name, "a stage is a named function with a one-sentence docstring")
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise TaskError(task, name, "a stage takes the piped value as its first parameter")
    hints = get_type_hints(function)
    if (kind == "relational" or position == 0) and hints.get(parameters[0].name) is not Table:
        raise TaskError(task, name, f"{parameters[0].name} must be annotated as an Ibis Table")
    if kind == "relational" and hints.get("return") is not Table:
        raise TaskError(task, name, "a relational stage returns an Ibis Table")
    datasets: list[str] = []
    bound: dict[str, Scalar] = {}
    for parameter in parameters[1:]:
        hint = hints.get(parameter.name)
        if hint is Table:
            datasets.append(parameter.name)
        elif hint in SCALARS:
            bound[parameter.name] = _bound_value(task, name, parameter, hint, config)
        else:
            raise TaskError(task, name, f"{parameter.name} is neither an Ibis Table nor one of int, float, str, bool")
    if datasets and kind != "relational" and position > 0:
        raise TaskError(task, name, f"only the first stage of a {kind} task reads datasets; project them there")
    return Stage(name, function, tuple(datasets), bound)


def _bound_value(
    task: str, stage: str, parameter: inspect.Parameter, hint: type, config: Mapping[str, Scalar]
) -> Scalar:
    """The value a scalar parameter is bound to: never left open, or Hamilton would make it a global input."""
    if parameter.name not in config and parameter.default is inspect.Parameter.empty:
        raise TaskError(task, stage, f"the configuration {parameter.name} has no value")
    value: Scalar = config.get(parameter.name, parameter.default)
    if type(value) is not hint:
        raise TaskError(task, stage, f"{parameter.name} must be {hint.__name__}, not {type(value).__name__}")
    return value
