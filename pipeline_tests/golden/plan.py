"""Run the product's plans over many small repositories at once, in one DuckDB connection and one process.

Every plan keeps repositories apart by itself, so all cases are computed together: a leak between two shows at once.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.execution import groups_of
from pipeline_assets.extract.chunk import Reading, read_chunk
from pipeline_assets.inference.compiler import Compiled
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.inference.task import Stage, Task
from pipeline_assets.project import Project, load_project
from pipeline_assets.sources.given import GIVEN, Given
from pipeline_assets.sources.reading import WorkingFolder
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, quote, stored_columns
from pipeline_assets.store.selection import Selection
from pipeline_assets.store.warehouse import Repository
from pipeline_tests.sandbox import box, keeps_input

CHECKOUT = Path(__file__).parents[2]
_COMPILED = shutil.ignore_patterns("__pycache__")

LAYERS = ("-pyrefly", "-ruff")
"""A program run for each of hundreds of tiny cases takes minutes; they have tests of their own."""

CHOICE = Selection(layers=LAYERS)
"""What is read of a case that nothing else is said of."""


def run_plans(
    roots: Mapping[str, Path], choices: Mapping[str, Selection] | None = None, project: Project | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection that holds every dataset of the repositories found at `roots` (name → folder) as a table.

    `choices` says of single repositories what is read of them; the tasks are the product's, or another project's.
    """
    project = project or load_project()
    connection = duckdb.connect()
    with tempfile.TemporaryDirectory() as folder:
        _run_all(connection, project, _apart(roots, Path(folder)), choices or {})
    return connection


def _run_all(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    roots: Mapping[str, Path],
    choices: Mapping[str, Selection],
) -> None:
    for macro in MACROS.values():
        connection.execute(macro)
    for source in GIVEN:
        rows = [_given(source, name, root, choices.get(name, CHOICE)) for name, root in roots.items()]
        _create(connection, source.contract.name, pa.concat_tables(rows))
    for plan in project.manifest.in_order():
        if plan.grain != "platform":
            _run(connection, project.compiled, plan, roots)


