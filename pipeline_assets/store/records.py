"""Records: append-only tables about what was done, kept beside the snapshots and never rolled back.

An append writes one small part and then names it in the table's index, under a lock. When there are many small parts
they are rewritten as one; the old files stay until the next sweep, because somebody may be reading them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_assets.store.documents import read_document, write_document
from pipeline_assets.store.errors import SchemaMismatch, WarehouseUnwritable
from pipeline_assets.store.locks import hold
from pipeline_assets.store.parquet import Part, file_sha256, read_part, verify_part, write_part
from pipeline_assets.store.warehouse import Warehouse

PLACE = "records"
MOST_PARTS = 64
"""Small parts beyond this number are rewritten as one."""

RUNS = Contract(
    name="runs",
    layer="products",
    description="One row per build, whether it did something or found nothing to do.",
    columns=(
        Column("run_id", "string", "The run, as Dagster and the other records name it."),
        Column("repository", "string", "The repository that was built; `*` for the platform."),
        Column("started", "timestamp('UTC')", "When the build began."),
        Column("seconds", "float64", "Wall seconds from beginning to end."),
        Column("status", "string", "How it ended.", values=("ok", "failed", "nothing_to_do")),
        Column("snapshot", "string", "The snapshot that readers see afterwards.", nullable=True),
        Column("plan_fingerprint", "string", "Identity of the whole compiled plan."),
        Column("files", "int64", "Files that were looked at."),
        Column("lines", "int64", "Lines in the files that were read."),
        Column("reused", "int64", "Datasets that did not have to be made again."),
        Column("errors", "int64", "Files that some layer could not read."),
        Column("message", "string", "The first error, when it failed.", nullable=True),
    ),
    key=("run_id", "repository"),
    query="FROM runs ORDER BY started DESC LIMIT 10",
)
STAGE_RUNS = Contract(
    name="stage_runs",
    layer="products",
    description="One row per pipe stage that a run built or executed, with its cost.",
    columns=(
        Column("run_id", "string", "The run."),
        Column("repository", "string", "The repository that was built; `*` for the platform."),
        Column("task_name", "string", "The task that the stage belongs to."),
        Column("stage", "string", "The stage's name."),
        Column("ordinal", "int32", "The stage's place in its task, from 0."),
        Column("kind", "string", "What the stage works on, such as relational, extract or graph."),
        Column("label", "string", "What was measured.", values=("build", "execute")),
        Column("milliseconds", "float64", "How long it took, summed over worker processes."),
        Column("rows_in", "int64", "Rows that went in, where they were counted.", nullable=True),
        Column("rows_out", "int64", "Rows that came out, where they were counted.", nullable=True),
        Column("bytes", "int64", "Bytes that came out, as Arrow holds them, where they were counted.", nullable=True),
        Column("columns_added", "string", "Columns that came out and had not gone in, where known.", nullable=True),
        Column("columns_dropped", "string", "Columns that went in and did not come out, where known.", nullable=True),
        Column(
            "finding",
            "string",
            "What is odd: `row explosion`, or `dead` where rows went in and none came out.",
            nullable=True,
            values=("dead", "row explosion"),
        ),
        Column("plan_fingerprint", "string", "Identity of the task's plan then.", nullable=True),
        Column("stage_fingerprint", "string", "Identity of the stage then.", nullable=True),
    ),
    key=("run_id", "repository", "task_name", "stage", "label"),
    query="SELECT task_name, stage, milliseconds FROM stage_runs ORDER BY milliseconds DESC LIMIT 20",
)
WAVES = Contract(
    name="waves",
    layer="products",
    description="One row per task and build, in the generation where it ran: the evidence of the order of the work.",
    columns=(
        Column("repository", "string", "The repository that was built; `*` for the platform."),
        Column("generation", "int32", "The wave: every input comes from an earlier one."),
        Column("run_id", "string", "The run."),
        Column("task_name", "string", "The task."),
        Column("stages", "int32", "How many stages the task has."),
        Column("fingerprint", "string", "Identity of the task's plan."),
        Column("rows", "int64", "Rows of all its outputs."),
        Column("seconds", "float64", "Wall seconds of the task; 0 when it was reused."),
        Column("reused", "boolean", "Whether what was there was still right."),
        Column("inputs", "string", "The data version of every input, as a JSON object."),
        Column("slack", "int32", "How many generations later it could have run without delaying anything."),
        Column("violations", "int32", "Ordering checks that failed."),
    ),
    key=("run_id", "repository", "task_name"),
    query="SELECT generation, count(*) AS tasks, sum(seconds) AS seconds FROM waves GROUP BY ALL ORDER BY ALL",
)
POLICY_VIOLATIONS = Contract(
    name="policy_violations",
    layer="products",
    description="One row per thing that a guard or an ordering check refused, by name.",
    columns=(
        Column("run_id", "string", "The run."),
        Column("repository", "string", "The repository that was built; `*` for the platform."),
        Column("task_name", "string", "The task."),
        Column("stage", "string", "The stage, when one is to blame.", nullable=True),
        Column("name", "string", "What it reached for: a dataset, column, operation or parameter."),
        Column("rule", "string", "The rule that refused it."),
        Column("message", "string", "One sentence: what, where, what to do."),
    ),
    key=("run_id", "repository", "task_name", "name", "rule"),
    query="FROM policy_violations",
)
RECORDS: tuple[Contract, ...] = (RUNS, STAGE_RUNS, WAVES, POLICY_VIOLATIONS)


def append(warehouse: Warehouse, contract: Contract, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows to a record table; every column that may not be null must be there, and no other."""
    if not rows:
        return
    table = _table(contract, rows)
    folder = _folder(warehouse, contract)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with warehouse.run(contract.name), hold(folder / "lock", f"the record {contract.name}", timeout=60):
            parts = [*record_parts(warehouse, contract), write_part(table, contract, warehouse.root, place=PLACE)]
            if len(parts) > MOST_PARTS:
                parts = [_rewritten(warehouse, contract, parts)]
            write_index(warehouse, contract, parts)
    except OSError as error:
        raise WarehouseUnwritable(warehouse.root, f"the record {contract.name} ({error.strerror})") from error


