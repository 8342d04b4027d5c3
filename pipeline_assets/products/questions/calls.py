"""Who calls, what is called, how far it goes, and by which way."""

from __future__ import annotations

from pipeline_assets.store.views import Parameter, View

_PATTERN = Parameter("pattern", "Dotted name as in `call_graph`; `*` stands for any text, `?` for one letter.")
_WITHIN = Parameter("within", "How many calls away at most.", "20")
_CALL = {
    "repository": "Repository of the call.",
    "caller": "The function, class body, lambda or module that calls.",
    "callee": "What is called.",
    "path": "File of the call.",
    "line": "Its line.",
    "method": "Rule that found the callee.",
    "confidence": "How sure the rule is.",
}
_REACHED = {
    "repository": "Repository of both.",
    "function": "What is reached.",
    "steps": "How many calls away it is, by the shortest way.",
    "via": "The function before it on such a way, the first by name.",
}


def _search(start: str, here: str, there: str, limit: str) -> str:
    """CTEs that go breadth first from the functions called like `start`: every function once, with its distance.

    A function that was met is never entered again, so cycles end the search instead of feeding it.
    """
    return f"""
        WITH RECURSIVE pairs AS MATERIALIZED (
            SELECT DISTINCT g.repository, g.{here} AS here, g.{there} AS there
            FROM call_graph AS g WHERE g.callee IS NOT NULL
        ),
        found(repository, function, via, steps) USING KEY (repository, function) AS (
            SELECT DISTINCT p.repository, p.here, CAST(NULL AS VARCHAR), 0 FROM pairs AS p WHERE p.here GLOB {start}
            UNION
            SELECT p.repository, p.there, min(p.here), min(f.steps) + 1
            FROM pairs AS p
            JOIN found AS f ON f.repository = p.repository AND f.function = p.here
            LEFT JOIN recurring.found AS met ON met.repository = p.repository AND met.function = p.there
            WHERE f.steps < {limit} AND met.function IS NULL
            GROUP BY p.repository, p.there
        )
    """


_REACHED_ROWS = """
        SELECT f.repository, f.function, f.steps, f.via FROM found AS f WHERE f.steps > 0
        ORDER BY f.repository, f.steps, f.function
"""

CALL_QUESTIONS: tuple[View, ...] = (
    View(
        "callers",
        """
        SELECT g.repository, g.caller, g.callee, g.path, g.line, g.method, g.confidence
        FROM call_graph AS g WHERE g.callee GLOB pattern ORDER BY ALL
        """,
        "One row per call of a function. Cost: one scan of call_graph.",
        _CALL,
        parameters=(_PATTERN,),
    ),
    View(
        "callees",
        """
        SELECT g.repository, g.caller, g.callee, g.path, g.line, g.method, g.confidence
        FROM call_graph AS g WHERE g.caller GLOB pattern ORDER BY ALL
        """,
        "One row per call that a function makes, callee null when not known. Cost: one scan of call_graph.",
        _CALL,
        parameters=(_PATTERN,),
    ),
    View(
        "reaches",
        _search("pattern", "caller", "callee", "within") + _REACHED_ROWS,
        "Functions that a function calls, directly or through others; where it starts is not listed. "
        "Cost: a join with the distinct pairs of call_graph per step.",
        _REACHED,
        parameters=(_PATTERN, _WITHIN),
    ),
    View(
        "reached_by",
        _search("pattern", "callee", "caller", "within") + _REACHED_ROWS,
        "Functions that call a function, directly or through others; where it starts is not listed. "
        "Cost: as `reaches`.",
        _REACHED,
        parameters=(_PATTERN, _WITHIN),
    ),
    View(
        "call_path",
        _search("source", "caller", "callee", "within")
        + """,
        ends AS (
            SELECT f.repository, f.function, f.via, f.steps FROM found AS f
            WHERE f.steps > 0 AND f.function GLOB target
            QUALIFY row_number() OVER (PARTITION BY f.repository ORDER BY f.steps, f.function) = 1
        ),
        way(repository, function, via, steps) AS (
            SELECT e.repository, e.function, e.via, e.steps FROM ends AS e
            UNION ALL
            SELECT f.repository, f.function, f.via, f.steps
            FROM found AS f JOIN way AS w ON w.repository = f.repository AND w.via = f.function WHERE f.steps > 0
        )
        SELECT w.repository, w.steps AS step, w.via AS caller, w.function AS callee, g.path, g.line
        FROM call_graph AS g
        JOIN way AS w ON w.repository = g.repository AND w.via = g.caller AND w.function = g.callee
        QUALIFY row_number() OVER (PARTITION BY w.repository, w.steps ORDER BY g.path, g.line) = 1
        ORDER BY w.repository, w.steps
        """,
        "The calls of one shortest way from a function to another, the first by name; no rows where there is none. "
        "Cost: as `reaches`.",
        {
            "repository": "Repository of the way.",
            "step": "Place on the way, from 1.",
            "caller": "What calls.",
            "callee": "What is called.",
            "path": "File of the first such call.",
            "line": "Its line.",
        },
        parameters=(
            Parameter("source", "Dotted name where the way starts; `*` and `?` as in `callers`."),
            Parameter("target", "Dotted name where it ends; the nearest when several are meant."),
            _WITHIN,
        ),
    ),
)
"""Macros over `call_graph`."""
