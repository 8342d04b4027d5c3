"""Control flow from node to node, as arrays: vertices are what each scope evaluates, its entry and its exit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.shared import DEFINITIONS, REFERENCES
from pipeline_assets.extract.arrow import repeated
from pipeline_assets.normalize.flow.arrays import (
    Bool,
    Codes,
    Ids,
    Places,
    booleans,
    codes,
    distinct,
    find,
    numbers,
    ordering,
    ranges,
)
from pipeline_assets.normalize.flow.dominance import Tree
from pipeline_assets.normalize.flow.labels import AWAIT, KINDS, NEXT, YIELD
from pipeline_assets.normalize.flow.scopes import Scopes

_FIRST_NAME = 1
_SHIFTS = np.array(
    [*({**REFERENCES, "Import": _FIRST_NAME, "ImportFrom": _FIRST_NAME}.get(kind, 0) for kind in DEFINITIONS), 0],
    np.int64,
)
"""By class: how far what is evaluated lies from the syntax node; an import's work is that of its first name."""
_ENTRIES = np.array([*(ids.CLASS_BODY if kind == "ClassDef" else 0 for kind in DEFINITIONS), 0], np.int64)


@dataclass(frozen=True)
class Between:
    """Edges of one kind: their ends, outcomes (-1 for none), and the vertices that tell where they come from."""

    sources: Ids
    targets: Ids
    labels: Codes
    rows: Places


@dataclass(frozen=True)
class NodeFlow:
    """Vertices scope by scope, in the order in which control comes to them, and the ways between them."""

    nodes: Ids
    """The graph node that each vertex is: of entries METHOD, of exits METHOD_RETURN, or what the scope hangs on."""
    units: Places
    is_entry: Bool
    is_exit: Bool
    is_reachable: Bool
    is_syntax: Bool
    is_inner: Bool
    """Entries and exits of scopes that are no method."""
    sources: Places
    targets: Places
    labels: Codes
    deciders: Places
    dependents: Places
    """What depends on each of `deciders`, by an outcome of `outcomes`."""
    outcomes: Codes
    files: Ids
    owners: pa.Table
    """`file_id` and `repository` of blocks."""

    def repositories(self, rows: Places) -> pa.Array:
        """The repository of each of the vertices."""
        held = numbers(self.owners["file_id"])
        files, first = np.unique(held, return_index=True)
        names = self.owners["repository"].take(pa.array(first)).to_pylist()
        return repeated(names, find(files, self.files[rows]))

    def ways(self) -> Between:
        """Every way from a node to the next."""
        # Where a node's work is done in steps, one after the other, none leads to another node.
        real = (self.nodes[self.sources] != self.nodes[self.targets]) | (self.labels >= 0)
        real &= ~(self._is_inner_end[self.sources] & self._is_inner_end[self.targets])
        sources, targets = self.sources[real], self.targets[real]
        return self._between(sources, targets, self.labels[real], sources)

    def dominating(self) -> Between:
        """From each node to those that it is the nearest to dominate, of nodes that can be reached."""
        stretches = self._stretches
        tree = stretches.scopes.dominators()
        below = np.flatnonzero(tree.above >= 0)
        inside = stretches.links[tree.depths[stretches.of[stretches.links]] >= 0]
        sources = np.concatenate([stretches.lasts[tree.above[below]], inside])
        targets = np.concatenate([stretches.firsts[below], inside + 1])
        return self._tree_edges(sources, targets, self.is_exit)

    def post_dominating(self) -> Between:
        """From each node to those that it is the nearest to post-dominate, suspensions for good left out."""
        stretches, tree = self._stretches, self._post_dominators
        below = np.flatnonzero(tree.above >= 0)
        inside = stretches.links[tree.depths[stretches.of[stretches.links]] >= 0]
        sources = np.concatenate([stretches.firsts[tree.above[below]], inside + 1])
        targets = np.concatenate([stretches.lasts[below], inside])
        return self._tree_edges(sources, targets, self.is_entry)

    @cached_property
    def is_virtual(self) -> Bool:
        """Whether each vertex is an entry or exit."""
        return self.is_entry | self.is_exit

    def deciding(self) -> Between:
        """From each node that decides to the nodes that an outcome has evaluated.

        What is evaluated whatever the outcome depends on nothing, though the compiler may have a copy for each.
        """
        sources, targets = self.deciders, self.dependents
        whatever = (sources != targets) & self._post_dominates(targets, sources)
        sources, targets, labels = (column[~whatever] for column in (sources, targets, self.outcomes))
        return self._between(sources, targets, labels, targets)

    def _post_dominates(self, ones: Places, others: Places) -> Bool:
        """Whether each of `ones` is on every way from the one of `others` to the exit."""
        stretches, tree = self._stretches, self._post_dominators
        above, below = stretches.of[ones], stretches.of[others]
        up, distances = np.append(tree.above, -1), tree.depths[below] - tree.depths[above]
        is_below = (distances > 0) & (tree.depths[above] >= 0)
        reached, left = np.where(is_below, below, -1), np.where(is_below, distances, 0)
        while left.any():
            reached = np.where(left & 1, up[reached], reached)
            up, left = up[up], left >> 1
        return np.where(above == below, ones > others, is_below & (reached == above))

    @cached_property
    def _post_dominators(self) -> Tree:
        return self._stretches.scopes.post_dominators()

    def _between(self, sources: Places, targets: Places, labels: Codes, rows: Places) -> Between:
        """Edges between nodes, each once, though several scopes may have it."""
        shared = np.flatnonzero(self._is_shared[sources] & self._is_shared[targets])
        once = np.ones(len(sources), np.bool_)
        once[shared] = False
        once[shared[distinct(self.nodes[sources[shared]], self.nodes[targets[shared]], labels[shared] + 1)]] = True
        return Between(self.nodes[sources[once]], self.nodes[targets[once]], labels[once], rows[once])

    @cached_property
    def _is_shared(self) -> Bool:
        """Whether several scopes have a vertex for the node."""
        _, of_node, counts = np.unique(self.nodes, return_inverse=True, return_counts=True)
        return (counts > 1)[of_node]

    @cached_property
    def _is_inner_end(self) -> Bool:
        return self.is_inner & self.is_virtual

    def _tree_edges(self, sources: Places, targets: Places, is_leaving: Bool) -> Between:
        """Where a scope that is no method leads back to what it hangs on, that has its place in the tree already.

        So has a node that scopes inside its own are said to evaluate too: the outermost scope comes first.
        """
        kept = np.flatnonzero(~(is_leaving & self.is_inner)[targets])
        kept = kept[np.argsort(targets[kept], kind="stable")]
        kept = kept[np.unique(self.nodes[targets[kept]], return_index=True)[1]]
        sources, targets = sources[kept], targets[kept]
        return Between(self.nodes[sources], self.nodes[targets], np.full(len(sources), -1), targets)

    @cached_property
    def _stretches(self) -> Stretches:
        return _stretches(self)


