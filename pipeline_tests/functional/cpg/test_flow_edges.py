"""Dominance and control dependence between nodes, held against rustworkx and the definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pytest
import rustworkx

from pipeline_tests.functional.normalize.control_flow.lifted import lifted

PROGRAM = """
import os as system, sys
from a import b, c
from d import *


def generic(value, *rest, key=None):
    with value as one, key() as other:
        for item in rest:
            try:
                if item and one:
                    continue
                yield item.name
            except (OSError, ValueError) as error:
                raise RuntimeError(error) from error
            except KeyError:
                return None
            else:
                break
            finally:
                if other:
                    print([x for x in item if x], {y: (z for z in y) for y in item})
        else:
            while key:
                key = key.next
    return lambda: (yield value)


class Shop(generic, metaclass=type):
    stock: int = 1 if sys else 2

    @property
    def sell(self):
        match self:
            case [1, *others] if others:
                assert others, "none"
            case {"a": value, **left} | Shop(value, left):
                del left
            case _:
                pass
        return (self.a and self.b) or not self.c

    async def serve(self):
        async with self as server, server:
            async for request in server:
                await request
            return [await one async for one in server]


def forever():
    while True:
        try:
            forever()
        finally:
            continue
"""


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return lifted({"shop.py": PROGRAM}, "flow_edges")


Ways = Iterable[tuple[int, int]]


def ways(connection: duckdb.DuckDBPyConnection, kind: str, more: str = "true") -> list[tuple[int, int]]:
    query = f"SELECT DISTINCT src, dst FROM flow_edges WHERE kind = '{kind}' AND {more} ORDER BY ALL"
    return connection.execute(query).fetchall()


def dominated(pairs: Ways, roots: Iterable[int]) -> Iterator[tuple[int, int]]:
    """What rustworkx says: nearest dominator and node, from each root."""
    pairs = list(pairs)
    graph = rustworkx.PyDiGraph()
    names = sorted({node for pair in pairs for node in pair})
    places = dict(zip(names, graph.add_nodes_from(names), strict=True))
    graph.add_edges_from_no_data([(places[src], places[dst]) for src, dst in pairs])
    for root in roots:
        found = rustworkx.immediate_dominators(graph, places[root])
        yield from ((graph[above], graph[node]) for node, above in found.items() if graph[node] != root)


def methods(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """Where control enters: what no way leads to."""
    pairs = ways(connection, "CFG")
    return sorted({src for src, _ in pairs} - {dst for _, dst in pairs})


def test_dominators_are_those_of_the_graph(connection: duckdb.DuckDBPyConnection) -> None:
    entries = methods(connection)
    assert len(entries) == 7
    assert sorted(dominated(ways(connection, "CFG"), entries)) == ways(connection, "DOMINATE")


def test_post_dominators_are_those_of_the_graph_without_suspensions(connection: duckdb.DuckDBPyConnection) -> None:
    back = [(dst, src) for src, dst in ways(connection, "CFG", "coalesce(variable, '') NOT IN ('yield', 'await')")]
    ends = {dst for dst, _ in back} - {src for _, src in back}
    exits = {src for src, _ in back} - {dst for _, dst in back}
    assert ends
    assert set(dominated(back, exits)) <= set(ways(connection, "POST_DOMINATE"))


def test_every_node_has_one_place_in_each_tree(connection: duckdb.DuckDBPyConnection) -> None:
    for kind in ("DOMINATE", "POST_DOMINATE"):
        below = [dst for _, dst in ways(connection, kind)]
        assert len(below) == len(set(below)) > 100


def test_what_depends_is_not_evaluated_whatever_follows(connection: duckdb.DuckDBPyConnection) -> None:
    """A node that depends on another does not lie on every way from there, which is what post-dominating means."""
    above = {dst: src for src, dst in ways(connection, "POST_DOMINATE")}
    dependent = ways(connection, "CDG")
    assert len(dependent) > 100
    for src, dst in dependent:
        assert src == dst or dst not in set(chain(above, src))


def test_other_files_change_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    more = {"a.py": "x = [y for y in z]\n", "empty.py": "", "z.py": "def f():\n    return 1\n"}
    together = lifted({"shop.py": PROGRAM, **more}, "flow_edges")
    alone = connection.execute("SELECT * FROM flow_edges ORDER BY edge_id").fetchall()
    file_id = connection.execute("SELECT file_id FROM files").fetchone()[0]
    assert (
        together.execute("SELECT * FROM flow_edges WHERE file_id = ? ORDER BY edge_id", [file_id]).fetchall() == alone
    )


def chain(above: Mapping[int, int], node: int) -> Iterator[int]:
    while node in above:
        node = above[node]
        yield node
