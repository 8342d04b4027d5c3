"""`cpg summary`: a repository's figures, printed, as JSON or drawn."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline_assets.cli.context import open_warehouse
from pipeline_assets.cli.export import snapshot_of
from pipeline_assets.cli.output import write_text
from pipeline_assets.cli.terminal import emit_json, say, show, show_table
from pipeline_assets.products.summary_svg import Panel, as_summary, summary_panels, summary_svg
from pipeline_assets.project import load_project
from pipeline_assets.store.query import query


def show_summary(repository: str | None, as_json: bool, svg: Path | None, warehouse: Path | None) -> None:
    """Print or draw what `repository_summary` holds of one repository."""
    if as_json and svg is not None:
        raise typer.BadParameter("give --json or --svg, not both", param_hint="--svg")
    place, _ = open_warehouse(warehouse)
    name = snapshot_of(place, repository, ("repository_summary",)).repository
    rows = query(
        place,
        "SELECT metric, detail, value FROM repository_summary ORDER BY metric, value DESC, detail",
        load_project().catalog,
        repository=name,
    ).to_pylist()
    if as_json:
        emit_json(rows)
        return
    summary = as_summary(rows)
    if svg is not None:
        write_text(svg, summary_svg(name, summary))
        say(f"{svg}: {name} at a glance")
        return
    for panel in summary_panels(summary):
        _show(panel)


def _show(panel: Panel) -> None:
    show(panel.title, "bold")
    show_table(("", "", ""), [(bar.label, "█" * max(1, round(bar.share * 30)), bar.text) for bar in panel.bars])
    show("")