@dataclass(frozen=True)
class Stretches:
    """Runs of vertices that control passes one after the other, as vertices of smaller graphs."""

    of: Places
    """The stretch of each vertex."""
    links: Places
    """Vertices with the next one in the same stretch."""
    firsts: Places
    lasts: Places
    scopes: Scopes


def read_flow(inputs: Mapping[str, pa.Table]) -> NodeFlow:
    """From the projections of blocks, what they evaluate, and the edges between them."""
    return _Reader(inputs).flow()


class _Reader:
    """Blocks in the order of control, the rows of what they evaluate, and how ids lead to vertices."""

    def __init__(self, inputs: Mapping[str, pa.Table]) -> None:
        self.inputs = inputs
        blocks = inputs["blocks"]
        exits = numbers(blocks["exit_id"])
        order = ordering(np.unique(exits, return_inverse=True)[1], numbers(blocks["ordinal"]))
        self.blocks = blocks.take(pa.array(order))
        self.units: Places = np.unique(exits[order], return_inverse=True)[1]
        self.block_ids = numbers(self.blocks["cfg_block_id"])
        self.by_id = np.argsort(self.block_ids)
        self.special = inputs["special"].sort_by("node_id")
        self.special_ids = numbers(self.special["node_id"])
        self.special_kinds = codes(self.special["kind"], DEFINITIONS)
        self._read_rows()

    def _read_rows(self) -> None:
        """Rows of evaluated nodes in the order of blocks; the same node in the same scope is one vertex."""
        rows = self.inputs["nodes"]
        blocks, positions = self.block_places(rows["cfg_block_id"]), numbers(rows["position"])
        order = ordering(blocks, positions)
        self.row_blocks = blocks[order]
        nodes = self.evaluated(numbers(rows["node_id"])[order])
        self.known, dense = np.unique(nodes, return_inverse=True)
        self.keys, first, of_row = np.unique(
            self.units[self.row_blocks] * len(self.known) + dense, return_index=True, return_inverse=True
        )
        by_place = np.argsort(first)
        self.vertex_rows = first[by_place]
        self.of_key = np.empty(len(first), np.int64)
        self.of_key[by_place] = np.arange(len(first))
        self.row_vertices = self.of_key[of_row]
        self.row_nodes = nodes

    def block_places(self, column: pa.ChunkedArray) -> Places:
        return self.by_id[find(self.block_ids[self.by_id], numbers(column))]

    def kinds_of(self, nodes: Ids) -> Codes:
        """Position in `DEFINITIONS`; -1 for any other class."""
        return np.append(self.special_kinds, -1)[find(self.special_ids, nodes)]

    def evaluated(self, nodes: Ids) -> Ids:
        """The graph node that stands for a syntax node where that is evaluated."""
        return nodes + _SHIFTS[self.kinds_of(nodes)]

    def vertices(self, blocks: Places, nodes: Ids) -> Places:
        """The vertex of a syntax node evaluated in the scope of a block."""
        dense = find(self.known, self.evaluated(nodes))
        return self.of_key[find(self.keys, self.units[blocks] * len(self.known) + dense)]

    def flow(self) -> NodeFlow:
        """Order vertices with entries and exits among them, and collect the ways."""
        blocks = np.concatenate([self.row_blocks[self.vertex_rows], self.entry_blocks, self.exit_blocks])
        positions = np.concatenate([self.vertex_rows + 1, np.zeros(self.count), np.ones(self.count)]).astype(np.int64)
        real = len(self.vertex_rows)
        sources, targets, labels = self._ways(real)
        entries, exits, is_inner = self._ends()
        # What a scope hangs on may be evaluated in it too, as is a comprehension: then it is entry and exit.
        units = self.units[blocks]
        hangs = is_inner[units] & (np.arange(len(blocks)) < real)
        hangs[:real] &= self.row_nodes[self.vertex_rows] == entries[units[:real]]
        sources = np.where(hangs[sources], real + units[sources], sources)
        targets = np.where(hangs[targets], real + self.count + units[targets], targets)
        order = ordering(blocks, positions)
        order = order[~hangs[order]]
        places = np.full(len(blocks), -1)
        places[order] = np.arange(len(order))
        chosen = distinct(places[sources], places[targets], labels + 1)
        part = np.repeat([0, 1, 2], [real, self.count, self.count])[order]
        nodes = np.concatenate([self.row_nodes[self.vertex_rows], entries, exits])[order]
        blocks = blocks[order]
        return NodeFlow(
            nodes=nodes,
            units=self.units[blocks],
            is_entry=part == 1,
            is_exit=part == 2,
            is_reachable=booleans(self.blocks["is_reachable"])[blocks],
            is_syntax=booleans(self.blocks["is_syntax"])[blocks],
            is_inner=(part > 0) & is_inner[self.units[blocks]],
            sources=places[sources][chosen],
            targets=places[targets][chosen],
            labels=labels[chosen],
            **self._dependences(places),
            files=numbers(self.blocks["file_id"])[blocks],
            owners=self.blocks.select(["file_id", "repository"]),
        )

    @cached_property
    def entry_blocks(self) -> Places:
        return np.flatnonzero(booleans(self.blocks["is_entry"]))

    @cached_property
    def exit_blocks(self) -> Places:
        return np.flatnonzero(booleans(self.blocks["is_exit"]))

    @property
    def count(self) -> int:
        """How many scopes there are: each has one entry and one exit."""
        return len(self.exit_blocks)

    def _ends(self) -> tuple[Ids, Ids, Bool]:
        """By scope: the graph nodes of entry and exit, and whether it is no method."""
        units = self.blocks.take(pa.array(self.exit_blocks))
        scopes = numbers(units["scope_node"])
        kinds = self.kinds_of(scopes)
        inner = np.isin(numbers(units["code_unit_id"]), numbers(self.inputs["inner"]["code_unit_id"]))
        is_method = ~inner & (kinds >= 0)
        entries = np.where(is_method, scopes + _ENTRIES[kinds], self.evaluated(scopes))
        return entries, np.where(is_method, scopes + ids.METHOD_RETURN, entries), ~is_method

    def _ways(self, real: int) -> tuple[Places, Places, Codes]:
        """From each entry, inside blocks, and between blocks; entries are numbered after vertices, then exits."""
        starts = np.searchsorted(self.row_blocks, self.entry_blocks)
        is_empty = booleans(self.blocks["is_exit"])[self.entry_blocks]
        units = np.arange(self.count)
        first = np.where(is_empty, real + self.count + units, np.append(self.row_vertices, -1)[starts])
        inside = np.flatnonzero(self.row_blocks[1:] == self.row_blocks[:-1])
        passed = self.row_vertices[inside] != self.row_vertices[inside + 1]
        inside = inside[passed]
        sources, targets, labels = self._ways_between(real)
        return (
            np.concatenate([real + units, self.row_vertices[inside], sources]),
            np.concatenate([first, self.row_vertices[inside + 1], targets]),
            np.concatenate([np.full(self.count + len(inside), -1), labels]),
        )

    def _dependences(self, places: Places) -> dict[str, Places]:
        """Pairs of a node that decides and one of a block that depends; each node of a block that may raise decides."""
        dependences = self.inputs["dependences"]
        blocks, nodes = self.block_places(dependences["src_block_id"]), numbers(dependences["src_node_id"])
        kinds, dependents = codes(dependences["kind"], KINDS), self.block_places(dependences["dst_block_id"])
        several = np.flatnonzero(nodes < 0)
        edges = self.inputs["edges"]
        keys, wanted = (
            (self.block_places(table["src_block_id"]) * len(KINDS) + codes(table["kind"], KINDS)) * 2
            + booleans(table["is_exceptional"])
            for table in (edges, dependences)
        )
        order, wanted = np.argsort(keys, kind="stable"), wanted[several]
        starts, ends = (np.searchsorted(keys[order], wanted, side) for side in ("left", "right"))
        raising = order[ranges(starts, ends - starts)]
        owners = np.concatenate([np.flatnonzero(nodes >= 0), np.repeat(several, ends - starts)])
        nodes = np.concatenate([nodes[nodes >= 0], numbers(edges["src_node_id"])[raising]])
        deciders = self.vertices(blocks[owners], nodes)
        firsts, lasts = (np.searchsorted(self.row_blocks, dependents[owners], side) for side in ("left", "right"))
        pairs = np.repeat(np.arange(len(owners)), lasts - firsts)
        found = (
            places[deciders[pairs]],
            places[self.row_vertices[ranges(firsts, lasts - firsts)]],
            kinds[owners][pairs],
        )
        # A comprehension in its own scope has no place there.
        inside = np.flatnonzero((found[0] >= 0) & (found[1] >= 0))
        chosen = inside[distinct(*(column[inside] for column in found))]
        return dict(zip(("deciders", "dependents", "outcomes"), (column[chosen] for column in found), strict=True))

    def _ways_between(self, real: int) -> tuple[Places, Places, Codes]:
        edges = self.inputs["edges"]
        src_blocks, dst_blocks = (self.block_places(edges[name]) for name in ("src_block_id", "dst_block_id"))
        src_nodes, dst_nodes = numbers(edges["src_node_id"]), numbers(edges["dst_node_id"])
        sources = self.vertices(src_blocks, src_nodes)
        exits = real + self.count + self.units[dst_blocks]
        targets = np.where(dst_nodes < 0, exits, self.vertices(dst_blocks, dst_nodes))
        # The two parts of one import statement are one node: nothing goes on between them.
        real_ways = (sources != targets) | (src_nodes == dst_nodes)
        labels = codes(edges["kind"], KINDS)[real_ways]
        # That control goes on is nothing to tell; whether a block ends in between depends on what the compiler copied.
        return sources[real_ways], targets[real_ways], np.where(labels == NEXT, -1, labels)


