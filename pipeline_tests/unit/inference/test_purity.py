"""The static purity guard: each thing that a stage may not do is refused by name, and what is pure passes."""

from __future__ import annotations

import datetime
import os
import pathlib
import random
import socket
import subprocess
import time
import uuid
from collections.abc import Callable
from datetime import datetime as moment
from os import path as os_path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.expr.types import Table

from pipeline_assets.inference.declared import declared_pure
from pipeline_assets.inference.errors import CompileError
from pipeline_assets.inference.purity import impurities
from pipeline_assets.pipes import graph_task
from pipeline_tests.unit.inference.project import compiled, contract

STATE: dict[str, int] = {}
LIMIT = 3
MODULES = {"os": os, "random": random}
"""A table that names modules takes nothing from them."""

Inputs = dict[str, pa.Table]


def opens_a_file(inputs: Inputs) -> Any:
    with open("notes") as file:  # noqa: PTH123
        return file.read()


def names_a_file(inputs: Inputs) -> Any:
    return pathlib.Path("notes").read_text()


def reads_parquet(inputs: Inputs) -> Any:
    return pq.read_table("notes")


def opens_a_socket(inputs: Inputs) -> Any:
    return socket.create_connection(("host", 80))


def starts_a_process(inputs: Inputs) -> Any:
    return subprocess.run(["true"], check=True)


def reads_the_environment(inputs: Inputs) -> Any:
    return os.environ["HOME"]


def reads_the_clock(inputs: Inputs) -> Any:
    return time.perf_counter()


def reads_the_date(inputs: Inputs) -> Any:
    return moment.now(datetime.UTC)


def is_random(inputs: Inputs) -> Any:
    return random.random()


def is_random_in_numpy(inputs: Inputs) -> Any:
    return np.random.default_rng()


def makes_an_id(inputs: Inputs) -> Any:
    return uuid.uuid4()


def imports_inside(inputs: Inputs) -> Any:
    import secrets

    return secrets.token_hex()


def runs_text(inputs: Inputs) -> Any:
    return eval("1 + 1")


def hashes_text(inputs: Inputs) -> Any:
    return hash("text")


def fills_global_state(inputs: Inputs) -> Any:
    STATE["calls"] = 1
    return inputs


def grows_global_state(inputs: Inputs) -> Any:
    STATE.update(calls=2)
    return inputs


def rebinds_global_state(inputs: Inputs) -> Any:
    global LIMIT
    LIMIT = 4
    return inputs


def changes_its_input(inputs: Inputs) -> Any:
    inputs["more"] = inputs["rows"]
    return inputs


def empties_its_input(inputs: Inputs) -> Any:
    return inputs.pop("rows")


def _helper() -> float:
    return _deeper()


def _deeper() -> float:
    return time.time()


def reaches_the_clock_through_helpers(inputs: Inputs) -> Any:
    return _helper()


REFUSED: dict[Callable[..., Any], tuple[str, str]] = {
    opens_a_file: ("open", "opens files"),
    names_a_file: ("pathlib.Path", "opens files"),
    reads_parquet: ("pyarrow.parquet.read_table", "opens files"),
    opens_a_socket: ("socket.create_connection", "talks to a network"),
    starts_a_process: ("subprocess.run", "runs something beside the stage"),
    reads_the_environment: ("os.environ", "depends on the machine"),
    reads_the_clock: ("time.perf_counter", "reads the clock"),
    reads_the_date: ("datetime.datetime.now", "reads the clock"),
    is_random: ("random.random", "is random"),
    is_random_in_numpy: ("numpy.random.default_rng", "is random"),
    makes_an_id: ("uuid.uuid4", "is random"),
    imports_inside: ("secrets.token_hex", "is random"),
    runs_text: ("eval", "runs text as code"),
    hashes_text: ("hash", "differs between processes"),
    fills_global_state: ("STATE", "global state"),
    grows_global_state: ("STATE", "global state"),
    rebinds_global_state: ("LIMIT", "global state"),
    changes_its_input: ("inputs", "its input"),
    empties_its_input: ("inputs", "its input"),
    reaches_the_clock_through_helpers: ("time.time", "reads the clock"),
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_what_a_stage_may_not_do_is_refused_by_name(function):
    name, why = REFUSED[function]
    (finding,) = impurities(function)
    assert finding[0] == name and why in finding[1]


def makes_a_new_value(inputs: Inputs) -> Any:
    rows = dict(inputs)
    rows["more"] = rows.pop("rows")
    return rows


def shadows_what_is_refused(inputs: Inputs, time: int = 1, random: int = 2) -> Any:
    hash = {"open": time}
    hash["random"] = random
    return hash


def takes_paths_apart(inputs: Inputs) -> Any:
    return os_path.sep, os.fsdecode(b"b"), pathlib.PurePosixPath("c").name


def names_modules(inputs: Inputs) -> Any:
    return sorted(MODULES)


@declared_pure("it is told which clock, and a test holds it to that")
def _vouched_for() -> float:
    return time.time()


def uses_what_is_vouched_for(inputs: Inputs) -> Any:
    return _vouched_for()


@pytest.mark.parametrize(
    "function",
    [makes_a_new_value, shadows_what_is_refused, takes_paths_apart, names_modules, uses_what_is_vouched_for],
    ids=lambda function: function.__name__,
)
def test_what_is_pure_passes(function):
    assert impurities(function) == []


def test_whoever_vouches_says_why():
    with pytest.raises(ValueError, match="say why"):
        declared_pure("")


def _project(source: Table) -> dict[str, Table]:
    """Names."""
    return {"source": source.select("file_id", "repository", "name")}


def _stamp(inputs: Inputs) -> pa.Table:
    """Write down when."""
    return inputs["source"].append_column("seen", pa.array([time.time()] * len(inputs["source"])))


@graph_task(contract("seen", "file_id:int64 repository:string name:string seen:float64"), stages=(_project, _stamp))
def seen(source: Table) -> Table:
    """When each file was seen."""


def test_the_compiler_refuses_by_task_stage_and_name():
    with pytest.raises(CompileError) as refusal:
        compiled(seen)
    (line,) = str(refusal.value).splitlines()[1:]
    assert line == "  [pure] seen.stamp: time.time reads the clock; take the time as a column of a source"


def test_log_mode_writes_it_down_and_goes_on():
    (row,) = compiled(seen, mode="log").manifest.violations
    assert (row["task_name"], row["stage"], row["name"], row["rule"]) == ("seen", "stamp", "time.time", "pure")
