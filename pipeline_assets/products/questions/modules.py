"""What a file depends on, and what depends on it."""

from __future__ import annotations

from pipeline_assets.store.views import Parameter, View

MODULE_QUESTIONS: tuple[View, ...] = (
    View(
        "file_dependencies",
        """
        SELECT i.repository, f.path, coalesce(i.target_module, i.absolute_module, i.name) AS dependency,
            CASE WHEN i.target_file_id IS NULL THEN i.target_kind ELSE 'module' END AS kind, t.path AS found_in,
            min(i.line) AS line, bool_and(i.is_type_checking) AS is_type_checking,
            bool_and(i.scope_node <> m.node_id) AS is_lazy
        FROM imports AS i
        JOIN files AS f ON f.repository = i.repository AND f.file_id = i.file_id
        JOIN modules AS m ON m.repository = i.repository AND m.file_id = i.file_id
        LEFT JOIN files AS t ON t.repository = i.repository AND t.file_id = i.target_file_id
        WHERE f.path GLOB file AND i.kind IN ('import', 'from', 'import_module', '__import__')
        GROUP BY ALL ORDER BY ALL
        """,
        "Modules that a file imports, here and outside. Cost: one scan of imports.",
        {
            "repository": "Repository of the file.",
            "path": "The file.",
            "dependency": "Dotted name of the module.",
            "kind": "module or package: of this repository; standard_library, external; missing: found nowhere.",
            "found_in": "Its file, when it is of this repository.",
            "line": "First line that imports it.",
            "is_type_checking": "Whether only type checkers ever import it.",
            "is_lazy": "Whether it is imported inside functions and classes only.",
        },
        parameters=(Parameter("file", "Path of the file from the repository's root; `*` and `?` as in `callers`."),),
    ),
    View(
        "file_dependents",
        """
        WITH RECURSIVE pairs AS MATERIALIZED (
            SELECT DISTINCT i.repository, i.file_id, i.target_file_id
            FROM imports AS i
            WHERE i.target_file_id <> i.file_id AND i.kind IN ('import', 'from', 'import_module', '__import__')
        ),
        found(repository, file_id, steps) USING KEY (repository, file_id) AS (
            SELECT f.repository, f.file_id, 0 FROM files AS f WHERE f.path GLOB file AND f.status = 'ok'
            UNION
            SELECT p.repository, p.file_id, min(g.steps) + 1
            FROM pairs AS p
            JOIN found AS g ON g.repository = p.repository AND g.file_id = p.target_file_id
            LEFT JOIN recurring.found AS met ON met.repository = p.repository AND met.file_id = p.file_id
            WHERE g.steps < within AND met.file_id IS NULL
            GROUP BY p.repository, p.file_id
        )
        SELECT g.repository, f.path, g.steps
        FROM files AS f JOIN found AS g ON g.repository = f.repository AND g.file_id = f.file_id
        WHERE g.steps > 0
        ORDER BY g.repository, g.steps, f.path
        """,
        "Files that import a file, directly or through others: what a change of it may touch. "
        "Cost: one scan of imports, and a join per step.",
        {
            "repository": "Repository of the files.",
            "path": "The file that depends on it.",
            "steps": "How many imports away it is, by the shortest way.",
        },
        parameters=(
            Parameter("file", "Path of the file from the repository's root; `*` and `?` as in `callers`."),
            Parameter("within", "How many imports away at most; 1 for those that import it themselves.", "100"),
        ),
    ),
)
"""Macros over `imports`."""
