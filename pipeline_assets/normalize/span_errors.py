"""Problems whose positions could not be placed, and why: nothing that a layer reports is lost."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.diagnostic_reports import CODE, MESSAGE, SEVERITY, SOURCE
from pipeline_assets.normalize.placement import REASONS, placed
from pipeline_assets.pipes import graph_task

SPAN_ERRORS = Contract(
    name="span_errors",
    layer="normalize",
    description="One row per problem that a layer reports without a place that its file has.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("diagnostic_id", "int64", "The diagnostic."),
        SOURCE,
        SEVERITY,
        CODE,
        MESSAGE,
        Column("line", "int32", "Line as reported, from 1.", nullable=True),
        Column("col", "int32", "Column as reported, from 1.", nullable=True),
        Column(
            "reason",
            "string",
            "no_text: the file could not be read; no_position: none is told; no_such_line, no_such_column: the file "
            "does not have it.",
            values=REASONS,
        ),
    ),
    key=("diagnostic_id",),
    local=("diagnostic_id",),
    references=(
        Reference("diagnostic_id", "diagnostic_reports", "diagnostic_id"),
        Reference("file_id", "files", "file_id"),
    ),
    query="SELECT source, code, reason, count(*) FROM span_errors GROUP BY ALL ORDER BY ALL",
)


def _select_reports(diagnostic_reports: Table, file_texts: Table) -> dict[str, Table]:
    """Project the reports and the texts of the files that have any."""
    texts = file_texts.semi_join(diagnostic_reports, file_texts.file_id == diagnostic_reports.file_id)
    return {"reports": diagnostic_reports, "texts": texts.select("file_id", "text")}


def _keep_unplaced(inputs: dict[str, pa.Table]) -> pa.Table:
    """Keep the reports that have no bytes, with the reason."""
    rows = [
        row | {"line": _from_one(row["line"]), "col": _from_one(row["col"]), "reason": place.reason}
        for row, place in placed(inputs["reports"], inputs["texts"])
        if place.reason is not None
    ]
    return pa.Table.from_pylist(rows, schema=SPAN_ERRORS.schema.to_pyarrow())


@graph_task(SPAN_ERRORS, stages=(_select_reports, _keep_unplaced), by="file_id", batch=10_000)
def span_errors(diagnostic_reports: Table, file_texts: Table) -> Table:
    """One row per problem that a layer reports without a place that its file has."""


def _from_one(number: int | None) -> int | None:
    return None if number is None or number < 0 else number + 1
