"""The call graph as PyCG writes it: adjacency by dotted name."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

_PAIRS = """
    SELECT DISTINCT g.caller, g.callee
    FROM call_graph AS g
    LEFT JOIN call_targets AS t ON t.repository = g.repository AND t.call_id = g.call_id AND t.rank = g.rank
    WHERE g.repository = ? AND g.callee IS NOT NULL AND (g.way <> 'call' OR t.target_kind <> 'class')
    ORDER BY ALL
"""
"""A class without an initialiser is no callee to PyCG: instantiating it calls nothing of the repository."""

_NAMES = """
    SELECT DISTINCT pycg_name FROM definitions WHERE repository = ? AND kind <> 'class' ORDER BY ALL
"""


def pycg_adjacency(connection: duckdb.DuckDBPyConnection, repository: str) -> dict[str, list[str]]:
    """Caller → sorted callees for one repository; modules, functions, lambdas and all callees are keys, as in PyCG.

    Reads the views `call_graph`, `call_targets` and `definitions`.
    """
    names = (row[0] for row in connection.execute(_NAMES, [repository]).fetchall())
    pairs = connection.execute(_PAIRS, [repository]).fetchall()
    return _adjacency(names, pairs)


def _adjacency(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in names}
    for caller, callee in pairs:
        found.setdefault(caller, []).append(callee)
        found.setdefault(callee, [])
    return dict(sorted(found.items()))
