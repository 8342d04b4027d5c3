"""The call graph of small programs: each case's `calls.txt` lists every call, with the rule or the reason.

A line is `LINE CALLER -> CALLEE by METHOD` or `LINE CALLER -> ? REASON`; lines with `#` argue for the expectation.
"""

from __future__ import annotations

import duckdb
import pytest

from pipeline_tests.golden.conftest import CASES, case_names

FOUND = """
    SELECT format('{} {} -> {} by {}', line, caller, callee, method) FROM call_graph
    WHERE repository = ? AND callee IS NOT NULL
    UNION ALL
    SELECT format('{} {} -> ? {}', g.line, g.caller, u.reason) FROM call_graph AS g
    LEFT JOIN unresolved AS u ON u.what = 'call' AND u.site_node = g.call_id
    WHERE g.repository = ? AND g.callee IS NULL
"""


@pytest.mark.parametrize("name", [name for name in case_names() if (CASES / name / "calls.txt").exists()])
def test_calls(graph: duckdb.DuckDBPyConnection, name: str) -> None:
    text = (CASES / name / "calls.txt").read_text()
    expected = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [row[0] for row in graph.execute(FOUND, [name, name]).fetchall()]
    assert sorted(found) == sorted(expected)
