"""Small contracts, tables and versions to fill a warehouse with."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.parquet import write_part
from pipeline_assets.store.snapshot import DatasetVersion, Verdict, dataset_version
from pipeline_assets.store.warehouse import Warehouse

FUNCTIONS = Contract(
    name="functions",
    layer="normalize",
    description="Functions of the sample.",
    columns=(
        Column("repository", "string", "The repository."),
        Column("node_id", "int64", "The node's id."),
        Column("name", "string", "The function's name.", nullable=True),
        Column("line", "int32", "Its first line."),
        Column("weight", "float64", "A measure.", nullable=True),
    ),
    key=("node_id",),
)
CALLS = Contract(
    name="calls",
    layer="cpg",
    description='Who calls whom: it\'s "calls".',
    columns=(
        Column("repository", "string", "The repository."),
        Column("caller", "int64", "The calling function's id."),
        Column("callee", "int64", "The called function's id.", nullable=True),
    ),
    key=("caller",),
)


def functions_table(count: int, repository: str = "r") -> pa.Table:
    return pa.table(
        {
            "repository": pa.array([repository] * count, pa.string()),
            "node_id": pa.array(range(count), pa.int64()),
            "name": pa.array([f"f{i}" if i % 3 else None for i in range(count)], pa.string()),
            "line": pa.array([i % 1000 for i in range(count)], pa.int32()),
            "weight": pa.array([i / 7 for i in range(count)], pa.float64()),
        }
    )


def calls_table(count: int, repository: str = "r") -> pa.Table:
    return pa.table(
        {
            "repository": pa.array([repository] * count, pa.string()),
            "caller": pa.array(range(count), pa.int64()),
            "callee": pa.array([i - 1 if i % 5 else None for i in range(count)], pa.int64()),
        }
    )


def made(
    warehouse: Warehouse, contract: Contract, table: pa.Table, inputs: Mapping[str, str] | None = None, run: str = "run"
) -> DatasetVersion:
    """A version of a dataset whose only part holds `table`."""
    part = write_part(table, contract, warehouse.root)
    return dataset_version(
        contract, [part], fingerprint="plan", environment="env", inputs=inputs or {}, run_id=run, seconds=0.5
    )


def passed(version: DatasetVersion, **changes: object) -> Verdict:
    """A blocking verdict that a version met its contract."""
    fields = {"passed": True, "blocking": True, "versions": {version.dataset: version.data_version}}
    return Verdict(check=f"contract:{version.dataset}", **{**fields, **changes})


def flip_bit(path: Path, offset: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << bit
    path.write_bytes(content)
