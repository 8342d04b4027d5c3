"""A warehouse in a temporary folder, and small contracts to fill it with."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.store.warehouse import Warehouse

FUNCTIONS = Contract(
    name="functions",
    layer="normalize",
    description="Functions of the test's repository.",
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
    description='Who calls whom, in a word: it\'s "calls".',
    columns=(
        Column("repository", "string", "The repository."),
        Column("caller", "int64", "The calling function's id."),
        Column("callee", "int64", "The called function's id.", nullable=True),
    ),
    key=("caller",),
)


def functions_table(repository: str, count: int, start: int = 0) -> pa.Table:
    ids = range(start, start + count)
    return pa.table(
        {
            "repository": pa.array([repository] * count, pa.string()),
            "node_id": pa.array(ids, pa.int64()),
            "name": pa.array([f"f{i}" if i % 3 else None for i in ids], pa.string()),
            "line": pa.array([i % 1000 for i in ids], pa.int32()),
            "weight": pa.array([i / 7 for i in ids], pa.float64()),
        }
    )


def calls_table(repository: str, count: int) -> pa.Table:
    return pa.table(
        {
            "repository": pa.array([repository] * count, pa.string()),
            "caller": pa.array(range(count), pa.int64()),
            "callee": pa.array([None if i % 5 == 0 else i - 1 for i in range(count)], pa.int64()),
        }
    )


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse.create(tmp_path / "warehouse")


def flip_bit(path: Path, offset: int, bit: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1 << bit
    path.write_bytes(content)
