"""How much is known of the calls of small programs.

`completeness.txt` has a line for every call expression: line, callee as written (`-` if it is no dotted name), what is
known, and why not all. Lines with `#` argue for it.
"""

from __future__ import annotations

import duckdb
import pytest

from pipeline_tests.golden.conftest import CASES, case_names

FOUND = """
    SELECT concat_ws(' ', line, coalesce(callee_text, '-'), k.completeness, k.reason)
    FROM call_sites JOIN call_completeness AS k USING (repository, file_id, call_id) WHERE repository = ?
"""


@pytest.mark.parametrize("name", [name for name in case_names() if (CASES / name / "completeness.txt").exists()])
def test_completeness(graph: duckdb.DuckDBPyConnection, name: str) -> None:
    text = (CASES / name / "completeness.txt").read_text()
    expected = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [row[0] for row in graph.execute(FOUND, [name]).fetchall()]
    assert sorted(found) == sorted(expected)


def test_coverage_tells_of_limits_that_values_hit(graph: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT repository, status, total, covered, c.reason, detail FROM coverage AS c
        WHERE subject = 'values' AND repository IN ('completeness_limit', 'completeness_direct') ORDER BY ALL DESC
    """
    limited, complete = graph.execute(query).fetchall()
    assert limited == ("completeness_limit", "none", 1, 0, "limited", "1 calls have more than is followed")
    assert complete[1:] == ("complete", complete[2], complete[2], None, None)