def _apart(roots: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """Copies of the cases that lie in this checkout: its index and history are none of theirs, and long to read."""
    found = dict(roots)
    for number, (name, root) in enumerate(roots.items()):
        if root.is_relative_to(CHECKOUT):
            found[name] = Path(shutil.copytree(root, folder / str(number) / root.name, ignore=_COMPILED))
    return found


def violations(connection: duckdb.DuckDBPyConnection, invariant: str, project: Project | None = None) -> list[tuple]:
    """The rows of one invariant's expression on what the connection holds."""
    return connection.execute(_sql((project or load_project()).compiled.checks[invariant])).fetchall()


def _given(source: Given, name: str, root: Path, selection: Selection = CHOICE) -> pa.Table:
    return source.rows(Repository(name, str(root), "", selection), walk(root, name, selection))


def _run(connection: duckdb.DuckDBPyConnection, compiled: Compiled, plan: TaskPlan, roots: Mapping[str, Path]) -> None:
    task, expressions = compiled.tasks[plan.name], compiled.traces[plan.name].expressions
    if plan.kind == "relational":
        connection.execute(f"CREATE TABLE {quote(plan.outputs[0])} AS {_sql(expressions[plan.outputs[0]])}")
        return
    rows = {name: connection.execute(_sql(table)).to_arrow_table() for name, table in expressions.items()}
    files = _files(connection) if task.by else {}
    made = [_run_one(task, _of(rows, name, files.get(name)), root) for name, root in roots.items()]
    for contract in task.outputs:
        schema = arrow_schema(stored_columns(contract))
        _create(connection, contract.name, pa.concat_tables([tables[contract.name].cast(schema) for tables in made]))


def _run_one(task: Task, rows: Mapping[str, pa.Table], root: Path) -> dict[str, pa.Table]:
    """The stages of an extract or graph task on the rows of one repository."""
    if task.kind == "extract":
        return _extract(task, rows, WorkingFolder(root))
    groups = groups_of(rows, task.by, task.batch or 0) if task.by else [rows]
    made = [_by_name(task, _staged(task, group)) for group in groups]
    schemas = {output.name: arrow_schema(stored_columns(output)) for output in task.outputs}
    return {
        name: pa.concat_tables([schema.empty_table(), *(one[name].cast(schema) for one in made)])
        for name, schema in schemas.items()
    }


def _by_name(task: Task, made: Any) -> dict[str, pa.Table]:
    return {task.outputs[0].name: made} if isinstance(made, pa.Table) else made


def _extract(task: Task, rows: Mapping[str, pa.Table], source: WorkingFolder) -> dict[str, pa.Table]:
    files = rows[task.parameters[0]].to_pylist()
    if not files:
        return {contract.name: arrow_schema(stored_columns(contract)).empty_table() for contract in task.outputs}
    if not task.reads_whole:
        return _staged(task, read_chunk(source, files))
    with tempfile.TemporaryDirectory() as scratch:
        return _staged(task, Reading(rows, source, Path(scratch)))


def _staged(task: Task, value: Any) -> Any:
    for stage in task.stages[1:]:
        made = stage.function(value, **stage.config) if SEEN is None else _observed(SEEN, task, stage, value)
        value = made
    return value


@dataclass
class Seen:
    """What stages in Python were seen to do, by their artifacts."""

    run: set[str] = field(default_factory=set)
    changing: set[str] = field(default_factory=set)
    """Made something else of what they were given."""
    impure: dict[str, list[str]] = field(default_factory=dict)
    """What they reached for, or `changes its input`."""
    is_boxed: bool = True


SEEN: Seen | None = None
"""Where stages are watched, if they are."""


@contextmanager
def watching(*, is_boxed: bool = True) -> Iterator[Seen]:
    """Every stage in Python that runs inside is compared with its input, and boxed, which takes some time."""
    global SEEN
    SEEN = Seen(is_boxed=is_boxed)
    try:
        yield SEEN
    finally:
        SEEN = None


def _observed(seen: Seen, task: Task, stage: Stage, value: Any) -> Any:
    artifact = f"{task.name}__{stage.name}"
    if stage.is_reader:
        made = stage.function(value, **stage.config)
    else:
        made = _boxed(seen, artifact, stage, value) if seen.is_boxed else stage.function(value, **stage.config)
        seen.run.add(artifact)
    if artifact not in seen.changing and not _is_same(value, made):
        seen.changing.add(artifact)
    return made


def _boxed(seen: Seen, artifact: str, stage: Stage, value: Any) -> Any:
    with box() as reached:
        made, is_kept = keeps_input(stage.function, value, **stage.config)
    found = [*reached, *([] if is_kept else ["changes its input"])]
    if found:
        seen.impure.setdefault(artifact, found)
    return made


def _is_same(before: Any, after: Any) -> bool:
    """Whether a stage handed on what it was given."""
    if type(before) is not type(after):
        return False
    if isinstance(before, pa.Table):
        return bool(before.equals(after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(_is_same(before[name], after[name]) for name in before)
    return before is after


def _files(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Array]:
    """The ids of each repository's files."""
    rows = connection.execute("SELECT repository, list(file_id) FROM files GROUP BY repository").fetchall()
    return {repository: pa.array(file_ids, pa.int64()) for repository, file_ids in rows}


def _of(rows: Mapping[str, pa.Table], repository: str, files: pa.Array | None) -> dict[str, pa.Table]:
    """The rows of one repository, in a fixed order; tables with neither repositories nor files are for all."""
    chosen = {name: _chosen(table, repository, files) for name, table in rows.items()}
    return {
        name: table.sort_by([(column, "ascending") for column in table.column_names]) for name, table in chosen.items()
    }


def _chosen(table: pa.Table, repository: str, files: pa.Array | None) -> pa.Table:
    if "repository" in table.column_names:
        return table.filter(pc.equal(table["repository"], repository))
    if "file_id" in table.column_names and files is not None:
        return table.filter(pc.is_in(table["file_id"], files))
    return table


def _create(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    connection.register("incoming", table)
    connection.execute(f"CREATE TABLE {quote(name)} AS FROM incoming")
    connection.unregister("incoming")


def _sql(table: ibis.Table) -> str:
    return str(ibis.to_sql(table, dialect="duckdb"))
