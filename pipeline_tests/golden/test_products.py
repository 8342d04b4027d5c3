"""Products over the golden programs: figures that SQL agrees with, and the export that PyCG users read."""

from __future__ import annotations

import duckdb
import pytest

from pipeline_assets.cpg.kinds import UNLOCATED_KINDS
from pipeline_assets.products.pycg import pycg_adjacency
from pipeline_assets.products.repository_summary import METRICS
from pipeline_assets.products.views import QUERY_MACROS, VIEWS

RECOUNTS = {
    "files": "SELECT repository, status, count(*) FROM files GROUP BY ALL",
    "lines": "SELECT repository, '', count(*) FROM lines GROUP BY ALL",
    "largest_files": "SELECT repository, path, lines FROM files WHERE lines > 0 QUALIFY row_number() OVER "
    "(PARTITION BY repository ORDER BY lines DESC, path) <= 10",
    "rows": " UNION ALL ".join(
        f"SELECT repository, '{layer}: {name}', count(*) FROM \"{name}\" GROUP BY ALL"
        for layer, names in {
            "extract": ("ast_nodes", "tokens", "symbols", "instructions"),
            "normalize": ("references", "bindings", "call_sites", "cfg_edges", "reaching_defs"),
            "cpg": ("properties",),
        }.items()
        for name in names
    ),
    "coverage": "SELECT repository, subject || ': ' || status, count(*) FROM coverage GROUP BY ALL",
    "coverable": "SELECT repository, subject, sum(total) FROM coverage WHERE covered >= 0 GROUP BY ALL "
    "HAVING sum(total) > 0",
    "covered": "SELECT repository, subject, sum(covered) FROM coverage WHERE total >= 0 GROUP BY ALL "
    "HAVING sum(covered) > 0",
    "definitions": "SELECT repository, kind, count(*) FROM definitions GROUP BY ALL",
    "nodes": "SELECT repository, kind, count(*) FROM nodes GROUP BY ALL",
    "edges": "SELECT repository, kind, count(*) FROM edges GROUP BY ALL",
    "calls": "SELECT repository, '', count(*) FROM ast_nodes WHERE kind = 'Call' GROUP BY ALL",
    "resolved_calls": "SELECT repository, method, count(*) FROM call_targets WHERE rank = 0 GROUP BY ALL",
    "completeness": "SELECT repository, completeness, count(*) FROM call_completeness GROUP BY ALL",
    "not_closed": "SELECT repository, reason, count(*) FROM call_completeness WHERE reason IS NOT NULL GROUP BY ALL",
    "candidates": """
        SELECT repository, concat_ws(' + ', if(by_points_to, 'points_to', NULL), if(by_names, 'names', NULL),
            if(by_pyrefly, 'pyrefly', NULL)), count(*) FROM call_targets GROUP BY ALL""",
    "candidates_per_call": """
        SELECT repository, if(most > 4, '5 and more', CAST(most AS VARCHAR)), count(*) FROM (
            SELECT repository, call_id, max(rank) + 1 AS most FROM call_targets GROUP BY ALL) GROUP BY ALL""",
    "agreement": """
        SELECT repository, who, count(*) FROM (
            SELECT repository, call_id, CASE WHEN bool_or(by_pyrefly AND (by_names OR by_points_to)) THEN 'both'
                WHEN NOT bool_or(by_pyrefly) THEN 'ours' WHEN bool_or(by_names OR by_points_to) THEN 'contradicting'
                ELSE 'pyrefly' END AS who FROM call_targets GROUP BY ALL) GROUP BY ALL""",
    "names": "SELECT repository, resolution, count(*) FROM name_resolutions GROUP BY ALL",
    "imports": "SELECT repository, target_kind, count(*) FROM imports GROUP BY ALL",
    "unresolved": "SELECT repository, what || ': ' || reason, count(*) FROM unresolved GROUP BY ALL",
}


@pytest.mark.parametrize("metric", METRICS)
def test_the_summary_agrees_with_sql(graph: duckdb.DuckDBPyConnection, metric: str) -> None:
    told = "SELECT repository, detail, value FROM repository_summary WHERE metric = ? AND value > 0"
    found = sorted(graph.execute(told, [metric]).fetchall())
    assert found == sorted(graph.execute(RECOUNTS[metric]).fetchall())
    assert found


def test_pycg_lists_every_function_and_callee(graph: duckdb.DuckDBPyConnection) -> None:
    assert pycg_adjacency(graph, "re_export") == {
        "main": ["pkg.impl.work"],
        "pkg": [],
        "pkg.impl": [],
        "pkg.impl.work": [],
    }


def test_pycg_names_initialisers_and_leaves_bare_classes_out(graph: duckdb.DuckDBPyConnection) -> None:
    assert pycg_adjacency(graph, "instantiation")["main"] == ["main.Shop.__init__"]
    assert pycg_adjacency(graph, "instantiation_without_initialiser") == {"main": []}


def test_pycg_names_builtins_and_outside_functions(graph: duckdb.DuckDBPyConnection) -> None:
    assert pycg_adjacency(graph, "builtin_call")["main.size"] == ["<builtin>.len"]
    assert pycg_adjacency(graph, "external_call")["main.save"] == ["json.dumps", "os.path.join"]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_views_have_the_columns_they_describe(graph: duckdb.DuckDBPyConnection, view) -> None:
    columns = [item[0] for item in graph.execute(view.select).description]
    assert columns == list(view.columns)
    assert graph.execute(f"SELECT count(*) FROM ({view.select})").fetchone()[0] > 0


def test_macros_tell_files_and_outside_apart(graph: duckdb.DuckDBPyConnection) -> None:
    for statement in QUERY_MACROS.values():
        graph.execute(statement)
    wrong = f"""
        SELECT count(*) FROM nodes WHERE is_outside(node_id) <> (file_id IS NULL OR kind IN {UNLOCATED_KINDS})
            OR is_outside(node_id) <> (file_of(node_id) IS NULL) OR file_of(node_id) <> file_id
    """
    assert graph.execute(wrong).fetchone() == (0,)
