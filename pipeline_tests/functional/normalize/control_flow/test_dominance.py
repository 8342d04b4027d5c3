"""Trees and dependences against their definitions: what is lost when a vertex is taken out, and which ways are left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_assets.normalize.flow.dominance import dominators
from pipeline_assets.normalize.flow.graph import Graph, reverse_postorder
from pipeline_assets.normalize.flow.lengauer_tarjan import immediate_dominators
from pipeline_tests.functional.normalize.control_flow.lifted import lifted
from pipeline_tests.functional.normalize.control_flow.test_edges import golden_programs, programs

Edge = tuple[int, int]
SUSPENSIONS = ("yield", "await")


def reached(edges: Iterable[Edge], root: int, without: int | None = None) -> set[int]:
    onward = defaultdict(set)
    for source, target in edges:
        onward[source].add(target)
    found, waiting = set(), [root] if root != without else []
    while waiting:
        vertex = waiting.pop()
        if vertex not in found:
            found.add(vertex)
            waiting += onward[vertex] - {without}
    return found


def all_dominators(edges: list[Edge], root: int) -> dict[int, set[int]]:
    """By vertex that the root leads to: those without which it would not be reached, itself included."""
    everything = reached(edges, root)
    found: dict[int, set[int]] = {vertex: set() for vertex in everything}
    for vertex in everything:
        for lost in everything - reached(edges, root, vertex):
            found[lost].add(vertex)
    return found


def nearest(found: dict[int, set[int]]) -> dict[int, int | None]:
    """The dominator that all others of a vertex dominate."""
    strict = {vertex: above - {vertex} for vertex, above in found.items()}
    return {
        vertex: next((each for each in above if found[each] == above), None) if above else None
        for vertex, above in strict.items()
    }


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Edge]]:
    size = draw(st.integers(1, 9))
    vertex = st.integers(0, size - 1)
    return size, draw(st.lists(st.tuples(vertex, vertex), max_size=22))


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_dominators_of_one_graph(graph: tuple[int, list[Edge]]) -> None:
    size, edges = graph
    wanted = nearest(all_dominators(edges, 0))
    before = [[source for source, target in edges if target == vertex] for vertex in range(size)]
    assert dict(immediate_dominators(before, 0)) == {v: above for v, above in wanted.items() if above is not None}
    sources, targets = np.array(edges, np.int64).reshape(-1, 2).T
    tree = dominators(np.zeros(size, np.int64), sources, targets, np.arange(size) == 0)
    placed = {vertex: int(tree.above[vertex]) for vertex in range(size) if tree.depths[vertex] >= 0}
    assert placed == {vertex: -1 if above is None else above for vertex, above in wanted.items()}
    assert all(tree.depths[vertex] == tree.depths[above] + 1 for vertex, above in placed.items() if above >= 0)


@settings(max_examples=100, deadline=None)
@given(st.lists(graphs(), max_size=5))
def test_graphs_do_not_mix(several: list[tuple[int, list[Edge]]]) -> None:
    starts = np.cumsum([0, *(size for size, _ in several)])
    units = np.repeat(np.arange(len(several)), [size for size, _ in several])
    edges = [(s + start, t + start) for start, (_, found) in zip(starts, several, strict=False) for s, t in found]
    sources, targets = np.array(edges, np.int64).reshape(-1, 2).T
    is_root = np.isin(np.arange(starts[-1]), starts[:-1])
    tree = dominators(units, sources, targets, is_root)
    for start, (size, found) in zip(starts.tolist(), several, strict=False):
        alone = dominators(np.zeros(size, np.int64), *np.array(found, np.int64).reshape(-1, 2).T, np.arange(size) == 0)
        inside = tree.above[start : start + size]
        assert np.where(inside < 0, inside, inside - start).tolist() == alone.above.tolist()


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_reverse_postorder(graph: tuple[int, list[Edge]]) -> None:
    size, edges = graph
    sources, targets = np.array(edges, np.int64).reshape(-1, 2).T
    places, reachable = reverse_postorder(Graph.of(np.zeros(size, np.int64), sources, targets, np.zeros(1, np.int64)))
    alive = reached(edges, 0)
    assert {vertex for vertex in range(size) if reachable[vertex]} == alive
    assert sorted(places) == list(range(size))
    assert max(places[list(alive)]) == len(alive) - 1
    above = nearest(all_dominators(edges, 0))
    assert all(places[over] < places[vertex] for vertex, over in above.items() if over is not None)
    onward = [edge for edge in edges if edge[0] in alive and places[edge[0]] < places[edge[1]]]
    assert reached(onward, 0) == alive  # what goes against the order is not needed


def test_long_functions_are_done() -> None:
    """A loop around a match of 20,000 cases, each of which ends the function or repeats the loop.

    Looking for what two vertices have in common step by step would take hundreds of millions of steps.
    """
    size = 20_000
    tests, suites, end = np.arange(1, 2 * size, 2), np.arange(2, 2 * size + 1, 2), 2 * size + 1
    sources = np.concatenate([[0], tests, tests, suites, suites])
    targets = np.concatenate([[1], suites, np.append(tests[1:], end), np.full(size, end), np.ones(size, np.int64)])
    units, vertices = np.zeros(end + 1, np.int64), np.arange(end + 1)
    tree = dominators(units, sources, targets, vertices == 0)
    assert tree.above[end] == 1
    assert (tree.above[suites] == tests).all()
    behind = dominators(units, end - targets, end - sources, vertices == 0)
    assert (behind.above[end - suites] == 0).all()


def test_trees_and_dependences_of_programs() -> None:
    files = golden_programs() | programs(list(range(500, 650)))
    connection = lifted(files)
    rows = connection.execute("SELECT exit_id, cfg_block_id, is_entry, ordinal FROM cfg_blocks").fetchall()
    blocks: dict[int, list[tuple[int, bool, int]]] = defaultdict(list)
    for exit_id, *block in rows:
        blocks[exit_id].append(tuple(block))
    units = {block: exit_id for exit_id, block, _, _ in rows}
    edges = defaultdict(list)
    for source, target, kind, exceptional in connection.execute(
        "SELECT DISTINCT src_block_id, dst_block_id, kind, is_exceptional FROM cfg_edges"
    ).fetchall():
        edges[units[source]].append((source, target, kind, exceptional))
    trees = {
        (kind, block): above
        for kind, block, above in connection.execute("SELECT kind, cfg_block_id, idom_id FROM dominators").fetchall()
    }
    told = set(
        connection.execute("SELECT src_block_id, dst_block_id, kind, is_exceptional FROM control_deps").fetchall()
    )
    wanted_trees, wanted = {}, set()
    for exit_id, inside in blocks.items():
        entry = next(block for block, is_entry, _ in inside if is_entry)
        forward = [(s, t) for s, t, *_ in edges[exit_id]]
        wanted_trees |= {("dominator", v): above for v, above in nearest(all_dominators(forward, entry)).items()}
        going_on = [(s, t, k, e) for s, t, k, e in edges[exit_id] if k not in SUSPENSIONS]
        backward = with_ways_out([(t, s) for s, t, *_ in going_on], exit_id, {b: o for b, _, o in inside})
        behind = all_dominators(backward, exit_id)
        wanted_trees |= {("post_dominator", v): above for v, above in nearest(behind).items()}
        wanted |= {
            (source, vertex, kind, exceptional)
            for source, target, kind, exceptional in going_on
            for vertex in behind[target] - (behind[source] - {source})
        }
    assert trees == wanted_trees
    assert told == wanted


def with_ways_out(backward: list[Edge], exit_id: int, ordinals: dict[int, int]) -> list[Edge]:
    """Edges from the exit to loops that never end: to the first block of each that leads to no other such loop."""
    onward = [(t, s) for s, t in backward]
    stuck = set(ordinals) - reached(backward, exit_id) - {exit_id}
    ahead = {vertex: reached(onward, vertex) for vertex in stuck}
    final = {vertex for vertex in stuck if all(vertex in ahead[other] for other in ahead[vertex])}
    firsts = {min((other for other in ahead[vertex]), key=ordinals.__getitem__) for vertex in final}
    return backward + [(exit_id, vertex) for vertex in firsts]
