"""Macros where it is easy to go wrong: cycles, depth, nothing there, companions of nodes, several definitions."""

from __future__ import annotations

import pytest

import pipeline_assets

PROGRAM = {
    "ring.py": "def a():\n    b()\n\n\ndef b():\n    c()\n\n\ndef c():\n    a()\n    d()\n\n\ndef d():\n    pass\n",
    "choice.py": (
        "import sys\n\nif sys.argv:\n    def pick():\n        return 1\nelse:\n    def pick():\n        return 2\n\n\n"
        "def again(n):\n    return again(n - 1)\n\n\npick()\n"
    ),
    "flow.py": (
        "def trace(function):\n    return function\n\n\nlevel = 1\n\n\n@trace\ndef work(x, flag=level):\n"
        "    if flag:\n        y = x\n    else:\n        y = 0\n    while y:\n        y = y - 1\n"
        "    try:\n        z = y\n    except ValueError as error:\n        z = error\n    unused = 3\n    return z\n"
    ),
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    root = tmp_path_factory.mktemp("questions") / "program"
    root.mkdir()
    for path, text in PROGRAM.items():
        (root / path).write_text(text)
    with pipeline_assets.build(root, layers="-pyrefly") as built:
        yield built


def rows(graph, sql: str) -> list[tuple]:
    return [tuple(row.values()) for row in graph.sql(sql).to_pylist()]


def test_a_ring_of_calls_ends_the_search(graph):
    assert rows(graph, "SELECT function, steps FROM reaches('ring.a')") == [("ring.b", 1), ("ring.c", 2), ("ring.d", 3)]
    assert rows(graph, "SELECT function, steps FROM reached_by('ring.a')") == [("ring.c", 1), ("ring.b", 2)]


def test_depth_is_a_limit(graph):
    assert rows(graph, "SELECT function FROM reaches('ring.a', within := 2)") == [("ring.b",), ("ring.c",)]
    assert rows(graph, "FROM reaches('ring.a', within := 0)") == []
    assert rows(graph, "FROM call_path('ring.a', 'ring.d', within := 2)") == []


def test_a_way_is_given_only_where_there_is_one(graph):
    way = rows(graph, "SELECT step, caller, callee FROM call_path('ring.a', 'ring.[cd]')")
    assert way == [(1, "ring.a", "ring.b"), (2, "ring.b", "ring.c")], "of two targets the nearer one"
    assert rows(graph, "FROM call_path('ring.d', 'ring.a')") == []


def test_what_only_itself_calls_is_unused_and_one_of_two_definitions_is_used(graph):
    unused = rows(graph, "SELECT qualname FROM unused_definitions WHERE path = 'choice.py'")
    assert unused == [("choice.again",)]


def test_slices_follow_loops_branches_and_handlers(graph):
    found = rows(graph, "SELECT line, why FROM backward_slice('flow.py', 21)")
    lines = [line for line, _ in found]
    assert 20 not in lines, "unused = 3 has no part in it"
    assert {9, 10, 11, 13, 14, 15, 17, 19, 21} <= set(lines)
    assert (21, "start") in found


def test_a_default_is_computed_where_the_function_is_defined(graph):
    assert (9, "data") in rows(graph, "SELECT line, why FROM forward_slice('flow.py', 5)")


def test_a_decorator_belongs_to_the_statement_that_it_decorates(graph):
    found = rows(graph, "SELECT line FROM forward_slice('flow.py', 1, within := 1)")
    assert (9,) in found, "the name in `@trace` stands after the function's body in the syntax tree"


def test_a_line_that_holds_no_statement_has_no_slice(graph):
    assert rows(graph, "FROM backward_slice('flow.py', 3)") == []
    assert rows(graph, "FROM backward_slice('nowhere.py', 1)") == []


def test_neighbours_are_all_edges_of_a_node_once(graph):
    for (node,) in rows(
        graph, "SELECT node_id FROM nodes WHERE kind = 'METHOD' AND name IN ('b', '<operator>.assignment')"
    ):
        out = rows(graph, f"SELECT 'out', edge_id FROM edges WHERE src = {node}")
        back = rows(graph, f"SELECT 'in', edge_id FROM edges WHERE dst = {node}")
        assert sorted(rows(graph, f"SELECT direction, edge_id FROM neighbours({node})")) == sorted([*out, *back])
        assert back
