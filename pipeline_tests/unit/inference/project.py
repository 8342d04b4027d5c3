"""A tiny authored project for tests of the compiler and the driver: contracts by a line, tasks by a call."""

from __future__ import annotations

from collections.abc import Callable

from ibis.expr.types import Table

from pipeline_assets.inference.compiler import Compiled, Invariant, compile_manifest
from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.inference.policy import PolicyMode
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.authoring import authored_task


def contract(name: str, columns: str, layer: str = "normalize", **more: object) -> Contract:
    """`contract("a", "file_id:int64 name:string")`: the first column is the key."""
    made = tuple(Column(n, t, f"The {n}.") for n, t in (item.split(":") for item in columns.split()))
    return Contract(name, layer, f"The {name}.", made, (made[0].name,), **more)  # type: ignore[arg-type]


SOURCE = contract("source", "file_id:int64 repository:string name:string size:int64", "extract", local=("file_id",))


def compiled(
    *functions: Callable[..., Table], checks: tuple[Invariant, ...] = (), mode: PolicyMode = "reject"
) -> Compiled:
    tasks = [authored_task(function) for function in functions]
    assert all(tasks)
    return compile_manifest([task for task in tasks if isinstance(task, Task)], (SOURCE,), checks, mode)
