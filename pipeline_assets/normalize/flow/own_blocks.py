"""Blocks of syntax among the points of a program: numbered on behind them, first the exits of scopes without code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.flow.arrays import Ids, Places
from pipeline_assets.normalize.flow.labels import EXCEPTION, Edges, entering
from pipeline_assets.normalize.flow.lifting import Lifted
from pipeline_assets.normalize.flow.program import WITHS
from pipeline_assets.normalize.flow.syntax_blocks import Region, Scope, Step, regions
from pipeline_assets.normalize.flow.ways import Cause


@dataclass(frozen=True)
class OwnBlocks:
    """What bytecode knows nothing of."""

    scopes: Ids
    """Scopes without a code unit; they are numbered as units behind the code units."""
    units: Places
    """The unit of each block."""
    nodes: Ids
    """What the blocks evaluate, block by block."""
    owners: Places
    """The block of each node."""
    edges: Edges
    entries: Places
    """Points where the scopes without a code unit start."""


def own_blocks(lifted: Lifted, flow: pa.Table) -> OwnBlocks:
    """Cut the flow that the syntax tells into blocks."""
    found = regions(flow)
    program = lifted.program
    roles = zip(program.unit_scopes.tolist(), program.unit_roles, strict=True) if found else ()
    unit_of: dict[Scope, int] = {scope: unit for unit, scope in enumerate(roles)}
    scopes = [region.scope for region in found if region.scope not in unit_of]
    unit_of |= {scope: len(program.unit_ids) + place for place, scope in enumerate(scopes)}
    numbering = _Numbering(lifted, _live(lifted, flow), unit_of, len(scopes))
    rows = [row for start, region in _started(found) for row in numbering.rows(region, start)]
    blocks = [[region.nodes[point] for point in block] for region in found for block in region.blocks]
    return OwnBlocks(
        scopes=np.array([node for node, _ in scopes], np.int64),
        units=np.array([unit_of[region.scope] for region in found for _ in region.blocks], np.int64),
        nodes=np.array([node for block in blocks for node in block], np.int64),
        owners=np.repeat(np.arange(len(blocks)), [len(block) for block in blocks]),
        edges=_edges(lifted, rows),
        entries=np.array([p for start, region in _started(found) for p in numbering.entries(region, start)], np.int64),
    )


@dataclass(frozen=True)
class _Numbering:
    """How the points of own blocks are numbered; `start` is the number of blocks of regions before."""

    lifted: Lifted
    live: Mapping[int, int]
    unit_of: Mapping[Scope, int]
    own_units: int

    def rows(self, region: Region, start: int) -> Iterator[tuple[int, ...]]:
        """Source, target, kind and the nodes at the ends of each edge."""
        for step in region.steps:
            if step.source is not None and step.source_node is not None:
                node = -1 if step.target_node is None else step.target_node
                source = self._own(region, start, step.source)
                yield source, self._target(region, start, step), step.kind, step.source_node, node

    def entries(self, region: Region, start: int) -> Iterator[int]:
        """Where the scope starts, if bytecode has no start of it."""
        if self._own_unit(region) >= 0:
            yield from (self._target(region, start, step) for step in region.steps if step.source is None)

    def _target(self, region: Region, start: int, step: Step) -> int:
        if step.target is not None:
            return self._own(region, start, step.target)
        if step.target_node is not None:
            return self.live[step.target_node]
        own = self._own_unit(region)
        points = self.lifted.points
        return points.count + own if own >= 0 else points.blocks + self.unit_of[region.scope]

    def _own(self, region: Region, start: int, point: int) -> int:
        return self.lifted.points.count + self.own_units + start + region.block_of[point]

    def _own_unit(self, region: Region) -> int:
        """Its place among scopes without a code unit, negative for one that has one."""
        return self.unit_of[region.scope] - len(self.lifted.program.unit_ids)


def _started(found: list[Region]) -> Iterator[tuple[int, Region]]:
    start = 0
    for region in found:
        yield start, region
        start += len(region.blocks)


def _edges(lifted: Lifted, rows: list[tuple[int, ...]]) -> Edges:
    sources, targets, kinds, source_nodes, target_nodes = np.array(rows, np.int64).reshape(-1, 5).T
    exceptional = kinds == EXCEPTION
    edges = Edges(sources, targets, kinds, source_nodes, target_nodes, exceptional)
    exits_with = exceptional & lifted.syntax.is_kind(target_nodes, *WITHS)
    return entering(edges, lifted.syntax, exits_with, np.zeros(len(kinds), np.bool_))


def _live(lifted: Lifted, flow: pa.Table) -> dict[int, int]:
    """For the nodes that `flow` leads to and bytecode evaluates, the block: the first that starts with the node."""
    found = lifted.evaluations
    wanted = np.unique(flow["dst_node"].filter(flow["dst_point"].is_null()).drop_null().to_numpy())
    rows = np.flatnonzero(np.isin(found.nodes, wanted)) if len(wanted) else wanted
    starts_block = found.bounds[found.blocks[rows]] == rows
    live: dict[int, int] = {}
    for row in rows[np.argsort(~starts_block, kind="stable")].tolist():
        live.setdefault(int(found.nodes[row]), int(found.blocks[row]))
    return live | {node: _beyond(lifted, node) for node in wanted.tolist() if node not in live}


def _beyond(lifted: Lifted, node: int) -> int:
    """Where control comes to from the instructions of a node that evaluate nothing: a block or an exit."""
    ways, kept = lifted.ways, lifted.evaluations.is_kept
    waiting = lifted.program.blocks[lifted.program.nodes == node][:1].tolist()
    seen = set(waiting)
    for point in waiting:  # which grows
        if point >= lifted.points.blocks or kept[point]:
            return int(point)
        ahead = ways.targets[(ways.sources == point) & (ways.causes == Cause.ORDINARY)].tolist()
        waiting += [target for target in ahead if target not in seen]
        seen.update(ahead)
    raise LookupError(node)
