"""Control dependence, after Ferrante, Ottenstein and Warren, "The Program Dependence Graph and Its Use in
Optimization" (1987): along an edge from a branch, everything up to the branch's own post-dominator depends on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.flow.arrays import Bool, Places


@dataclass(frozen=True)
class Dependences:
    """Pairs of an edge, by place, and a block that runs because control took it."""

    edges: Places
    dependents: Places


def walk_lengths(sources: Places, targets: Places, above: Places, depths: Places) -> Places:
    """How many blocks depend on each edge: those from its target up to where all ways from its source meet.

    That is the post-dominator of the source, which is above the target, or is it.
    """
    met = np.append(depths, -1)[above[sources]]
    lengths: Places = depths[targets] - met
    return lengths


def dependences(sources: Places, targets: Places, above: Places, lengths: Places, wanted: Bool) -> Dependences:
    """What depends on the wanted edges, given the tree of post-dominators."""
    edges = np.flatnonzero(wanted & (lengths > 0))
    runners, left = targets[edges], lengths[edges]
    found, dependents = [edges[:0]], [edges[:0]]
    while len(edges):
        found.append(edges)
        dependents.append(runners)
        going_on = left > 1
        edges, runners, left = edges[going_on], above[runners[going_on]], left[going_on] - 1
    return Dependences(np.concatenate(found), np.concatenate(dependents))