def record_parts(warehouse: Warehouse, contract: Contract) -> tuple[Part, ...]:
    """The parts of a record table, oldest first."""
    path = index_path(warehouse, contract)
    return tuple(Part(**part) for part in read_document(path)["parts"]) if path.exists() else ()


def read_records(warehouse: Warehouse, contract: Contract) -> pa.Table:
    """Every row of a record table in the order of appending; typed and empty when there is none."""
    parts = record_parts(warehouse, contract)
    for part in parts:
        verify_part(part, warehouse.root)  # page checksums do not cover the headers between pages
    tables = [read_part(part, warehouse.root) for part in parts]
    schema = arrow_schema(stored_columns(contract))
    return pa.concat_tables([_fitted(table, schema) for table in tables]) if tables else schema.empty_table()


def write_index(warehouse: Warehouse, contract: Contract, parts: Sequence[Part]) -> None:
    """Say which parts a record table has."""
    write_document(index_path(warehouse, contract), {"parts": [asdict(part) for part in parts]})


def rebuild_index(warehouse: Warehouse, contract: Contract) -> None:
    """Make a lost index again from the files, whose names say what they hold.

    Files that had been rewritten as one are still there until a sweep, so equal rows are taken once.
    """
    schema = arrow_schema(stored_columns(contract))
    tables = [table for path in sorted(_folder(warehouse, contract).glob("*.parquet")) for table in _intact(path)]
    rows = pa.concat_tables([_fitted(table, schema) for table in tables]) if tables else schema.empty_table()
    distinct = rows.group_by(rows.column_names, use_threads=False).aggregate([])
    write_index(warehouse, contract, [write_part(distinct, contract, warehouse.root, place=PLACE)])


def index_path(warehouse: Warehouse, contract: Contract) -> Path:
    """The document that names a record table's parts."""
    return _folder(warehouse, contract) / "index.json"


def _folder(warehouse: Warehouse, contract: Contract) -> Path:
    return warehouse.root / PLACE / contract.name


def _table(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    for row in rows:
        for name in row:
            if name not in contract.names:
                raise SchemaMismatch(contract.name, name, "the record has no such column")
    fields = arrow_schema(stored_columns(contract))
    return pa.table({field.name: _column(contract, field, rows) for field in fields})


def _column(contract: Contract, field: pa.Field, rows: Sequence[Mapping[str, Any]]) -> pa.Array:
    try:
        return pa.array([row.get(field.name) for row in rows], field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise SchemaMismatch(contract.name, field.name, str(error)) from error


def _intact(path: Path) -> Iterator[pa.Table]:
    """The rows of a file whose bytes are those that its name promises; nothing otherwise."""
    if file_sha256(path).startswith(path.stem):
        yield pq.read_table(path, page_checksum_verification=True)


def _fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows in today's columns: those that were written before there was a column have nulls there."""
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _rewritten(warehouse: Warehouse, contract: Contract, parts: Sequence[Part]) -> Part:
    schema = arrow_schema(stored_columns(contract))
    tables = [_fitted(read_part(part, warehouse.root), schema) for part in parts]
    return write_part(pa.concat_tables(tables), contract, warehouse.root, place=PLACE)
