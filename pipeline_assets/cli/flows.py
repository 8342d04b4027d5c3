"""`cpg flows`: the ways of values from sources to sinks, printed line by line or as JSON."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline_assets.cli.context import bound_connection, open_warehouse
from pipeline_assets.cli.export import snapshot_of
from pipeline_assets.cli.terminal import emit_json, say, show, show_table
from pipeline_assets.products.flows.answer import Answer, Flow, Question, find_flows
from pipeline_assets.products.flows.bundled import SpecSet, bundled_sets
from pipeline_assets.products.flows.program import DATASETS
from pipeline_assets.products.flows.selection import NothingMatches
from pipeline_assets.products.flows.spec import FlowError


def show_flows(
    sources: list[str] | None,
    sinks: list[str] | None,
    not_through: list[str] | None,
    without: str | None,
    limit: int,
    steps: int,
    repository: str | None,
    as_json: bool,
    warehouse: Path | None,
) -> None:
    """Ask for flows and print them, best first."""
    left_out = tuple(word.strip() for word in (without or "").split(",") if word.strip())
    question = Question(tuple(sources or ()), tuple(sinks or ()), tuple(not_through or ()), left_out, limit, steps)
    place, settings = open_warehouse(warehouse)
    snapshot = snapshot_of(place, repository, DATASETS)
    versions = [snapshot.datasets[name] for name in DATASETS]
    with bound_connection(place, versions, settings) as connection:
        try:
            answer = find_flows(connection, snapshot.repository, question)
        except NothingMatches:
            raise
        except FlowError as error:
            raise typer.BadParameter(str(error)) from error
    if as_json:
        emit_json(answer.document())
    else:
        for number, flow in enumerate(answer.flows, 1):
            _show(number, flow)
    _tell(answer, steps)


def list_sets(as_json: bool) -> None:
    """Print the bundled sets of specifications."""
    sets = bundled_sets().values()
    if as_json:
        emit_json([_as_values(one) for one in sets])
        return
    rows = [(one.name, one.role, len(one.specs), one.description) for one in sets]
    show_table(("set", "role", "specs", "what it is"), rows)


def _as_values(one: SpecSet) -> dict[str, object]:
    specs, barriers = [*map(str, one.specs)], [*map(str, one.barriers)]
    return {"name": one.name, "role": one.role, "description": one.description, "specs": specs, "barriers": barriers}


def _show(number: int, flow: Flow) -> None:
    assumed = f", {flow.assumed} by assumption" if flow.assumed else ""
    show(f"{number}. {flow.source} → {flow.sink} ({_counted(len(flow.steps), 'step')}{assumed})", "bold")
    show_table(("place", "line", "why"), [(f"{step.path}:{step.line}", step.text, step.reason) for step in flow.steps])
    show("")


def _tell(answer: Answer, most: int) -> None:
    """What was looked for and what was left out, on stderr."""
    ends = f"from {_counted(answer.sources, 'source')} to {_counted(answer.sinks, 'sink')}"
    say(f"{answer.repository}: {_counted(answer.found, 'flow')} {ends}, {answer.explored:,} facts looked at")
    for name in answer.unmatched:
        say(f"nothing here is one of {name}")
    if len(answer.flows) < answer.found:
        say(f"the best {len(answer.flows):,} of {answer.found:,} are shown; --limit N shows more")
    if not answer.is_complete:
        say(f"the search ended at its limit of {most:,} facts: there may be more flows; --steps N looks further")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
