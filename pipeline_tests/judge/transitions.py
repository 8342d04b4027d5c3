"""Every step from an instruction to the next of its frame is in the tables: in blocks, and in the control flow."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from pipeline_tests.judge.observed import Counts
from pipeline_tests.judge.recorder import ENTRY
from pipeline_tests.judge.tables import Tables, Unit, Way
from pipeline_tests.judge.verdicts import Verdict

PASSED_AT_END = ("END_FOR", "POP_TOP") if sys.version_info >= (3, 13) else ("END_FOR",)
"""What FOR_ITER skips when the iterator has ended, though its jump leads there (3.12 and later)."""


def check_steps(unit: Unit, counts: Counts, verdict: Verdict) -> None:
    """Steps are inside a block of `blocks`, or an edge of `block_edges`."""
    targets: dict[int, set[int]] = {}
    for source, target, kind in unit.edges:
        targets.setdefault(source, set()).add(target if kind != "exception" else -target)
    for (start, end), count in counts.steps.items():
        if start == ENTRY or unit.places[end] in _reached(unit, targets, unit.places[start]):
            verdict.agree(count)
        else:
            saw = f"{unit.at(unit.places[start])} → {unit.at(unit.places[end])}"
            verdict.differ(unit, unit.lines[unit.places[start]], saw, count)


def _reached(unit: Unit, targets: dict[int, set[int]], place: int) -> set[int]:
    """Where the tables lead from an instruction, over what the interpreter does not tell of."""
    found: set[int] = set()
    pending = list(_steps(unit, targets, place))
    while pending:
        following = pending.pop()
        if following not in found:
            found.add(following)
            if is_untold(unit, following, place):
                pending += _steps(unit, targets, following)
    return found


def _steps(unit: Unit, targets: dict[int, set[int]], place: int) -> Iterator[int]:
    if not unit.is_last(place):
        yield place + 1
    for target in targets.get(unit.blocks[place], ()):
        if target < 0 or unit.is_last(place):
            yield unit.firsts[abs(target)]


def is_untold(unit: Unit, place: int, start: int) -> bool:
    """Whether tracing does not tell of an instruction when it comes from `start`: RESUME has events of its own."""
    if unit.opnames[place] == "RESUME":
        return True
    if unit.opnames[start] == "YIELD_VALUE" and sys.version_info < (3, 12):
        # an iterator that `throw` ends: the generator goes on behind its `yield from` without a step of its own
        return unit.opnames[place] in ("JUMP_BACKWARD_NO_INTERRUPT", "SEND")
    if unit.opnames[start] != "FOR_ITER":
        return False
    ended = place - (unit.opnames[place] == "POP_TOP")
    return unit.opnames[place] in PASSED_AT_END and unit.opnames[ended] == "END_FOR"


def leap_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """The check that between kept blocks of `cfg_blocks` what runs one after the other is an edge of `cfg_edges`."""
    anchored = tables.anchored

    def check(unit: Unit, counts: Counts, verdict: Verdict) -> None:
        if not unit.reachable:
            verdict.notes["units without control flow"] += 1
            return
        for (start, end), count in counts.leaps.items():
            if start == ENTRY:
                continue
            at = unit.places[start]
            ways = _leap(unit, at, unit.places[end], anchored.get((unit.instructions[at], 0)))
            if ways:
                verdict.agree(count)
                verdict.notes[f"by {'/'.join(sorted(ways))}"] += count
            else:
                verdict.differ(unit, unit.lines[at], f"{unit.at(at)} → {unit.at(unit.places[end])}", count)

    return check


def _leap(unit: Unit, start: int, end: int, node: int | None) -> set[str]:
    """Kinds of the edges by which control may have gone from one kept instruction, of `node`, to another."""
    source, target = unit.blocks[start], unit.blocks[end]
    if source == target and start < end and all(is_untold(unit, place, start) for place in range(start + 1, end)):
        return {"inside"}
    if any(not is_untold(unit, place, start) for place in range(unit.firsts[target], end)):
        return set()
    if unit.opnames[start] == "END_ASYNC_FOR" and start == unit.firsts[source]:
        # it is still the loop's: what it passes on was raised when the loop asked for the next item
        loops = [block for block, ahead in unit.flow if ahead == source]
        if found := {way.kind for loop in loops for way in _ways(unit, loop, target, set()) if way.is_exceptional}:
            return found
    ways = _ways(unit, source, target, {*_untold_blocks(unit, start)})
    if any(not is_untold(unit, place, start) for place in range(start + 1, _end(unit, source))):
        # from the middle of a block only an exception leads on, and that of the node that was at work
        ways = {way for way in ways if way.is_exceptional and node in (way.node, None)}
    return {way.kind for way in ways}


def _ways(unit: Unit, source: int, target: int, between: set[int]) -> set[Way]:
    """Edges that leave the source and lead to the target, straight or over blocks that tracing does not tell of."""
    ways = set(unit.flow.get((source, target), ()))
    for block in between:
        if (source, block) in unit.flow and _ways(unit, block, target, between - {block}):
            ways |= unit.flow[source, block]
    return ways


def _end(unit: Unit, block: int) -> int:
    place = unit.firsts[block]
    while not unit.is_last(place):
        place += 1
    return place + 1


def _untold_blocks(unit: Unit, start: int) -> Iterator[int]:
    """Kept blocks that tracing tells nothing of."""
    for block in unit.reachable:
        places = range(unit.firsts[block], _end(unit, block))
        if all(is_untold(unit, place, start) for place in places):
            yield block


def check_ends(unit: Unit, counts: Counts, verdict: Verdict) -> None:
    """A frame that returns has a way to the exit from the last block that is kept; one that raises may raise there."""
    if not unit.reachable:
        return
    for (_, kept, how), count in counts.ends.items():
        if kept == ENTRY:
            verdict.notes["nothing that is kept was run"] += count
            continue
        place = unit.places[kept]
        kinds = {way.kind for exit_ in unit.exits for way in unit.flow.get((unit.blocks[place], exit_), ())}
        if kinds or (how == "unwind" and unit.blocks[place] in unit.raising):
            verdict.agree(count)
            verdict.notes[f"{how} by {'/'.join(sorted(kinds)) or 'what may raise'}"] += count
        else:
            verdict.differ(unit, unit.lines[place], f"{how} after {unit.at(place)}", count)
