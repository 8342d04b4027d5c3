"""Nothing runs that the tables call dead, and every line that runs is part of the control flow."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_tests.judge.observed import Counts
from pipeline_tests.judge.tables import Tables, Unit
from pipeline_tests.judge.verdicts import Verdict


def line_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """The check that each line that was told, and on which something is evaluated, is in a block of `cfg_blocks`."""
    anchored = tables.anchored

    def check(unit: Unit, counts: Counts, verdict: Verdict) -> None:
        if not unit.reachable:
            return
        working = {
            unit.lines[place]
            for place, instruction in enumerate(unit.instructions)
            if (instruction, 0) in anchored and unit.blocks[place] in unit.reachable
            if "JUMP" not in unit.opnames[place]  # of a condition with lines of its own, `if (`
        }
        for line in counts.lines:
            if any(first <= line <= last for first, last in unit.spans):
                verdict.agree(1)
            elif line in working:
                verdict.differ(unit, line, f"line {line} is in no block")
            else:
                verdict.notes["lines on which nothing is evaluated, such as `try:`"] += 1

    return check


def dead_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """No instruction that ran is in an unreachable block, or belongs to syntax that is dead; nor did its line run."""
    nodes, dead_nodes, dead_lines = tables.anchored, tables.dead_nodes, tables.dead_lines

    def check(unit: Unit, counts: Counts, verdict: Verdict) -> None:
        for offset in {end for _, end in counts.steps}:
            place = unit.places[offset]
            if not unit.reachable.get(unit.blocks[place], True):
                verdict.differ(unit, unit.lines[place], f"{unit.at(place)} ran in an unreachable block")
            elif nodes.get((unit.instructions[place], 0)) in dead_nodes:
                verdict.differ(unit, unit.lines[place], f"{unit.at(place)} ran and its syntax is dead")
            else:
                verdict.agree(1)
        for line in counts.lines & dead_lines.get(unit.path, set()):
            verdict.differ(unit, line, "the line ran and all syntax on it is dead")

    return check
