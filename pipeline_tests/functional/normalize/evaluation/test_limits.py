"""Large and deep code: nothing is cut off, and what would multiply is merged and says so."""

from __future__ import annotations

from random import Random

import pytest

from pipeline_assets.normalize.evaluation import walk
from pipeline_assets.normalize.evaluation.flow import ENTRY, Flow
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.scope_flow import flow_of
from pipeline_tests.functional.normalize.evaluation.paths import Machines
from pipeline_tests.functional.normalize.evaluation.recording import observed
from pipeline_tests.functional.normalize.evaluation.test_evaluation_order import chance
from pipeline_tests.functional.normalize.evaluation.trees import functions_of
from pipeline_tests.functional.normalize.evaluation.writer import Writer

DEEP = {
    "sum": "    " + " + ".join(["a"] * 1500) + "\n",
    "attributes": "    a" + ".a" * 1500 + "\n",
    "calls": "    a" + "()" * 1500 + "\n",
    "negations": "    if " + "not " * 150 + "a: b\n",
    "choices": "    if a: b\n" + "    elif a: b\n" * 300 + "    else: c\n",
    "operands": "    if " + " or ".join(["a"] * 5000) + ": b\n",
    "statements": "    a.b(c)\n    if a: b\n" * 5000,
    "loops": "    while a:\n        if b: break\n" * 3000,
}


def function(body: str) -> Node:
    (found,) = functions_of([f"def f():\n{body}"])
    return found


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP.keys())
def test_large_and_deep_code_is_walked_whole(body: str) -> None:
    node = function(body)
    flow = flow_of(node)
    evaluated = {each.node_id for each in flow.nodes if each is not None}
    names = {each.node_id for each in node.subtree() if each.kind in ("Name", "Call", "Attribute", "BinOp", "Break")}
    assert names <= evaluated
    assert flow.reachable(flow.contracted()) >= {place for place, each in enumerate(flow.nodes) if each is not None}
    assert not flow.is_merged


def test_finally_bodies_inside_finally_bodies_do_not_multiply() -> None:
    body = ""
    for depth in range(18):
        pad = "    " * (depth + 1)
        body += f"{pad}try:\n{pad}    a{depth}\n{pad}finally:\n"
    node = function(body + "    " * 19 + "b\n")
    flow = flow_of(node)
    assert flow.is_merged
    assert len(flow.nodes) < 10_000
    last = [place for place, each in enumerate(flow.nodes) if each is not None and each.name == "b"]
    assert flow.reachable(flow.contracted()) >= {*last}


def test_many_returns_through_a_long_finally_are_merged() -> None:
    returns = "".join(f"        if a{n}: return b{n}\n" for n in range(500))
    node = function(f"    try:\n{returns}    finally:\n" + "        c.d(e)\n" * 500)
    flow = flow_of(node)
    assert flow.is_merged
    assert len(flow.nodes) < 20_000
    ends = [each for each in flow.nodes if each is not None and each.kind == "Return"]
    assert len({each.node_id for each in ends}) == 500


def test_merging_adds_ways_and_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    writers = [Writer(Random(seed)) for seed in range(40)]
    functions = functions_of(writer.text for writer in writers)
    exact = [node_edges(flow_of(node)) for node in functions]
    monkeypatch.setattr(walk, "POINTS_PER_NODE", 0)
    monkeypatch.setattr(walk, "FREE_POINTS", 0)
    merged = [flow_of(node) for node in functions]
    assert sum(flow.is_merged for flow in merged) > 10
    assert all(before <= node_edges(flow) for before, flow in zip(exact, merged, strict=True))
    for writer, node in zip(writers, functions, strict=True):
        events, is_complete = observed(writer.text, chance(Random(1), writer.inner))
        assert Machines(node).first_refused(events, is_complete) is None, writer.text


def node_edges(flow: Flow) -> set[tuple[int | None, int | None, bool]]:
    edges = flow.contracted()
    places = [each.node_id if each is not None else None for each in flow.nodes]
    alive = flow.reachable(edges)
    return {(places[edge.source], places[edge.target], edge.source == ENTRY) for edge in edges if edge.source in alive}