def _stretches(flow: NodeFlow) -> Stretches:
    """Cut the vertices wherever ways join or part; blocks are cut too where one of several nodes may raise."""
    count = len(flow.nodes)
    pairs = distinct(flow.sources, flow.targets)
    sources, targets = flow.sources[pairs], flow.targets[pairs]
    single = (np.bincount(sources, minlength=count) == 1)[sources]
    single &= (np.bincount(targets, minlength=count) == 1)[targets]
    virtual = flow.is_virtual
    links = sources[single & (targets == sources + 1) & ~virtual[sources] & ~virtual[targets]]
    is_first = np.ones(count, np.bool_)
    is_first[links + 1] = False
    of = np.cumsum(is_first) - 1
    firsts = np.flatnonzero(is_first)
    is_way = np.ones(count, np.bool_)
    is_way[links] = False
    leaving = is_way[flow.sources]
    ends = of[flow.sources[leaving]], of[flow.targets[leaving]]
    suspending = np.isin(flow.labels[leaving], (YIELD, AWAIT))
    chosen = distinct(*ends, suspending + 0)
    scopes = Scopes(
        table=pa.table({}),
        ids=flow.nodes[firsts],
        units=flow.units[firsts],
        is_entry=flow.is_entry[firsts],
        is_exit=flow.is_exit[firsts],
        is_reachable=flow.is_reachable[firsts],
        sources=ends[0][chosen],
        targets=ends[1][chosen],
        is_suspension=suspending[chosen],
    )
    return Stretches(of, links, firsts, np.append(firsts[1:], count) - 1, scopes)
