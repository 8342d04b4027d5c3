"""Who reads and writes an attribute, and which definition a line belongs to."""

from __future__ import annotations

from pipeline_assets.store.views import Parameter, View

NAME_QUESTIONS: tuple[View, ...] = (
    View(
        "attribute_uses",
        """
        WITH uses AS MATERIALIZED (
            SELECT r.repository, r.file_id, r.node_id, r.name AS attribute, r.root_id, r.dotted, r.definition_id,
                r.line, r.parent_id, r.ctx
            FROM "references" AS r WHERE r.kind = 'attribute' AND r.name GLOB pattern
        ),
        owners AS (
            SELECT n.repository, n.node_id AS root_id, k.qualname AS owner, n.name AS receiver
            FROM name_resolutions AS n
            JOIN (SELECT DISTINCT u.repository, u.root_id FROM uses AS u) AS u
                ON u.repository = n.repository AND u.root_id = n.node_id
            JOIN bindings AS b ON b.repository = n.repository AND b.binding_id = n.binding_id AND b.candidates = 1
            JOIN parameters AS p ON p.repository = n.repository AND p.parameter_id = b.site_node AND p.position = 0
            JOIN definitions AS d ON d.repository = n.repository AND d.definition_id = p.definition_id
            JOIN definitions AS k ON k.repository = d.repository AND k.definition_id = d.class_id
            WHERE NOT d.is_static_method
        )
        SELECT u.repository, u.attribute,
            CASE WHEN g.node_id IS NOT NULL AND u.ctx = 'store' THEN 'update' WHEN u.ctx = 'load' THEN 'read'
                WHEN u.ctx = 'store' THEN 'write' ELSE 'delete' END AS access,
            coalesce(a.target_module, o.owner) AS owner, u.dotted AS text, d.qualname AS function, f.path, u.line
        FROM uses AS u
        JOIN definitions AS d ON d.repository = u.repository AND d.definition_id = u.definition_id
        JOIN files AS f ON f.repository = u.repository AND f.file_id = u.file_id
        LEFT JOIN owners AS o
            ON o.repository = u.repository AND o.root_id = u.root_id AND o.receiver || '.' || u.attribute = u.dotted
        LEFT JOIN attribute_resolutions AS a ON a.repository = u.repository AND a.node_id = u.node_id
        LEFT JOIN (SELECT s.repository, s.node_id FROM ast_nodes AS s WHERE s.kind = 'AugAssign') AS g
            ON g.repository = u.repository AND g.node_id = u.parent_id
        ORDER BY u.repository, f.path, u.line, u.node_id
        """,
        "One row per place that reads, writes or deletes an attribute of this name. "
        "Cost: scans of references and name_resolutions.",
        {
            "repository": "Repository of the place.",
            "attribute": "The attribute.",
            "access": "read, write, delete; update: both, as in `x.n += 1`.",
            "owner": "The class whose method takes it from its first parameter, or the module of a chain that is "
            "known; null when the object is not known: it may be of any class.",
            "text": "The chain as written, where it starts with a name.",
            "function": "The function, class or module whose code it is.",
            "path": "Its file.",
            "line": "Its line.",
        },
        parameters=(
            Parameter(
                "pattern", "The attribute's name, without what stands before the dot; `*` and `?` as in `callers`."
            ),
        ),
    ),
    View(
        "definition_at",
        """
        SELECT d.repository, d.qualname, d.kind, d.line, a.end_line
        FROM ast_nodes AS a
        JOIN definitions AS d ON d.repository = a.repository AND d.definition_id = a.node_id
        JOIN files AS f ON f.repository = d.repository AND f.file_id = d.file_id AND f.path = file
        WHERE d.kind = 'module' OR on_line BETWEEN a.line AND a.end_line
        QUALIFY row_number() OVER (PARTITION BY d.repository ORDER BY d.definition_id DESC) = 1
        """,
        "The innermost definition that holds a line. Cost: a join of ast_nodes and definitions.",
        {
            "repository": "Repository of the file.",
            "qualname": "Qualified name of the definition.",
            "kind": "What it is; the module when the line is in no definition.",
            "line": "Its first line, decorators left out.",
            "end_line": "Its last line; null for a module.",
        },
        parameters=(
            Parameter("file", "Path of the file from the repository's root."),
            Parameter("on_line", "Number of the line, from 1."),
        ),
    ),
)
"""Macros over names and attributes."""
