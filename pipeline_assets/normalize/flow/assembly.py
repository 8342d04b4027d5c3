"""Blocks and exits of a batch in one numbering, those of bytecode and those of syntax alike, with ids and order."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline_assets.extract.ids import BLOCK, FACT, row_ids
from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.normalize.flow.arrays import Bool, Ids, Places
from pipeline_assets.normalize.flow.graph import Graph, reverse_postorder
from pipeline_assets.normalize.flow.labels import JUMP, NEXT, Edges
from pipeline_assets.normalize.flow.lifting import Lifted
from pipeline_assets.normalize.flow.own_blocks import OwnBlocks

FIRST_OWN = 1 << 22
"""Ordinal in its file of the first block that is no block of bytecode: exits, then blocks of syntax."""


@dataclass(frozen=True)
class Vertices:
    """Blocks and exits, ascending by unit; in a unit those of bytecode come first and the exit last."""

    points: Places
    """What each is a number of: a block of bytecode, an exit, or a block of syntax."""
    units: Places
    unit_scopes: Ids
    unit_ids: Ids
    """The code unit of each unit, -1 for a scope without one."""
    ids: Ids
    is_exit: Bool
    places: Places
    """By point, the vertex; -1 for a point that is none."""
    entries: Places
    """The vertex where each unit starts."""

    @property
    def exits(self) -> Places:
        """The exit of each unit."""
        return np.flatnonzero(self.is_exit)  # every unit has one, and units are ascending

    @property
    def files(self) -> Ids:
        """The file of each vertex."""
        return self.unit_scopes[self.units] >> FILE_SHIFT


def vertices_of(lifted: Lifted, own: OwnBlocks) -> Vertices:
    """Number what is left of the points."""
    program, numbered = lifted.program, lifted.points
    kept = np.flatnonzero(lifted.evaluations.is_kept)
    units = len(program.unit_ids)
    own_exits = numbered.count + np.arange(len(own.scopes))
    own_points = numbered.count + len(own.scopes) + np.arange(len(own.units))
    points = np.concatenate([kept, own_points, numbered.exits, own_exits])
    of_point = np.concatenate([program.block_units[kept], own.units, np.arange(units + len(own.scopes))])
    order = np.argsort(of_point, kind="stable")
    points, of_point = points[order], of_point[order]
    places = np.full(numbered.count + len(own.scopes) + len(own.units), -1)
    places[points] = np.arange(len(points))
    entering = lifted.paths.sources >= numbered.blocks
    scopes = np.concatenate([program.unit_scopes, own.scopes])
    vertices = Vertices(
        points=points,
        units=of_point,
        unit_scopes=scopes,
        unit_ids=np.concatenate([program.unit_ids, np.full(len(own.scopes), -1)]),
        ids=np.append(program.block_ids, -1)[np.minimum(points, numbered.blocks)],
        is_exit=np.isin(points, np.concatenate([numbered.exits, own_exits])),
        places=places,
        entries=np.unique(places[np.concatenate([lifted.paths.targets[entering], own.entries])]),
    )
    return replace(vertices, ids=_own_ids(vertices))


def _own_ids(vertices: Vertices) -> Ids:
    """Ids of vertices; those that are no block of bytecode are numbered through their file, exits first."""
    own = np.flatnonzero(vertices.ids < 0)
    files = vertices.files[own]
    order = np.lexsort((vertices.points[own], ~vertices.is_exit[own], files))
    own, files = own[order], files[order]
    distinct, counts = np.unique(files, return_counts=True)
    ids = vertices.ids.copy()
    ids[own] = row_ids(distinct, counts, BLOCK) + FIRST_OWN
    return ids


def joined(vertices: Vertices, lifted: Edges, own: Edges) -> Edges:
    """The edges of both origins, between vertices, ascending by file, source, target, kind and node."""
    sources, targets, kinds, source_nodes, target_nodes, exceptional = (
        np.concatenate([getattr(lifted, name), getattr(own, name)]) for name in Edges.__dataclass_fields__
    )
    edges = Edges(vertices.places[sources], vertices.places[targets], kinds, source_nodes, target_nodes, exceptional)
    files = vertices.files[edges.sources]
    return edges.chosen(np.lexsort((exceptional, source_nodes, kinds, edges.targets, edges.sources, files)))


@dataclass(frozen=True)
class Ordered:
    """Vertices in the order in which control comes to them, and edges that know which way this is."""

    vertices: Vertices
    edges: Edges
    ordinals: Places
    is_reachable: Bool

    @property
    def edge_ids(self) -> Ids:
        """Ids of the edges, by file."""
        files, counts = np.unique(self.vertices.files[self.edges.sources], return_counts=True)
        return row_ids(files, counts, FACT)


def ordered(vertices: Vertices, edges: Edges) -> Ordered:
    """Give ordinals; control that goes on to what came before repeats a loop, also one without a test."""
    graph = Graph.of(vertices.units, edges.sources, edges.targets, vertices.entries)
    ordinals, is_reachable = reverse_postorder(graph)
    goes_back = ordinals[edges.targets] <= ordinals[edges.sources]
    kinds = np.where((edges.kinds == NEXT) & goes_back & is_reachable[edges.sources], JUMP, edges.kinds)
    return Ordered(vertices, replace(edges, kinds=kinds), ordinals, is_reachable)
