"""The task graph: order, neighbours, timing and exports, argued on a small diamond."""

import json

import pytest

from pipeline_assets.inference.task_graph import CycleError, TaskEdges, TaskGraph

C = (("x",), ())


def diamond() -> TaskGraph:
    """source → a → {b, c} → d, and a → d as well; `e` stands alone on the source."""
    return TaskGraph(
        [
            TaskEdges("d", {"b": C, "c": C, "a": C}, ("d",)),
            TaskEdges("c", {"a": C}, ("c",)),
            TaskEdges("b", {"a": C}, ("b",)),
            TaskEdges("a", {"source": C}, ("a",)),
            TaskEdges("e", {"source": C}, ("e",)),
        ]
    )


def test_generations_are_the_waves_with_names_sorted():
    assert diamond().generations == (("a", "e"), ("b", "c"), ("d",))


def test_order_is_topological_and_lexicographic_whatever_the_order_of_insertion():
    assert diamond().order == ("a", "b", "c", "d", "e")


def test_critical_path_is_the_longest_chain_and_slack_what_the_others_may_lose():
    seconds = {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.0, "e": 0.5}
    length, path = diamond().critical_path(seconds)
    assert (length, path) == (7.0, ("a", "b", "d"))
    assert diamond().slack(seconds) == {"a": 0.0, "b": 0.0, "c": 3.0, "d": 0.0, "e": 6.5}


def test_impact_and_provenance_follow_the_edges():
    graph = diamond()
    assert [n.name for n in graph.descendants("dataset", "b")] == ["d", "d"]
    assert {n.name for n in graph.ancestors("task", "b")} == {"a", "source"}
    assert graph.readers("a") == ("b", "c", "d")
    assert graph.producers_of_task("d") == ("a", "b", "c")


def test_the_reduction_drops_the_edge_that_a_longer_way_implies():
    assert ("a", "d") not in diamond().reduction()
    assert set(diamond().reduction()) == {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}


def test_a_task_is_dominated_by_the_last_one_that_every_way_to_it_passes():
    assert diamond().dominators() == {"b": "a", "c": "a", "d": "a"}


def test_a_cycle_is_refused_with_its_path():
    with pytest.raises(CycleError) as caught:
        TaskGraph([TaskEdges("a", {"b": C}, ("a",)), TaskEdges("b", {"a": C}, ("b",))])
    assert set(caught.value.path) == {"a", "b"} and caught.value.path[0] == caught.value.path[-1]


def test_edges_and_exports_agree():
    graph = diamond()
    links = json.loads(graph.to_node_link())["links"]
    assert sorted((link["source"], link["target"]) for link in links) == list(graph.edges())
    requires = next(link for link in links if link["target"] == "task:b")
    assert requires["columns"] == ["x"] and requires["role"] == "requires"
    for source, target in graph.edges():
        assert f'"{source}" -> "{target}"' in graph.to_dot()
    assert graph.to_mermaid().count("-->") == len(graph.edges())
