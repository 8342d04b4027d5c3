"""Everything that any layer reports against a file, with its position as that layer gives it."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerValue, Table, Value

from pipeline_assets.extract.ids import FACT
from pipeline_assets.extract.producers.ruff.run import SYNTAX
from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

SEVERITIES = ("error", "warning", "information", "hint")

SOURCE = Column("source", "string", "The layer that reports it, or layer_conflicts.")
SEVERITY = Column("severity", "string", "How grave it is.", values=SEVERITIES)
CODE = Column("code", "string", "What kind of problem, in the source's own words; class of the error.")
MESSAGE = Column("message", "string", "What is said.")

DIAGNOSTIC_REPORTS = Contract(
    name="diagnostic_reports",
    layer="normalize",
    description="One row per problem that any layer reports, with its position as that layer counts.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("diagnostic_id", "int64", "The report: file, family 15, place in the file."),
        SOURCE,
        SEVERITY,
        CODE,
        MESSAGE,
        Column("line", "int32", "Line, from 0.", nullable=True),
        Column("col", "int32", "Column, from 0; below 0 where the source knows the line only.", nullable=True),
        Column("end_line", "int32", "Last line, from 0.", nullable=True),
        Column("end_col", "int32", "Column after the last, from 0.", nullable=True),
        Column("unit", "string", "What columns count.", values=("character", "byte")),
        Column("bstart", "int32", "First byte, where the source gives bytes itself.", nullable=True),
        Column("bend", "int32", "Byte after the last, likewise.", nullable=True),
    ),
    key=("diagnostic_id",),
    local=("diagnostic_id",),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT source, code, count(*) AS reports FROM diagnostic_reports GROUP BY ALL ORDER BY reports DESC",
)

DEFAULTS = {"severity": "error", "code": "unknown", "message": "no message"}
"""What a report is given that lacks it."""

COMPILERS = ("symtable", "bytecode")
"""Layers whose own errors count columns in bytes; those of the parser that runs before them, in characters."""

_TAKEN = ("repository", "file_id", "source", *DEFAULTS, "line", "col", "end_line", "end_col", "unit", "bstart", "bend")


def _from_layers(extract_status: Table) -> Table:
    """Take what a layer could not read, or not wholly: lines and columns count from 1 there."""
    told = extract_status.filter(~extract_status.status.isin(["ok", "skipped"]))
    parsed = extract_status.filter((extract_status.layer == "ast") & (extract_status.status == "ok")).view()
    joined = told.left_join(parsed, told.file_id == parsed.file_id)
    compiles = joined.select(told, is_parsed=parsed.file_id.notnull())
    in_bytes = compiles.layer.isin(COMPILERS) & compiles.is_parsed
    return _report(
        compiles,
        source=compiles.layer,
        severity=ibis.ifelse(compiles.status == "limited", "warning", "error"),
        code=ibis.coalesce(compiles.error_class, compiles["limit"], compiles.status),
        message=compiles.message,
        line=compiles.line - 1,
        col=ibis.coalesce(compiles.col - 1, -1),
        unit=ibis.ifelse(in_bytes, "byte", "character"),
    )


def _from_tree_sitter(reports: Table, ts_issues: Table) -> Table:
    """Add the places that do not fit tree-sitter's grammar."""
    missing = ibis.literal("missing ") + ts_issues["kind"].fill_null("text")
    unexpected = ibis.literal("unexpected ") + ts_issues.excerpt
    return stack(
        reports,
        _report(
            ts_issues,
            source=ibis.literal("tree_sitter"),
            code=ts_issues.issue,
            message=ibis.ifelse(ts_issues.issue == "MISSING", missing, unexpected),
            bstart=ts_issues.bstart,
            bend=ts_issues.bend,
        ),
    )


def _from_pyrefly(reports: Table, pyrefly_errors: Table) -> Table:
    """Add Pyrefly's errors: it counts lines and bytes from 1."""
    positions = {name: pyrefly_errors[name] - 1 for name in ("line", "col", "end_line", "end_col")}
    said = {"code": pyrefly_errors["kind"], "message": pyrefly_errors.message, "unit": ibis.literal("byte")}
    return stack(reports, _report(pyrefly_errors, source=ibis.literal("pyrefly"), **said, **positions))


