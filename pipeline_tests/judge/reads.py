"""Every write that a read really saw reaches it in the tables, and nothing else is said to be certain."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_tests.judge.data_flow import DataFlow, Use
from pipeline_tests.judge.observed import Counts
from pipeline_tests.judge.recorder import FOREIGN, PARAMETER, UNBOUND
from pipeline_tests.judge.tables import Tables, Unit
from pipeline_tests.judge.verdicts import Verdict

COMPILERS_OWN = ("__annotations__", "__classdict__")
"""Names that the compiler reads where the source does not."""


def read_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """The check over these tables."""
    flow = tables.data_flow

    def check(unit: Unit, counts: Counts, verdict: Verdict) -> None:
        for (place, variable, kept, write), count in counts.reads.items():
            where = unit.places[place // 2]
            use = flow.uses.get((unit.instructions[where], place % 2, variable))
            if use is None and (variable.startswith(".") or variable in COMPILERS_OWN):
                verdict.notes["variables that the compiler made for itself"] += count
                continue
            if use is None:
                wrong = "the tables have no such use"
            elif write == FOREIGN:
                verdict.notes[f"{kept} written by other code"] += count
                continue
            elif write == UNBOUND:
                wrong = "" if use.is_possibly_unbound else "the tables say it is bound"
            else:
                wrong = _wrong(unit, flow, use, variable, write)
            saw = f"{variable}, {unit.at(where)}, saw {_spelled(unit, write)}: {wrong}"
            if wrong:
                verdict.differ(unit, unit.lines[where], saw, count)
            else:
                verdict.agree(count)
                verdict.notes[f"{kept}{' unbound' * (write == UNBOUND)}"] += count

    return check


def _wrong(unit: Unit, flow: DataFlow, use: Use, variable: str, write: int) -> str:
    """What is wrong with what the tables say of a use that saw a write; nothing if they are right."""
    definition = (unit.unit_id, -1, variable)
    if write != PARAMETER:
        definition = (unit.instructions[unit.places[write // 2]], write % 2, variable)
    if definition not in flow.nodes:
        return "the tables have no such definition"
    if definition not in use.definitions:
        return "it does not reach the use"
    if use.certain and use.certain != {flow.nodes[definition]}:
        return "another definition is said to be certain"
    return ""


def _spelled(unit: Unit, write: int) -> str:
    if write >= 0:
        return unit.at(unit.places[write // 2])
    return {PARAMETER: "the parameter", UNBOUND: "no value", FOREIGN: "another's write"}[write]
