"""From the bytecode's blocks to edges between blocks that evaluate syntax."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_assets.normalize.flow.contraction import Paths, contract, idle_loops
from pipeline_assets.normalize.flow.evaluations import Evaluations, evaluating, evaluations, keep, settled
from pipeline_assets.normalize.flow.labels import Edges, edges_of
from pipeline_assets.normalize.flow.program import Program, Syntax
from pipeline_assets.normalize.flow.ways import Points, Ways, points_of, ways_of


@dataclass(frozen=True)
class Lifted:
    """What became of a program's blocks."""

    program: Program
    syntax: Syntax
    points: Points
    evaluations: Evaluations
    ways: Ways
    paths: Paths


def lift(program: Program, syntax: Syntax) -> Lifted:
    """Find what blocks evaluate and the paths between those that evaluate something.

    A loop that evaluates nothing (`while True: pass`) keeps a block, or there would be no way that goes on for ever.
    """
    program, points = settled(program, syntax), points_of(program)
    works = evaluating(program, syntax)
    found = evaluations(program, syntax, works)
    ways = ways_of(program, points, found.lends)
    idle = idle_loops(points, ways, found.is_kept)
    if len(idle):
        program, works = keep(program, syntax, works, idle)
        found = evaluations(program, syntax, works)
        ways = ways_of(program, points, found.lends)
    return Lifted(program, syntax, points, found, ways, contract(points, ways, found.is_kept))


def edges(lifted: Lifted) -> Edges:
    """The edges between blocks, and to exits."""
    return edges_of(lifted.program, lifted.syntax, lifted.points, lifted.paths, lifted.evaluations)
