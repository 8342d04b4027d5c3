"""Which definitions reach which uses inside a code unit: array operations where order decides, else a fixpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, spread
from pipeline_assets.normalize.data_flow.events import Events
from pipeline_assets.normalize.data_flow.operations import NAME, STAR
from pipeline_assets.normalize.data_flow.solver import FIRST_BIT, OUTSIDE, UNBOUND, Blocks, bits
from pipeline_assets.normalize.data_flow.touches import Touches, find_touches
from pipeline_assets.normalize.data_flow.variables import Variables

MOST_DEFINITIONS = 1_000
"""Definitions that are listed for one use."""
MOST_PAIRS = 500_000
"""Pairs that a code unit may have before fewer definitions are listed for each of its uses."""
MOST_BITS = 1 << 28
"""Bits that the sets of one code unit may have at a time; with more, its variables are solved in several turns."""


Limit = tuple[int, int, int, int]
"""Code unit, variable, definitions that are listed for one use at most, definitions that reach it."""


@dataclass(slots=True)
class Reaching:
    """Pairs of events, and what else may reach an event that reads."""

    uses: Ints
    definitions: Ints
    unbound: Bools
    """By event: the variable may have no value."""
    outside: Bools
    """By event: the value may come from outside the code unit."""
    limits: list[Limit] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Openness:
    """By variable, how the world outside its code unit takes part."""

    starts_outside: Bools
    """At entry it has what others gave it; all others start without a value."""
    is_shared: Bools
    """Whatever code runs in between may give it another value."""


def solve(code: Code, events: Events, variables: Variables, openness: Openness) -> Reaching:
    """Reaching definitions of all code units."""
    touches = find_touches(code, events, variables)
    found = _Finding(code, events, variables, openness, touches)
    found.settle_in_blocks()
    found.settle_at_start()
    found.settle_by_flow()
    return found.result()


def reachable_blocks(code: Code) -> Bools:
    """Blocks that control can reach from their code unit's start.

    Where an earlier block leads to every block, all can be reached; only other code units are searched.
    """
    forward = code.sources < code.targets
    led_to = np.zeros(len(code.block_ids), np.bool_)
    led_to[code.targets[forward]] = True
    led_to[code.first_blocks[:-1]] = True
    reached = np.ones(len(led_to), np.bool_)
    edges = _Edges(code)
    for unit in np.unique(code.block_units[~led_to]).tolist():
        first, end = int(code.first_blocks[unit]), int(code.first_blocks[unit + 1])
        states = Blocks(end - first).solve(0, edges.successors(first, end))
        reached[first:end] = [state is not None for state in states]
    return reached


class _Edges:
    """Where control goes from each block: as lists, since reading single numbers from arrays is slow."""

    def __init__(self, code: Code) -> None:
        self.starts: list[int] = np.searchsorted(code.sources, np.arange(len(code.block_ids) + 1)).tolist()
        self.targets: list[int] = code.targets.tolist()
        self.raises: list[bool] = code.is_exceptional.tolist()

    def successors(self, first: int, end: int) -> list[list[tuple[int, bool]]]:
        """By block of a code unit: the blocks that control goes to, and whether by an exception."""
        starts, targets, raises = self.starts[first : end + 1], self.targets, self.raises
        return [[(targets[edge] - first, raises[edge]) for edge in range(low, high)] for low, high in pairwise(starts)]


class _Finding:
    """Pairs and marks as they are found."""

    def __init__(self, code: Code, events: Events, variables: Variables, openness: Openness, touches: Touches) -> None:
        self.code, self.events, self.variables, self.openness, self.touches = (
            code,
            events,
            variables,
            openness,
            touches,
        )
        self.pairs: list[tuple[Ints, Ints]] = []
        self.unbound = np.zeros(len(events), np.bool_)
        self.outside = np.zeros(len(events), np.bool_)
        self.limits: list[Limit] = []
        reached = reachable_blocks(code)
        self.live = touches.reads & reached[touches.blocks]
        self.exposed = self.live & (touches.previous == NONE)
        self.stars = np.flatnonzero(events.roles == STAR)
        self.starred = np.isin(variables.units, events.units[self.stars]) & (variables.storages == NAME)
        self.is_shared = openness.is_shared[touches.variables]

    def result(self) -> Reaching:
        """Everything found."""
        uses = np.concatenate([uses for uses, _ in self.pairs])
        definitions = np.concatenate([definitions for _, definitions in self.pairs])
        return Reaching(uses, definitions, self.unbound, self.outside, self.limits)

    def add(self, readers: Ints, definitions: Ints) -> None:
        """Pair touches that read with events that define; deletions need a value but have no pairs."""
        uses = readers[~self.touches.kills[readers]]
        self.pairs.append((self.touches.events[uses], definitions[~self.touches.kills[readers]]))

    def settle_in_blocks(self) -> None:
        """Reads that follow a definition or deletion in their own block."""
        touches, running = self.touches, self.code.running
        readers = np.flatnonzero(self.live & (touches.previous != NONE))
        seen = touches.previous[readers]
        defined = touches.defines[seen]
        self.add(readers[defined], touches.events[seen[defined]])
        self.unbound[touches.events[readers[~defined]]] = True
        since = np.where(touches.previous == NONE, self.code.block_starts[touches.blocks], 0)
        since[readers] = touches.instructions[seen] + 1
        ran = self.live & self.is_shared & (running[touches.instructions] > running[since])
        self.outside[touches.events[ran]] = True
        for star in self.stars.tolist():
            self._settle_star(star)

    def _settle_star(self, star: int) -> None:
        """Reads behind a star import in its block, which may have bound their name."""
        touches, at = self.touches, int(self.events.instructions[star])
        near = (
            self.live
            & (touches.blocks == self.code.block_of[at])
            & (self.variables.storages[touches.variables] == NAME)
        )
        readers = np.flatnonzero(near & (touches.instructions > at))
        seen = touches.previous[readers]
        readers = readers[(seen == NONE) | (touches.instructions[seen] < at)]
        self.add(readers, np.full(len(readers), star))

    def settle_at_start(self) -> None:
        """Reads whose variable is written in the first block only, or nowhere: what it has there it has everywhere."""
        touches, code = self.touches, self.code
        first_blocks = code.first_blocks[self.variables.units]
        is_entry = touches.instructions < code.block_starts[touches.blocks]
        raising_starts = np.isin(first_blocks, code.sources[code.is_exceptional])
        returned_to = np.isin(first_blocks, code.targets)
        later = touches.kills & (touches.blocks != first_blocks[touches.variables])
        stated = touches.kills & ~is_entry
        is_complex = _any(later, touches, len(self.variables))
        has_stated = _any(stated, touches, len(self.variables))
        has_any = _any(touches.kills, touches, len(self.variables))
        is_complex |= (raising_starts & has_stated) | returned_to | self.starred
        is_complex |= self.openness.is_shared & (has_any | ~self.openness.starts_outside)
        self.is_complex = is_complex
        last = np.full(len(self.variables), NONE)
        last[touches.variables[touches.kills]] = np.flatnonzero(touches.kills)
        readers = np.flatnonzero(self.exposed & ~is_complex[touches.variables])
        inside = touches.blocks[readers] == first_blocks[touches.variables[readers]]
        seen = np.where(inside, NONE, last[touches.variables[readers]])
        self._settle(readers, seen)

    def _settle(self, readers: Ints, seen: Ints) -> None:
        """Each reader sees one definition or deletion, or what the variable starts with."""
        touches = self.touches
        known = seen != NONE
        defined = known & touches.defines[seen]
        self.add(readers[defined], touches.events[seen[defined]])
        starts_outside = self.openness.starts_outside[touches.variables[readers]]
        self.unbound[touches.events[readers[(known & ~defined) | (~known & ~starts_outside)]]] = True
        self.outside[touches.events[readers[~known & starts_outside]]] = True

    def settle_by_flow(self) -> None:
        """All other reads: by the sets at the start of their blocks."""
        chosen = np.flatnonzero(self.exposed & self.is_complex[self.touches.variables])
        groups, of_reader = np.unique(self.touches.firsts[chosen], return_inverse=True)
        if not len(groups):
            return
        flow = _Flow(self, groups, np.bincount(of_reader))
        flow.run()
        sizes = np.bincount(np.array(flow.groups, np.int64), minlength=len(groups))
        owners, positions = spread((np.cumsum(sizes) - sizes)[of_reader], sizes[of_reader])
        order = np.argsort(np.array(flow.groups, np.int64), kind="stable")
        self.add(chosen[owners], np.array(flow.definitions, np.int64)[order][positions])
        for marks, groups_marked in ((self.unbound, flow.unbound), (self.outside, flow.outside)):
            marked = np.frombuffer(groups_marked, np.bool_)[of_reader]
            marks[self.touches.events[chosen[marked]]] = True


def _any(marked: Bools, touches: Touches, count: int) -> Bools:
    """By variable: whether a touch is marked."""
    found: Bools = np.zeros(count, np.bool_)
    found[touches.variables[marked]] = True
    return found


class _Flow:
    """The sets at the starts of blocks, for the variables that need them."""

    def __init__(self, finding: _Finding, groups: Ints, counts: Ints) -> None:
        self.finding, touches = finding, finding.touches
        self.code, variables = finding.code, finding.variables
        self.group_variables, self.group_blocks, self.counts = touches.variables[groups], touches.blocks[groups], counts
        self.unbound, self.outside = bytearray(len(groups)), bytearray(len(groups))
        self.groups: list[int] = []
        self.definitions: list[int] = []
        needed = np.zeros(len(variables), np.bool_)
        needed[self.group_variables] = True
        self.kills = np.flatnonzero(touches.kills & needed[touches.variables])
        self._describe()

    def _describe(self) -> None:
        """For each write: whether it is the first or last of its variable in its block, and what handlers see of it."""
        touches, code, kills = self.finding.touches, self.code, self.kills
        variables, blocks, instructions = touches.variables[kills], touches.blocks[kills], touches.instructions[kills]
        same = np.zeros(len(kills) + 1, np.bool_)
        same[1:-1] = (variables[1:] == variables[:-1]) & (blocks[1:] == blocks[:-1])
        self.is_first, self.is_last = ~same[:-1], ~same[1:]
        ends = code.block_starts[blocks + 1]
        following = np.where(self.is_last, ends, np.append(instructions[1:], 0) + 1)
        self.is_handled = code.raising[following] > code.raising[instructions + 1]
        # A parameter is defined in front of its block: nothing in the block comes before it.
        entered = np.minimum(instructions + 1, ends)
        self.is_kept = code.raising[entered] > code.raising[code.block_starts[blocks]]
        self.is_disturbed = code.running[ends] > code.running[instructions + 1]
        firsts = np.searchsorted(variables, np.arange(len(self.finding.variables) + 1))
        self.variable_starts = firsts

    def run(self) -> None:
        """Solve unit by unit."""
        variables = self.finding.variables
        needed = np.unique(self.group_variables)
        order = np.argsort(variables.units[needed], kind="stable")
        units, starts = np.unique(variables.units[needed][order], return_index=True)
        by_variable = np.argsort(self.group_variables, kind="stable")
        bounds = np.searchsorted(self.group_variables[by_variable], np.arange(len(variables) + 1))
        self.groups_of = (by_variable.tolist(), bounds.tolist())
        self.columns = _Columns(self)
        reads = np.bincount(variables.units[self.group_variables], self.counts, len(self.code.unit_ids))[units]
        edges, ordered = _Edges(self.code), needed[order].tolist()
        bounds_of = zip(starts.tolist(), [*starts[1:].tolist(), len(ordered)], strict=True)
        for unit, (low, high), count in zip(units.tolist(), bounds_of, reads.tolist(), strict=True):
            self._solve_unit(unit, ordered[low:high], edges, int(count))

    def _solve_unit(self, unit: int, needed: list[int], edges: _Edges, reads: int) -> None:
        first, end = self.columns.first_blocks[unit], self.columns.first_blocks[unit + 1]
        successors = edges.successors(first, end)
        stars = self.columns.stars.get(unit, [])
        most = min(MOST_DEFINITIONS, max(8, MOST_PAIRS // max(reads, 1)))
        for turn in self._turns(needed, len(stars), end - first):
            _Unit(self, unit, first, end, stars, most).solve(turn, successors)

    def _turns(self, needed: list[int], stars: int, blocks: int) -> Iterator[list[int]]:
        """Variables that are solved together: as many as keep the sets small."""
        turn: list[int] = []
        size = 0
        for variable in needed:
            size += FIRST_BIT + stars + self.columns.starts[variable + 1] - self.columns.starts[variable]
            turn.append(variable)
            if size * blocks > MOST_BITS:
                yield turn
                turn, size = [], 0
        if turn:
            yield turn


class _Columns:
    """What a code unit needs of the arrays, as lists: reading single numbers from arrays is slow."""

    def __init__(self, flow: _Flow) -> None:
        touches, kills = flow.finding.touches, flow.kills
        self.blocks = touches.blocks[kills].tolist()
        self.events = touches.events[kills].tolist()
        self.defines = touches.defines[kills].tolist()
        self.instructions = touches.instructions[kills].tolist()
        marks = (flow.is_first, flow.is_last, flow.is_handled, flow.is_kept, flow.is_disturbed)
        self.marks = list(zip(*(mark.tolist() for mark in marks), strict=True))
        self.starts = flow.variable_starts.tolist()
        self.group_blocks = flow.group_blocks.tolist()
        self.is_shared = flow.finding.openness.is_shared.tolist()
        self.starts_outside = flow.finding.openness.starts_outside.tolist()
        self.starred = flow.finding.starred.tolist()
        self.first_blocks = flow.code.first_blocks.tolist()
        self.stars: dict[int, list[int]] = {}
        for star in flow.finding.stars.tolist():
            self.stars.setdefault(int(flow.finding.events.units[star]), []).append(star)


class _Unit:
    """One code unit's fixpoint for some of its variables."""

    def __init__(self, flow: _Flow, unit: int, first: int, end: int, stars: list[int], most: int) -> None:
        self.flow, self.unit, self.first, self.end, self.stars, self.most = flow, unit, first, end, stars, most
        self.blocks = Blocks(end - first)
        self.entry = 0
        self.shared = 0
        self.disturbed: dict[int, int] = {}
        """By block: shared variables that are written after the last operation that runs other code."""
        self.starred: list[tuple[int, int]] = []
        """First bit of each variable that star imports may define, and the variable."""

    def solve(self, needed: list[int], successors: list[list[tuple[int, bool]]]) -> None:
        """Lay the sets out, solve, and read off what reaches the reads."""
        offsets = []
        base = 0
        for variable in needed:
            offsets.append(base)
            base += self._lay_out(variable, base)
        self._disturb()
        self._import_stars()
        states = self.blocks.solve(self.entry, successors)
        for variable, offset in zip(needed, offsets, strict=True):
            self._read_off(variable, offset, states)

    def _lay_out(self, variable: int, base: int) -> int:
        """Note what each block does to one variable; the bits that it needs."""
        columns, blocks = self.flow.columns, self.blocks
        start, end = columns.starts[variable], columns.starts[variable + 1]
        bit = base + FIRST_BIT + len(self.stars)
        size = bit - base + end - start
        others = ~(((1 << size) - 1) << base)
        self.entry |= 1 << (base + (OUTSIDE if columns.starts_outside[variable] else UNBOUND))
        is_shared = columns.is_shared[variable]
        if is_shared:
            self.shared |= 1 << (base + OUTSIDE)
        if columns.starred[variable]:
            self.starred.append((base, variable))
        for row in range(start, end):
            block = columns.blocks[row] - self.first
            is_first, is_last, is_handled, is_kept, is_disturbed = columns.marks[row]
            value = 1 << (bit + row - start if columns.defines[row] else base + UNBOUND)
            if is_first:
                blocks.kept[block] &= others
                if not is_kept:
                    blocks.kept_raising[block] &= others
            if is_last:
                blocks.made[block] |= value
                if is_shared and not is_disturbed:
                    self.disturbed[block] = self.disturbed.get(block, 0) | 1 << (base + OUTSIDE)
            if is_handled:
                blocks.made_raising[block] |= value
        return int(size)

    def _disturb(self) -> None:
        """Where other code runs, it may give shared variables another value; what raises may have run such code."""
        if not self.shared:
            return
        running = self.flow.code.running[self.flow.code.block_starts[self.first : self.end + 1]]
        for block, runs in enumerate((running[1:] > running[:-1]).tolist()):
            if runs:
                self.blocks.made[block] |= self.shared & ~self.disturbed.get(block, 0)
                self.blocks.made_raising[block] |= self.shared

    def _import_stars(self) -> None:
        """A star import may define every variable, and takes no earlier definition away."""
        code, columns = self.flow.code, self.flow.columns
        for number, star in enumerate(self.stars):
            at = int(self.flow.finding.events.instructions[star])
            block = int(code.block_of[at])
            for base, variable in self.starred:
                rows = range(columns.starts[variable], columns.starts[variable + 1])
                value = 1 << (base + FIRST_BIT + number)
                if not any(columns.blocks[row] == block and columns.instructions[row] > at for row in rows):
                    self.blocks.made[block - self.first] |= value
                self.blocks.made_raising[block - self.first] |= value

    def _read_off(self, variable: int, base: int, states: list[int | None]) -> None:
        flow, columns = self.flow, self.flow.columns
        start, end = columns.starts[variable], columns.starts[variable + 1]
        size = FIRST_BIT + len(self.stars) + end - start
        mask = (1 << size) - 1
        sources = self.stars + columns.events[start:end]
        order, bounds = flow.groups_of
        for group in order[bounds[variable] : bounds[variable + 1]]:
            state = (states[columns.group_blocks[group] - self.first] or 0) >> base & mask
            flow.unbound[group] = state >> UNBOUND & 1
            flow.outside[group] = state >> OUTSIDE & 1
            reaching = state >> FIRST_BIT
            listed = bits(reaching, self.most)
            flow.groups.extend([group] * len(listed))
            flow.definitions.extend(sources[bit] for bit in listed)
            if len(listed) == self.most and reaching.bit_count() > self.most:
                flow.finding.limits.append((self.unit, variable, self.most, reaching.bit_count()))
