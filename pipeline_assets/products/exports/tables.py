"""Parquet: a folder of the graph's tables, for whatever reads tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline_assets.products.exports.documents import Progress
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.store.connection import stream


def parquet_tables(selection: Selection) -> Mapping[str, str]:
    """File name → its rows: nodes with path and properties, edges, and the evidence that both refer to."""
    nodes, edges = selection.nodes(), selection.all_edges()
    known = f"SELECT n.evidence_id FROM ({nodes}) AS n UNION SELECT e.evidence_id FROM ({edges}) AS e"
    evidence = f"SELECT v.* FROM evidence AS v WHERE v.evidence_id IN ({known}) ORDER BY v.evidence_id"
    return {"nodes.parquet": nodes, "edges.parquet": edges, "evidence.parquet": evidence}


def write_parquet(connection: duckdb.DuckDBPyConnection, rows: str, progress: Progress, path: Path) -> None:
    """Write one query's rows batch by batch."""
    reader = stream(connection, rows)
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            progress(batch.num_rows)
