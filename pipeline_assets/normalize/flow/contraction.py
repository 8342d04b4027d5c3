"""Taking out the blocks that evaluate nothing: ways through them become one way.

The label of a composed way is that of its first part that says something: the outcome of a test says more than that
control resumes or returns. Two tests of one value, one after the other (`(a and b) or c` compiled without threading
its jumps), have the same outcome. A way on which an exception travels stays one until a handler evaluates something;
leaving the unit it counts only if it was raised on purpose, that is by the last node of a block.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Codes, Places, bounds, distinct, ranges
from pipeline_assets.normalize.flow.ways import Cause, Label, Points, Ways


class Travel(IntEnum):
    """How control goes along a way."""

    ORDINARY = 0
    RAISED = 1
    """By an exception that any node of the source may have raised."""
    LENT = 2
    """By an exception that testing or awaiting the source's last node raised."""
    RERAISED = 3
    """By an exception that the source raises whenever it is done."""


@dataclass(frozen=True)
class Paths:
    """Ways from a block that evaluates something to another or to an exit."""

    sources: Places
    targets: Places
    labels: Codes
    travels: Codes

    def chosen(self, wanted: Bool | Places) -> Paths:
        """Some of the paths."""
        return Paths(self.sources[wanted], self.targets[wanted], self.labels[wanted], self.travels[wanted])


_STARTS = {Cause.ORDINARY: Travel.ORDINARY, Cause.RAISING: Travel.RAISED, Cause.RERAISING: Travel.RERAISED}
_START = np.array([_STARTS.get(cause, -1) for cause in Cause])
_DROPPED = -1
_TRUTHS = (Label.TRUE, Label.FALSE)


def _composed_labels() -> Codes:
    """Label of an ordinary way by those of its parts; -1 where both parts cannot be."""
    table = np.repeat(np.arange(len(Label))[:, None], len(Label), axis=1)
    for later in (*_TRUTHS, Label.RETURN):
        table[Label.NEXT, later] = later
    for later in _TRUTHS:
        table[Label.RESUME, later] = later
        table[[first for first in _TRUTHS if first != later], later] = _DROPPED
    table[:, [Label.AWAIT, Label.YIELD]] = [Label.AWAIT, Label.YIELD]
    return table


_COMPOSED = _composed_labels()


def _composed_travels() -> Codes:
    """Travel by travel so far and cause of the next part; -1 where there is no such way."""
    table = np.full((len(Travel), len(Cause)), _DROPPED)
    table[:, Cause.ORDINARY] = list(Travel)
    table[:, Cause.RERAISING] = [Travel.RERAISED, Travel.RAISED, Travel.LENT, Travel.RERAISED]
    table[Travel.ORDINARY, Cause.LENDING] = Travel.LENT
    return table


_TRAVELLED = _composed_travels()


def idle_loops(points: Points, ways: Ways, is_kept: Bool) -> Places:
    """Blocks that jump back in loops that evaluate nothing, at least one for each such loop."""
    idle = ways.chosen(_is_idle(ways, is_kept, points) & (ways.causes == Cause.ORDINARY))
    idle = idle.chosen(
        (idle.targets < points.blocks) & ~np.append(is_kept, True)[np.minimum(idle.targets, points.blocks)]
    )
    while len(idle.sources):
        leads_on = np.isin(idle.targets, idle.sources)
        if leads_on.all():
            break
        idle = idle.chosen(leads_on)
    return np.unique(idle.sources[idle.targets <= idle.sources])


def contract(points: Points, ways: Ways, is_kept: Bool) -> Paths:
    """Paths between entries, blocks that evaluate something and exits."""
    idle = _is_idle(ways, is_kept, points)
    through = ways.chosen(np.flatnonzero(idle)[np.argsort(ways.sources[idle], kind="stable")])
    firsts = bounds(through.sources, points.count)
    ends = np.ones(points.count, np.bool_)
    ends[: points.blocks] = is_kept
    ends[points.before_ends] = False
    starting = ways.chosen(~idle & (_START[ways.causes] >= 0))
    paths = Paths(starting.sources, starting.targets, starting.labels, _START[starting.causes])
    done = []
    while len(paths.sources):
        arrived = ends[paths.targets]
        done.append(paths.chosen(arrived))
        paths = _distinct(_step(paths.chosen(~arrived), through, firsts))
    joined = (
        np.concatenate([getattr(each, name) for each in done]) for name in ("sources", "targets", "labels", "travels")
    )
    return _distinct(Paths(*joined)) if done else paths


def _is_idle(ways: Ways, is_kept: Bool, points: Points) -> Bool:
    """Whether each way starts where nothing is evaluated; entries are no such place."""
    idle = np.zeros(points.count, np.bool_)
    idle[: points.blocks] = ~is_kept
    idle[points.before_ends] = True
    return idle[ways.sources]


def _step(paths: Paths, through: Ways, firsts: Places) -> Paths:
    """Each path continued by every way out of the block it has come to."""
    counts = firsts[paths.targets + 1] - firsts[paths.targets]
    ways = through.chosen(ranges(firsts[paths.targets], counts))
    before = paths.chosen(np.repeat(np.arange(len(counts)), counts))
    travels = _TRAVELLED[before.travels, ways.causes]
    labels = _COMPOSED[before.labels, ways.labels]
    raised = before.travels != Travel.ORDINARY
    labels[raised] = np.where(ways.labels == Label.RETURN, Label.RETURN, before.labels)[raised]
    # an asynchronous loop's end: the exception is over
    ended = ways.labels == Label.ENDED
    labels[ended], travels[ended] = Label.EXHAUSTED, Travel.ORDINARY
    # an exception group from a handler of `except*` is there to be raised
    travels[raised & (ways.labels == Label.NONE)] = _DROPPED
    going_on = (labels >= 0) & (travels >= 0)
    return Paths(before.sources[going_on], ways.targets[going_on], labels[going_on], travels[going_on])


def _distinct(paths: Paths) -> Paths:
    return paths.chosen(distinct(paths.sources, paths.targets, paths.labels, paths.travels))
