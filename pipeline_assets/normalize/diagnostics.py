"""Everything that is wrong with a file, whichever layer says so, on the bytes that it is about."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.diagnostic_reports import CODE, MESSAGE, SEVERITY, SOURCE
from pipeline_assets.normalize.placement import Place, placed
from pipeline_assets.pipes import graph_task

DIAGNOSTICS = Contract(
    name="diagnostics",
    layer="normalize",
    description="One row per problem that any layer reports and that has a place, with its bytes.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("diagnostic_id", "int64", "The diagnostic."),
        SOURCE,
        SEVERITY,
        CODE,
        MESSAGE,
        Column(
            "is_repeated",
            "boolean",
            "Whether another layer has said the same of the same line: what the parser refuses, all others refuse.",
        ),
        LINE,
        BSTART,
        BEND,
    ),
    key=("diagnostic_id",),
    local=("diagnostic_id",),
    spans=(("bstart", "bend"),),
    references=(
        Reference("diagnostic_id", "diagnostic_reports", "diagnostic_id"),
        Reference("file_id", "files", "file_id"),
    ),
    query="SELECT source, severity, code, count(*) FROM diagnostics WHERE NOT is_repeated GROUP BY ALL ORDER BY ALL",
)

PARSERS = ("ast", "symtable", "bytecode", "tokens")
"""Layers that say what the parser says, in the order in which they count as the first to say it."""


def _select_reports(diagnostic_reports: Table, file_texts: Table) -> dict[str, Table]:
    """Project the reports and the texts of the files that have any."""
    texts = file_texts.semi_join(diagnostic_reports, file_texts.file_id == diagnostic_reports.file_id)
    return {"reports": diagnostic_reports, "texts": texts.select("file_id", "text")}


def _place_reports(inputs: dict[str, pa.Table]) -> list[tuple[dict[str, Any], Place]]:
    """Find the bytes of each report; those that have none are left to `span_errors`."""
    found = placed(inputs["reports"], inputs["texts"])
    return [(row, place) for row, place in found if place.reason is None]


def _tell_repeated(found: list[tuple[dict[str, Any], Place]]) -> pa.Table:
    """Mark what another layer has said before, and keep the contract's columns."""
    said: dict[tuple[int, int, str], str] = {}
    heard = [(row["source"], (row["file_id"], place.line, row["message"])) for row, place in found]
    for source, what in sorted((each for each in heard if each[0] in PARSERS), key=lambda each: PARSERS.index(each[0])):
        said.setdefault(what, source)
    rows = [
        row | place._asdict() | {"is_repeated": source in PARSERS and said[what] != source}
        for (row, place), (source, what) in zip(found, heard, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=DIAGNOSTICS.schema.to_pyarrow())


@graph_task(DIAGNOSTICS, stages=(_select_reports, _place_reports, _tell_repeated), by="file_id", batch=10_000)
def diagnostics(diagnostic_reports: Table, file_texts: Table) -> Table:
    """One row per problem that any layer reports and that has a place, with its bytes."""
