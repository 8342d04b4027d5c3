"""The graphs of a batch of scopes as arrays, and their dominator trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import rustworkx

from pipeline_assets.normalize.flow.arrays import Bool, Ids, Places, booleans, distinct, find, numbers
from pipeline_assets.normalize.flow.dominance import Tree, dominators


@dataclass(frozen=True)
class Scopes:
    """Blocks by place, those of a scope together in the order in which control comes to them."""

    table: pa.Table
    """The rows of `cfg_blocks`, in this order."""
    ids: Ids
    units: Places
    """The scope of each block, ascending."""
    is_entry: Bool
    is_exit: Bool
    is_reachable: Bool
    sources: Places
    targets: Places
    is_suspension: Bool
    """Whether an edge only hands control to the caller."""

    @classmethod
    def read(cls, inputs: Mapping[str, pa.Table]) -> Scopes:
        """From the projections of `cfg_blocks` and `cfg_edges`."""
        table, edges = inputs["blocks"], inputs["edges"]
        owners = numbers(table["exit_id"])
        order = np.lexsort((numbers(table["ordinal"]), owners))
        table = table.take(order)
        ids = numbers(table["cfg_block_id"])
        by_id = np.argsort(ids)
        ends = (by_id[find(ids[by_id], numbers(edges[name]))] for name in ("src_block_id", "dst_block_id"))
        sources, targets = ends
        suspending = booleans(edges["is_suspension"])
        chosen = distinct(sources, targets, suspending + 0)
        return cls(
            table=table,
            ids=ids,
            units=np.unique(owners[order], return_inverse=True)[1],
            is_entry=booleans(table["is_entry"]),
            is_exit=booleans(table["is_exit"]),
            is_reachable=booleans(table["is_reachable"]),
            sources=sources[chosen],
            targets=targets[chosen],
            is_suspension=suspending[chosen],
        )

    def dominators(self) -> Tree:
        """What every way from the entry passes, for blocks that can be reached."""
        alive = self.is_reachable[self.sources]
        return dominators(self.units, self.sources[alive], self.targets[alive], self.is_entry)

    def post_dominators(self) -> Tree:
        """What every way to the exit passes.

        Blocks that only loop on for ever get a way out: of each such loop the block that control comes to first.
        """
        going = ~self.is_suspension
        sources, targets = self.sources[going], self.targets[going]
        tree = _post_dominators(self, sources, targets)
        stuck = (tree.depths < 0) & ~self.is_exit
        if not stuck.any():
            return tree
        looping = _ways_out(sources, targets, stuck)
        exits = np.flatnonzero(self.is_exit)
        ends = exits[np.searchsorted(self.units[exits], self.units[looping])]
        inside = np.flatnonzero(np.isin(self.units, self.units[looping]))
        again = _post_dominators(self, np.append(sources, looping), np.append(targets, ends), inside)
        above, depths = tree.above.copy(), tree.depths.copy()
        above[inside], depths[inside] = again.above, again.depths
        return Tree(above, depths)

    def tree_table(self, tree: Tree, kind: str) -> pa.Table:
        """Rows of `dominators`."""
        rows = np.flatnonzero(tree.depths >= 0)
        above = tree.above[rows]
        return pa.table(
            {
                "repository": self.table["repository"].take(rows),
                "file_id": self.table["file_id"].take(rows),
                "kind": pa.array([kind]).take(pa.array(np.zeros(len(rows), np.int32))),
                "cfg_block_id": self.ids[rows],
                "idom_id": pa.array(np.append(self.ids, -1)[above], mask=above < 0),
                "depth": tree.depths[rows].astype(np.int32),
            }
        )


def _post_dominators(scopes: Scopes, sources: Places, targets: Places, inside: Places | None = None) -> Tree:
    """The trees of the scopes whose blocks are all `inside`, or of all; the exit is their root.

    The other way round blocks come in the opposite order, what is dead behind the rest.
    """
    inside = np.arange(len(scopes.ids)) if inside is None else inside
    ranks = (inside, ~scopes.is_reachable[inside], ~scopes.is_exit[inside])
    order = inside[np.lexsort((-ranks[0], ranks[1], ranks[2], scopes.units[inside]))]
    places = np.full(len(scopes.ids), -1)
    places[order] = np.arange(len(order))
    wanted = places[sources] >= 0
    tree = dominators(scopes.units[order], places[targets[wanted]], places[sources[wanted]], scopes.is_exit[order])
    return Tree(np.append(order, -1)[tree.above[places[inside]]], tree.depths[places[inside]])


def _ways_out(sources: Places, targets: Places, stuck: Bool) -> Places:
    """The first block of each loop among blocks that reach no exit, if it leads to no other such loop."""
    inside = stuck[sources]
    following: dict[int, list[int]] = {}
    for source, target in zip(sources[inside].tolist(), targets[inside].tolist(), strict=True):
        following.setdefault(source, []).append(target)
    rings = _rings(np.flatnonzero(stuck).tolist(), following)
    final = (ring for ring in rings if all(target in ring for block in ring for target in following.get(block, ())))
    return np.array(sorted(min(ring) for ring in final), np.int64)


def _rings(blocks: list[int], following: Mapping[int, list[int]]) -> list[set[int]]:
    """Strongly connected components, as rustworkx finds them."""
    graph = rustworkx.PyDiGraph()
    nodes = dict(zip(blocks, graph.add_nodes_from(blocks), strict=True))
    graph.add_edges_from_no_data([(nodes[s], nodes[t]) for s, ts in following.items() for t in ts])
    return [{graph[node] for node in ring} for ring in rustworkx.strongly_connected_components(graph)]
