"""What a line is made from, and what it goes into: slices over data and control dependence."""

from __future__ import annotations

from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS
from pipeline_assets.store.views import Parameter, View

_FAMILY = (1 << FILE_SHIFT) - (1 << ORDINAL_BITS)
"""The bits of an id that tell companions of a syntax node, such as the reference to a function, from the node."""

_STATEMENTS = (
    *("FunctionDef", "AsyncFunctionDef", "ClassDef", "Return", "Delete", "Assign", "TypeAlias", "AugAssign"),
    *("AnnAssign", "For", "AsyncFor", "While", "If", "With", "AsyncWith", "Match", "Raise", "Try", "TryStar", "Assert"),
    *("Import", "ImportFrom", "Global", "Nonlocal", "Expr", "Pass", "Break", "Continue"),
    *("ExceptHandler", "match_case"),
)
_KINDS = ", ".join(f"'{kind}'" for kind in _STATEMENTS)


def _slice(here: str, there: str) -> str:
    """Dependences between statements of one file, and everything reached from those of the chosen line.

    A node belongs to the last statement that starts at or before it. Where that one is over before the node, as before
    the decorators of a function that the syntax tree holds after its body, the innermost statement around it is looked
    for among all.
    """
    return f"""
        WITH RECURSIVE asked AS MATERIALIZED (
            SELECT f.repository, f.file_id, f.path FROM files AS f WHERE f.path = file
        ),
        statements AS MATERIALIZED (
            SELECT a.repository, a.file_id, a.node_id, a.subtree_end, a.line, a.end_line
            FROM ast_nodes AS a JOIN asked AS q ON q.repository = a.repository AND q.file_id = a.file_id
            WHERE a.kind IN ({_KINDS})
        ),
        links AS MATERIALIZED (
            SELECT e.repository, e.file_id, e.kind, e.variable,
                e.{here} - (e.{here} & {_FAMILY}) AS here, e.{there} - (e.{there} & {_FAMILY}) AS there
            FROM edges AS e JOIN asked AS q ON q.repository = e.repository AND q.file_id = e.file_id
            WHERE e.kind IN ('REACHING_DEF', 'CDG')
        ),
        ends AS (SELECT l.file_id, l.here AS node FROM links AS l UNION SELECT l.file_id, l.there FROM links AS l),
        nearest AS MATERIALIZED (
            SELECT n.file_id, n.node, s.node_id AS statement, s.subtree_end
            FROM ends AS n ASOF JOIN statements AS s ON s.file_id = n.file_id AND n.node >= s.node_id
        ),
        owned AS MATERIALIZED (
            SELECT n.node, n.statement FROM nearest AS n WHERE n.node < n.subtree_end
            UNION ALL
            SELECT n.node, max(s.node_id)
            FROM statements AS s JOIN nearest AS n ON n.file_id = s.file_id AND n.node >= s.node_id
            WHERE n.node >= n.subtree_end AND n.node < s.subtree_end
            GROUP BY n.node
        ),
        steps AS MATERIALIZED (
            SELECT DISTINCT l.repository, h.statement AS here, t.statement AS there, l.variable, l.kind
            FROM links AS l JOIN owned AS h ON h.node = l.here JOIN owned AS t ON t.node = l.there
            WHERE h.statement <> t.statement
        ),
        found(repository, statement, distance, why) USING KEY (repository, statement) AS (
            SELECT s.repository, s.node_id, 0, 'start'
            FROM statements AS s
            WHERE on_line BETWEEN s.line AND s.end_line
            QUALIFY row_number() OVER (PARTITION BY s.repository ORDER BY s.node_id DESC) = 1
            UNION
            SELECT p.repository, p.there, min(g.distance) + 1,
                string_agg(DISTINCT CASE p.kind WHEN 'CDG' THEN 'control' ELSE 'data' END, ', '
                    ORDER BY CASE p.kind WHEN 'CDG' THEN 'control' ELSE 'data' END)
            FROM steps AS p
            JOIN found AS g ON g.repository = p.repository AND g.statement = p.here
            LEFT JOIN recurring.found AS met ON met.repository = p.repository AND met.statement = p.there
            WHERE g.distance < within AND met.statement IS NULL
                AND (g.distance > 0 OR about IS NULL OR p.variable = about)
            GROUP BY p.repository, p.there
        )
        SELECT s.repository, q.path, s.line, g.distance AS steps, g.why,
            trim(span_text(x.text, l.bstart, l.bend)) AS text
        FROM statements AS s
        JOIN found AS g ON g.repository = s.repository AND g.statement = s.node_id
        JOIN asked AS q ON q.repository = s.repository AND q.file_id = s.file_id
        JOIN lines AS l ON l.repository = s.repository AND l.file_id = s.file_id AND l.line = s.line
        JOIN file_texts AS x ON x.repository = s.repository AND x.file_id = s.file_id
        ORDER BY s.repository, s.line, s.node_id
    """


_COLUMNS = {
    "repository": "Repository of the file.",
    "path": "The file.",
    "line": "First line of a statement of the slice.",
    "steps": "How many dependences away it is, by the shortest way; 0 for the statement that was asked for.",
    "why": "start; data: by a value; control: by what decides whether a statement runs.",
    "text": "The line's text.",
}
_PARAMETERS = (
    Parameter("file", "Path of the file from the repository's root."),
    Parameter("on_line", "Number of a line of the statement, from 1; of several, the innermost and last counts."),
    Parameter("about", "Only what this variable of the statement leads to; all that it uses by default.", "NULL"),
    Parameter("within", "How many dependences away at most.", "1000"),
)

SLICE_QUESTIONS: tuple[View, ...] = (
    View(
        "backward_slice",
        _slice("dst", "src"),
        "Statements of a file that a statement depends on, by REACHING_DEF and CDG edges, itself included. "
        "Calls are not followed. Cost: scans of edges and ast_nodes, of which one file is kept, and a join per step.",
        _COLUMNS,
        parameters=_PARAMETERS,
    ),
    View(
        "forward_slice",
        _slice("src", "dst"),
        "Statements of a file that depend on a statement, by REACHING_DEF and CDG edges, itself included. "
        "Calls are not followed. Cost: as `backward_slice`.",
        _COLUMNS,
        parameters=_PARAMETERS,
    ),
)
"""Macros over REACHING_DEF and CDG edges."""
