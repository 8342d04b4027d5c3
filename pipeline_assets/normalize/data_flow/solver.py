"""Which definitions reach the start of each basic block: one fixpoint a code unit, sets as Python integers."""

from __future__ import annotations

from collections.abc import Sequence

UNBOUND, OUTSIDE = 0, 1
"""Bits of a variable's set: it may have no value; it may have one that was given from outside the code unit."""
FIRST_BIT = 2
"""The first bit that stands for a definition."""


class Blocks:
    """What each block does to the sets: on the way out at its end, and where an instruction in it raises."""

    def __init__(self, count: int) -> None:
        self.made, self.kept = [0] * count, [-1] * count
        self.made_raising, self.kept_raising = [0] * count, [-1] * count

    def solve(self, entry: int, successors: Sequence[Sequence[tuple[int, bool]]]) -> list[int | None]:
        """The set at the start of each block that control can reach, from the set at entry.

        Blocks are in the order of the code, so one sweep settles what has no loops.
        """
        states: list[int | None] = [None] * len(self.made)
        states[0] = entry
        waiting = bytearray(len(states))
        waiting[0], place = 1, 0
        while (place := waiting.find(1, place)) >= 0 or (place := waiting.find(1)) >= 0:
            waiting[place] = 0
            state = states[place] or 0
            leaving = self.made[place] | state & self.kept[place]
            for target, raises in successors[place]:
                given = self.made_raising[place] | state & self.kept_raising[place] if raises else leaving
                known = states[target]
                if known is None or given | known != known:
                    states[target] = given | (known or 0)
                    waiting[target] = 1
        return states


def bits(value: int, most: int) -> list[int]:
    """The places of the lowest bits that are set, `most` at most."""
    found: list[int] = []
    while value and len(found) < most:
        lowest = value & -value
        found.append(lowest.bit_length() - 1)
        value ^= lowest
    return found
