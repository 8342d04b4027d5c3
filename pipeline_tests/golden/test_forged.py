"""Each invariant finds the fault it is there for: the graph is forged, asked, and put back."""

from __future__ import annotations

import duckdb
import pytest

from pipeline_assets.project import load_project
from pipeline_tests.golden.plan import violations

FORGERIES = {
    "no_dangling:edges": "DELETE FROM nodes WHERE kind = 'LOCAL'",
    "properties_belong": "DELETE FROM nodes WHERE kind = 'LITERAL'",
    "no_dangling:unresolved": "DELETE FROM nodes WHERE kind = 'CALL'",
    "no_dangling:call_targets": "DELETE FROM call_sites WHERE line = 2",
    "no_dangling:cfg_edges": "DELETE FROM cfg_blocks WHERE kind = 'exit'",
    "reached_from_entry": "UPDATE cfg_blocks SET is_reachable = NOT is_reachable WHERE kind = 'exit'",
    "exits_end": "UPDATE cfg_edges SET src_block_id = dst_block_id WHERE kind = 'return'",
    "dominator_trees": "UPDATE dominators SET depth = depth + 1",
    "edge_pairs": "UPDATE edges SET kind = 'IMPORTS' WHERE kind = 'REF'",
    "one_tree": "DELETE FROM edges WHERE kind = 'AST' AND ord = 0",
    "calls_answered": "DELETE FROM unresolved WHERE reason = 'parameter'",
    "evidence_given": "DELETE FROM evidence WHERE rule = 'self'",
}


@pytest.mark.parametrize("invariant", sorted(load_project().compiled.checks))
def test_a_forgery_is_found(graph: duckdb.DuckDBPyConnection, invariant: str) -> None:
    graph.begin()
    try:
        graph.execute(FORGERIES[invariant])
        assert violations(graph, invariant) != []
    finally:
        graph.rollback()


def test_a_node_of_another_repository_does_not_answer(graph: duckdb.DuckDBPyConnection) -> None:
    graph.begin()
    try:
        graph.execute("UPDATE nodes SET repository = 'elsewhere' WHERE repository = 'direct_call' AND kind = 'METHOD'")
        assert {row[0] for row in violations(graph, "no_dangling:edges")} == {"direct_call"}
    finally:
        graph.rollback()


def test_one_node_under_two_holders_is_found(graph: duckdb.DuckDBPyConnection) -> None:
    graph.begin()
    try:
        graph.execute("INSERT INTO edges FROM edges WHERE repository = 'recursion' AND kind = 'AST'")
        found = violations(graph, "one_tree")
        assert {row[0] for row in found} == {"recursion"}
        assert {row[-1] for row in found} == {2}
    finally:
        graph.rollback()
