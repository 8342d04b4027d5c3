"""The Python API on a small repository: tables, SQL, the graph in rustworkx, and nothing left behind."""

from __future__ import annotations

import pytest

import pipeline_assets


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    root = tmp_path_factory.mktemp("sample") / "sample"
    root.mkdir()
    (root / "a.py").write_text("def f():\n    return g()\n\n\ndef g():\n    return 1\n")
    (root / "b.py").write_text("from a import f\n\nf()\n")
    with pipeline_assets.build(root) as built:
        yield built


def test_tables_and_sql_show_the_same_rows(graph):
    names = graph.table("definitions").select("qualname").to_pyarrow()["qualname"].to_pylist()
    assert sorted(names) == ["a", "a.f", "a.g", "b"]
    assert graph.sql("SELECT count(*) AS n FROM definitions").to_pylist() == [{"n": 4}]


def test_calls_across_files_are_resolved(graph):
    pairs = graph.sql("SELECT caller, callee FROM call_graph ORDER BY ALL").to_pylist()
    assert pairs == [{"caller": "a.f", "callee": "a.g"}, {"caller": "b", "callee": "a.f"}]


def test_a_name_that_is_no_dataset_is_told_with_those_there_are(graph):
    with pytest.raises(KeyError, match=r"nothing is not a dataset of this graph; there are .*definitions"):
        graph.table("nothing")


def test_rustworkx_holds_every_node_and_edge(graph):
    whole = graph.to_rustworkx()
    counts = graph.sql(
        "SELECT (SELECT count(*) FROM nodes) AS nodes, (SELECT count(*) FROM edges) AS edges"
    ).to_pylist()
    assert [{"nodes": whole.num_nodes(), "edges": whole.num_edges()}] == counts


def test_kinds_keep_their_edges_and_the_ends_of_those(graph):
    calls = graph.to_rustworkx(kinds=["CALL"])
    assert calls.num_edges() == graph.sql("SELECT count(*) AS n FROM edges WHERE kind = 'CALL'")["n"][0].as_py() > 0
    ends = {index for pair in calls.edge_list() for index in pair}
    assert ends == set(calls.node_indices()), "no node without an edge"
    assert {row["kind"] for row in calls.edges()} == {"CALL"}
    assert graph.to_rustworkx(kinds=[]).num_nodes() == 0


def test_a_temporary_warehouse_goes_with_the_graph(tmp_path):
    (tmp_path / "m.py").write_text("x = 1\n")
    built = pipeline_assets.build(tmp_path, repository="m")
    root = built.warehouse.root
    assert root.exists()
    built.close()
    assert not root.exists()
