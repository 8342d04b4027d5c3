"""How much the tables say beyond what was seen: figures that show when everything reaches everything."""

from __future__ import annotations

from pipeline_tests.judge.observed import Observed
from pipeline_tests.judge.recorder import ENTRY
from pipeline_tests.judge.tables import Tables


def figures(tables: Tables, observed: Observed) -> dict[str, float]:
    """Shares and averages over the code units that were run."""
    seen, told, blocks, all_blocks = 0, 0, 0, 0
    for key, counts in observed.codes.items():
        if key in tables.by_key:
            unit = tables.units[tables.by_key[key]]
            at = [(a, b) for a, b in counts.leaps if a != ENTRY]
            crossed = {(unit.blocks[unit.places[a]], unit.blocks[unit.places[b]]) for a, b in at}
            run = {block for pair in crossed for block in pair}
            leaving = {pair for pair in unit.flow if pair[0] in run and pair[1] in unit.reachable}
            seen, told = seen + len(leaving & crossed), told + len(leaving)
            blocks, all_blocks = blocks + len(run), all_blocks + len(set(unit.blocks))
    found = {"share of blocks run": blocks / max(1, all_blocks)}
    if told:
        found["share of control-flow edges of these blocks that were taken"] = seen / told
    return found | _of_definitions(tables)


def _of_definitions(tables: Tables) -> dict[str, float]:
    if not tables.has("reaching_defs"):
        return {}
    query = """SELECT variable_kind, avg(found), max(found), avg(CASE WHEN found = 1 THEN 1 ELSE 0 END) FROM (
                   SELECT use_event_id, any_value(variable_kind) AS variable_kind, count(*) AS found
                   FROM reaching_defs GROUP BY file_id, use_event_id
               ) GROUP BY variable_kind ORDER BY variable_kind"""
    found: dict[str, float] = {}
    for kind, average, most, alone in tables.sql(query):
        found |= {f"definitions a use, {kind}": average, f"most definitions of a use, {kind}": most}
        found[f"share of uses with one definition, {kind}"] = alone
    return found
