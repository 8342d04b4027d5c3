"""The graphs of a batch of scopes as arrays, and their dominator trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

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
        order = self._backwards()
        tree = self._post_dominators(order, np.empty(0, np.int64))
        stuck = (tree.depths < 0) & ~self.is_exit
        return self._post_dominators(order, self._ways_out(stuck)) if stuck.any() else tree

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

    def _backwards(self) -> Places:
        """The exit first, then what control comes to last; dead code comes behind that."""
        ranks = np.arange(len(self.ids))
        return np.lexsort((-ranks, ~self.is_reachable, ~self.is_exit, self.units))

    def _post_dominators(self, order: Places, stuck: Places) -> Tree:
        """`stuck` are blocks that are given a way to the exit; `order` are the blocks from the exit on."""
        places = np.empty(len(order), np.int64)
        places[order] = np.arange(len(order))
        exits = np.flatnonzero(self.is_exit)
        exit_of = exits[np.searchsorted(self.units[exits], self.units[stuck])]
        going = ~self.is_suspension
        sources = np.concatenate([self.targets[going], exit_of])
        targets = np.concatenate([self.sources[going], stuck])
        found = dominators(self.units[order], places[sources], places[targets], self.is_exit[order])
        above = np.append(order, -1)[found.above]
        return Tree(above[places], found.depths[places])

    def _ways_out(self, stuck: Bool) -> Places:
        """The first block of each loop among blocks that reach no exit, if it leads to no other such loop."""
        inside = stuck[self.sources] & ~self.is_suspension
        following: dict[int, list[int]] = {}
        for source, target in zip(self.sources[inside].tolist(), self.targets[inside].tolist(), strict=True):
            following.setdefault(source, []).append(target)
        rings = _rings(np.flatnonzero(stuck).tolist(), following)
        final = (ring for ring in rings if all(target in ring for block in ring for target in following.get(block, ())))
        return np.array(sorted(min(ring) for ring in final), np.int64)


def _rings(blocks: list[int], following: Mapping[int, list[int]]) -> list[set[int]]:
    """Strongly connected components, as rustworkx finds them."""
    import rustworkx

    graph = rustworkx.PyDiGraph()
    nodes = dict(zip(blocks, graph.add_nodes_from(blocks), strict=True))
    graph.add_edges_from_no_data([(nodes[s], nodes[t]) for s, ts in following.items() for t in ts])
    return [{graph[node] for node in ring} for ring in rustworkx.strongly_connected_components(graph)]
