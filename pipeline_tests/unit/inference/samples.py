"""Rows for the tables of `plans.py` that keep what their facts promise; parts of them; one cell changed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_tests.unit.inference.engine import Row, Rows
from pipeline_tests.unit.inference.plans import FACTS, TABLES

REPOSITORIES = ("r1", "r2")
FILES = {"r1": (1, 2), "r2": (3, 4)}
KINDS = ("x", "y", None)
SMALL = (None, *range(8))
ITEMS = ([], [1, 2], [3], None, [4, 4])


def sample(rng: random.Random, nodes: int = 5) -> Rows:
    """Two repositories of two files; node ids carry their file, values are shared by all files."""
    files = [(repository, file_id) for repository in REPOSITORIES for file_id in FILES[repository]]
    return {
        "n": [_node(rng, *file, i, nodes) for file in files for i in range(nodes)],
        "c": [
            (*file, _local(file[1], rng.randrange(nodes + 2)), rng.choice(KINDS), rng.choice(SMALL))
            for file in files
            for _ in range(3)
        ],
        "m": [(repository, module, rng.choice(SMALL)) for repository in REPOSITORIES for module in ("a", "b")],
        "b": [("x", 1), ("y", None)],
    }


def parts(rows: Rows, grain: str) -> Iterator[Rows]:
    """The rows of each file (repository) alone; datasets that are coarser than the grain stay whole."""
    column, keys = {
        "file": ("file_id", [f for files in FILES.values() for f in files]),
        "repository": ("repository", list(REPOSITORIES)),
    }[grain]
    for key in keys:
        yield {name: [row for row in table if _in_part(name, row, column, key)] for name, table in rows.items()}


def changed_cells(rng: random.Random, rows: Rows, dataset: str, column: str, times: int) -> Iterator[Rows]:
    """The rows with one random cell of a column changed, several times over."""
    place = TABLES[dataset].columns.index(column)
    for _ in range(times if rows[dataset] else 0):
        table = list(rows[dataset])
        at = rng.randrange(len(table))
        table[at] = _replaced(table[at], place, other_value(rng, dataset, column, table[at][place]))
        yield {**rows, dataset: table}


def emptied(rows: Rows, dataset: str, keep: Callable[[str], bool]) -> Rows:
    """The rows with every column of a dataset that is not kept set to null (or a constant where null is forbidden)."""
    schema = TABLES[dataset].schema()
    table = list(rows[dataset])
    for place, (column, type_) in enumerate(schema.items()):
        if not keep(column):
            blank = None if type_.nullable else ("" if type_.is_string() else 0)
            table = [_replaced(row, place, blank) for row in table]
    return {**rows, dataset: table}


def other_value(rng: random.Random, dataset: str, column: str, old: object) -> object:
    """A value of the column's type that differs from the old one."""
    type_ = TABLES[dataset].schema()[column]
    if type_.is_array():
        choices: list[object] = [*ITEMS, [9]]
    elif type_.is_string():
        choices = ["x", "y", "other", *REPOSITORIES]
    else:
        choices = [*range(10), *(f for files in FILES.values() for f in files), *(_local(f, 1) for f in range(1, 5))]
    if type_.nullable:
        choices.append(None)
    return rng.choice([value for value in choices if value != old])


def _node(rng: random.Random, repository: str, file_id: int, ordinal: int, nodes: int) -> Row:
    parent = rng.choice([None, _local(file_id, rng.randrange(nodes))])
    values = (rng.choice(KINDS), rng.choice(SMALL), rng.choice(ITEMS))
    return (repository, file_id, _local(file_id, ordinal), parent, *values)


def _local(file_id: int, ordinal: int) -> int:
    return file_id << FILE_SHIFT | ordinal


def _in_part(dataset: str, row: Row, column: str, key: object) -> bool:
    columns = TABLES[dataset].columns
    if column not in columns or (column == "file_id" and FACTS[dataset].grain != "file"):
        return True
    return bool(row[columns.index(column)] == key)


def _replaced(row: Row, place: int, value: object) -> Row:
    return (*row[:place], value, *row[place + 1 :])
