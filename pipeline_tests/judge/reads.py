"""Every write that a read really saw reaches it in the tables, and nothing else is said to be certain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline_tests.judge.observed import Counts
from pipeline_tests.judge.recorder import FOREIGN, PARAMETER, UNBOUND
from pipeline_tests.judge.tables import Tables, Unit
from pipeline_tests.judge.verdicts import Verdict

Event = tuple[int, int, str]
"""Instruction (for what holds at entry: code unit), part (then -1), variable."""


COMPILERS_OWN = ("__annotations__", "__classdict__")
"""Names that the compiler reads where the source does not."""


@dataclass
class Use:
    """What the tables say of one use."""

    is_possibly_unbound: bool
    definitions: set[Event] = field(default_factory=set)
    certain: set[int | None] = field(default_factory=set)
    """Nodes of definitions that are said to be the only one."""


@dataclass
class DataFlow:
    """`def_use` and `reaching_defs`, by instruction."""

    uses: dict[Event, Use]
    nodes: dict[Event, int | None]
    """The syntax node of each definition."""

    @classmethod
    def of(cls, tables: Tables) -> DataFlow:
        """Read them."""
        query = """SELECT event_id, coalesce(instruction_id, code_unit_id),
                          CASE WHEN instruction_id IS NULL THEN -1 ELSE part END, variable, event, node_id,
                          is_possibly_unbound
                   FROM def_use WHERE event <> 'delete'"""
        uses: dict[Event, Use] = {}
        nodes: dict[Event, int | None] = {}
        events: dict[int, Event] = {}
        for number, instruction, part, variable, event, node, is_possibly_unbound in tables.sql(query):
            key = events[number] = (instruction, part, variable)
            if event == "use":
                uses[key] = Use(is_possibly_unbound)
            else:
                nodes[key] = node
        for use, definition, is_must in tables.sql("SELECT use_event_id, def_event_id, is_must FROM reaching_defs"):
            found = uses[events[use]]
            found.definitions.add(events[definition])
            if is_must:
                found.certain.add(nodes[events[definition]])
        return cls(uses, nodes)


def read_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """The check over these tables."""
    flow = DataFlow.of(tables)

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
