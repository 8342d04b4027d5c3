"""Functions that no one wrote by hand: they end, their pairs stay within bounds, and what is left out is a row."""

from __future__ import annotations

import duckdb

from pipeline_assets.normalize.data_flow.reaching import MOST_DEFINITIONS, MOST_PAIRS
from pipeline_assets.normalize.data_flow.sharing import MOST_OUTSIDE
from pipeline_tests.functional.normalize.data_flow.solving import solved


def _branches(count: int, line: str) -> str:
    return "".join(f"    if c({i}): {line.format(i)}\n" for i in range(count))


def _limits(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int, int]]:
    return connection.execute('SELECT DISTINCT variable, "limit", actual FROM data_flow_limits').fetchall()


def _pairs(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("SELECT count(*) FROM reaching_defs").fetchall()[0][0]


def test_ten_thousand_branches_of_five_thousand_variables_are_solved_exactly() -> None:
    body = "".join(f"    if c[{i}]: x{i % 5000} = {i}\n" for i in range(10_000))
    connection = solved({"m.py": f"def f(c):\n{body}    return x0, x1, x4999\n"})
    assert _limits(connection) == []
    rows = (
        "SELECT variable, count(*), bool_or(is_must) FROM reaching_defs WHERE variable LIKE 'x%' GROUP BY 1 ORDER BY 1"
    )
    found = connection.execute(rows).fetchall()
    assert found == [("x0", 2, False), ("x1", 2, False), ("x4999", 2, False)]


def test_a_use_with_too_many_definitions_lists_the_first() -> None:
    connection = solved({"m.py": f"def f(c):\n{_branches(MOST_DEFINITIONS + 500, 'x = {}')}    return x\n"})
    assert _limits(connection) == [("x", MOST_DEFINITIONS, MOST_DEFINITIONS + 500)]
    lines = "SELECT max(line), count(*) FROM reaching_defs JOIN ast_nodes ON node_id = def_node_id WHERE name = 'x'"
    assert connection.execute(lines).fetchall() == [(MOST_DEFINITIONS + 1, MOST_DEFINITIONS)]


def test_many_uses_of_many_definitions_stay_within_the_pairs_of_a_unit() -> None:
    count = 1_500
    text = f"def f(c, x):\n{_branches(count, 'x = c(x, {})')}    return x\n"
    connection = solved({"m.py": text})
    assert _pairs(connection) < 1.1 * MOST_PAIRS
    (limit,) = _limits(connection)
    assert limit[0] == "x" and 8 < limit[1] < count and limit[2] == count + 1


def test_a_module_variable_with_many_definitions_and_readers() -> None:
    definitions = "".join(f"v = {i}\n" for i in range(1_000))
    readers = "".join(f"def f{i}(): return v\n" for i in range(300))
    connection = solved({"m.py": definitions + readers})
    assert _pairs(connection) == 300 * MOST_OUTSIDE
    assert _limits(connection) == [("v", MOST_OUTSIDE, 1_000)]


def test_a_thousand_handlers_and_comprehensions() -> None:
    handlers = "".join("    try: x = c(x)\n    except E as e: x = e\n" for _ in range(1_000))
    inlined = "".join("    x = [x for x in c if [y for y in x]]\n" for _ in range(300))
    connection = solved({"m.py": f"def f(c, x):\n{handlers}{inlined}    return x\n"})
    assert _limits(connection) == []
    last = "SELECT is_must FROM reaching_defs QUALIFY use_node_id = max(use_node_id) OVER ()"
    assert connection.execute(last).fetchall() == [(True,)]