def _from_ruff(reports: Table, ruff_issues: Table) -> Table:
    """Add what Ruff's parser refuses: it counts lines and characters from 1."""
    positions = {name: ruff_issues[name] - 1 for name in ("line", "col", "end_line", "end_col")}
    said = {"code": ibis.literal(SYNTAX), "message": ruff_issues.message}
    return stack(reports, _report(ruff_issues, source=ibis.literal("ruff"), **said, **positions))


def _from_compiler(reports: Table, compile_warnings: Table) -> Table:
    """Add what the compiler warns about: it tells the line alone."""
    return stack(
        reports,
        _report(
            compile_warnings,
            source=ibis.literal("bytecode"),
            severity=ibis.literal("warning"),
            code=compile_warnings.category,
            message=compile_warnings.message,
            line=compile_warnings.line - 1,
            col=ibis.literal(-1),
        ),
    )


def _from_scip(reports: Table, scip_diagnostics: Table) -> Table:
    """Add the diagnostics of a SCIP index."""
    severity = scip_diagnostics.severity.lower()
    return stack(
        reports,
        _report(
            scip_diagnostics,
            source=ibis.literal("scip"),
            severity=ibis.ifelse(severity.isin(SEVERITIES), severity, None),
            code=scip_diagnostics.code.nullif(""),
            message=scip_diagnostics.message.nullif(""),
            bstart=scip_diagnostics.bstart,
            bend=scip_diagnostics.bend,
        ),
    )


def _from_conflicts(reports: Table, layer_conflicts: Table) -> Table:
    """Add what two layers do not agree on."""
    return stack(
        reports,
        _report(
            layer_conflicts,
            source=ibis.literal("layer_conflicts"),
            severity=ibis.literal("information"),
            code=layer_conflicts.code,
            message=layer_conflicts.detail,
            line=layer_conflicts.line - 1,
            col=ibis.coalesce(layer_conflicts.col - 1, -1),
            bstart=layer_conflicts.bstart,
            bend=layer_conflicts.bend,
        ),
    )


def _fill_defaults(reports: Table) -> Table:
    """Give what a report lacks, and an id by its place among those of its file."""
    filled = reports.mutate(**{name: reports[name].fill_null(default) for name, default in DEFAULTS.items()})
    rest = [filled[name] for name in _TAKEN[2:]]
    place = ibis.row_number().over(group_by=[filled.file_id], order_by=rest)
    first = (filled.file_id * (1 << FILE_SHIFT)) + (FACT << ORDINAL_BITS)
    return DIAGNOSTIC_REPORTS.select(filled.mutate(diagnostic_id=first + place))


@task(
    DIAGNOSTIC_REPORTS,
    stages=(
        _from_layers,
        _from_tree_sitter,
        _from_pyrefly,
        _from_ruff,
        _from_compiler,
        _from_scip,
        _from_conflicts,
        _fill_defaults,
    ),
)
def diagnostic_reports(
    extract_status: Table,
    ts_issues: Table,
    pyrefly_errors: Table,
    ruff_issues: Table,
    compile_warnings: Table,
    scip_diagnostics: Table,
    layer_conflicts: Table,
) -> Table:
    """One row per problem that any layer reports, with its position as that layer counts."""


def _report(rows: Table, **told: Value) -> Table:
    """The columns that all sources share; what a source does not tell is null, its columns count characters."""
    positions: dict[str, IntegerValue] = {
        name: ibis.null("int32") for name in ("line", "col", "end_line", "end_col", "bstart", "bend")
    }
    texts = {"severity": ibis.null("string"), "unit": ibis.literal("character")}
    columns = {"repository": rows.repository, "file_id": rows.file_id, **texts, **positions, **told}
    return rows.select(**{name: columns[name].cast("int32") if name in positions else columns[name] for name in _TAKEN})
