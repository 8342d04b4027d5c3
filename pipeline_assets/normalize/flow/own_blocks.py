"""Blocks of syntax among the points of a program: numbered on behind them, first the exits of scopes without code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.flow.arrays import Ids, Places
from pipeline_assets.normalize.flow.labels import EXCEPTION, KINDS, Edges, entering
from pipeline_assets.normalize.flow.lifting import Lifted
from pipeline_assets.normalize.flow.program import WITHS
from pipeline_assets.normalize.flow.syntax_blocks import Region, read_steps, regions


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
    live = _live(lifted, flow)
    found = regions(read_steps(flow), live)
    unit_of = {scope: unit for unit, scope in enumerate(lifted.program.unit_scopes.tolist())} if found else {}
    scopes = [region.scope for region in found if region.scope not in unit_of]
    unit_of |= {scope: len(lifted.program.unit_ids) + place for place, scope in enumerate(scopes)}
    places = _Places(lifted, live, unit_of, lifted.points.count, len(scopes))
    starts = np.cumsum([0, *(len(region.blocks) for region in found)]).tolist()
    rows = [row for region, start in zip(found, starts, strict=False) for row in places.rows(region, start)]
    blocks = [block for region in found for block in region.blocks]
    entries = [p for region, start in zip(found, starts, strict=False) for p in places.entries(region, start)]
    return OwnBlocks(
        scopes=np.array(scopes, np.int64),
        units=np.array([unit_of[region.scope] for region in found for _ in region.blocks], np.int64),
        nodes=np.array([node for block in blocks for node in block], np.int64),
        owners=np.repeat(np.arange(len(blocks)), [len(block) for block in blocks]),
        edges=_edges(lifted, rows),
        entries=np.array(entries, np.int64),
    )


@dataclass(frozen=True)
class _Places:
    """How the points of own blocks are numbered."""

    lifted: Lifted
    live: Mapping[int, int]
    unit_of: Mapping[int, int]
    first: int
    own_units: int

    def point(self, region: Region, start: int, node: int | None) -> int:
        """The block of a node; the scope's exit for none."""
        if node is None:
            unit, code_units = self.unit_of[region.scope], len(self.lifted.program.unit_ids)
            own = unit - code_units
            return self.first + own if own >= 0 else self.lifted.points.blocks + unit
        return self.live[node] if node in self.live else self.first + self.own_units + start + region.of_node[node]

    def rows(self, region: Region, start: int) -> Iterator[tuple[int, ...]]:
        """Source, target, kind and the nodes at the ends of each edge."""
        for step in region.steps:
            source, target = (self.point(region, start, node) for node in (step.source, step.target))
            nodes = (-1 if node is None else node for node in (step.source, step.target))
            yield source, target, KINDS.index(step.kind), *nodes

    def entries(self, region: Region, start: int) -> Iterator[int]:
        """Where the scope starts, if bytecode has no start of it."""
        if self.unit_of[region.scope] >= len(self.lifted.program.unit_ids):
            yield from (self.point(region, start, node) for node in region.entries)


def _edges(lifted: Lifted, rows: list[tuple[int, ...]]) -> Edges:
    sources, targets, kinds, source_nodes, target_nodes = np.array(rows, np.int64).reshape(-1, 5).T
    exceptional = kinds == EXCEPTION
    edges = Edges(sources, targets, kinds, source_nodes, target_nodes, exceptional)
    exits_with = exceptional & lifted.syntax.is_kind(target_nodes, *WITHS)
    return entering(edges, lifted.syntax, exits_with, np.zeros(len(kinds), np.bool_))


def _live(lifted: Lifted, flow: pa.Table) -> dict[int, int]:
    """For the nodes in `flow` that bytecode evaluates, the block: the first that starts with the node, if one does."""
    found = lifted.evaluations
    wanted = np.unique(np.concatenate([flow[name].drop_null().to_numpy() for name in ("src_node", "dst_node")]))
    rows = np.flatnonzero(np.isin(found.nodes, wanted)) if len(wanted) else wanted
    starts_block = found.bounds[found.blocks[rows]] == rows
    live: dict[int, int] = {}
    for row in rows[np.argsort(~starts_block, kind="stable")].tolist():
        live.setdefault(int(found.nodes[row]), int(found.blocks[row]))
    return live
