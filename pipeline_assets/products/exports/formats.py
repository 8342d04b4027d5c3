"""Every format: what it reads, and what it makes of a selection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline_assets.products.exports.documents import Document
from pipeline_assets.products.exports.dot import dot_graph
from pipeline_assets.products.exports.graphml import graphml
from pipeline_assets.products.exports.joern import joern
from pipeline_assets.products.exports.neo4j import neo4j
from pipeline_assets.products.exports.selection import Selection
from pipeline_assets.products.exports.tables import parquet_tables

_GRAPH = ("nodes", "edges", "files", "property_maps")


@dataclass(frozen=True, slots=True)
class Format:
    """One format: either one document, or a folder of documents, or of Parquet files by their queries."""

    datasets: tuple[str, ...] = _GRAPH
    document: Callable[[Selection], Document] | None = None
    folder: Callable[[Selection], Mapping[str, Document]] | None = None
    tables: Callable[[Selection], Mapping[str, str]] | None = None


FORMATS: Mapping[str, Format] = {
    "graphml": Format(document=graphml),
    "neo4j": Format(folder=neo4j),
    "joern": Format(folder=joern),
    "dot": Format(document=dot_graph),
    "parquet": Format((*_GRAPH, "evidence"), tables=parquet_tables),
}
"""Format → how it is made; `pycg` is no selection of nodes and edges and is made by `products.pycg`."""
