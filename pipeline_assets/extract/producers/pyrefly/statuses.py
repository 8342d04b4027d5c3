"""What became of each file that Pyrefly was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.program import Outcome
from pipeline_assets.extract.producers.pyrefly.contracts import LAYER
from pipeline_assets.extract.producers.pyrefly.report import Complaint
from pipeline_assets.extract.status import FileStatus, failed, limited, row_status, succeeded

LIMITS = {
    "syntax": "Pyrefly read on behind a syntax error",
    "positions": "rows were left out whose positions the file does not have",
    "rows": "{} was left out: the file has more rows of it than there are ids",
}


def reported(file: SourceFile, outcome: Outcome, complaint: Complaint | None) -> FileStatus:
    """The row of a file whose facts were read."""
    if complaint is not None:
        status = limited(file, LAYER, "syntax", f"{LIMITS['syntax']}: {complaint.message}")
        return _by_pyrefly(replace(status, line=complaint.line, col=complaint.col), outcome)
    return _by_pyrefly(replace(succeeded(file, LAYER), message=outcome.message), outcome)


def unreported(file: SourceFile, outcome: Outcome, error: Exception | None) -> FileStatus:
    """The row of a file without facts: Pyrefly's end is the reason, or else what is wrong with the report."""
    if error is None and outcome.status != "ok":
        limit = "seconds" if outcome.status == "timeout" else None
        status = replace(row_status(file.row, LAYER), status=outcome.status, message=outcome.message, limit=limit)
        return _by_pyrefly(status, outcome)
    return _by_pyrefly(failed(file, LAYER, error or LookupError("Pyrefly's report does not mention it")), outcome)


def cut(status: FileStatus, limits: Mapping[int, str]) -> FileStatus:
    """The row as it is when some of the file's facts had to be left out: the misplaced, or whole datasets."""
    limit = limits.get(status.file_id)
    if limit is None or status.status != "ok":
        return status
    name = limit if limit in LIMITS else "rows"
    return replace(status, status="limited", limit=name, message=LIMITS[name].format(limit))


def _by_pyrefly(status: FileStatus, outcome: Outcome) -> FileStatus:
    return replace(status, producer="pyrefly", producer_version=outcome.version)
