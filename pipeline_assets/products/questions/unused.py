"""Views of what starts a program, and of what nothing seems to use."""

from __future__ import annotations

from pipeline_assets.store.views import View

ENTRY_POINTS = View(
    "entry_points",
    """
    WITH guards AS (
        SELECT c.repository, c.file_id, i.scope_node, i.line
        FROM ast_nodes AS c
        JOIN (SELECT a.repository, a.node_id, a.scope_node, a.line FROM ast_nodes AS a WHERE a.kind = 'If') AS i
            ON i.repository = c.repository AND i.node_id = c.parent_id
        JOIN (SELECT a.repository, a.parent_id FROM ast_nodes AS a WHERE a.kind = 'Name' AND a.name = '__name__') AS n
            ON n.repository = c.repository AND n.parent_id = c.node_id
        JOIN (SELECT a.repository, a.parent_id FROM ast_nodes AS a
              WHERE a.kind = 'Constant' AND a.value = '''__main__''') AS v
            ON v.repository = c.repository AND v.parent_id = c.node_id
        WHERE c.kind = 'Compare' AND c.field = 'test' AND c.ctx = 'Eq'
    ),
    called AS (
        SELECT DISTINCT t.repository, t.target_id FROM call_targets AS t WHERE t.target_id <> t.caller_id
    )
    SELECT d.repository, 'main_block' AS kind, d.qualname AS name, f.path, g.line
    FROM guards AS g
    JOIN definitions AS d
        ON d.repository = g.repository AND d.definition_id = g.scope_node AND d.kind = 'module'
    JOIN files AS f ON f.repository = g.repository AND f.file_id = g.file_id
    UNION ALL
    SELECT m.repository, 'main_module', m.module, f.path, 1
    FROM modules AS m JOIN files AS f ON f.repository = m.repository AND f.file_id = m.file_id
    WHERE f.path = '__main__.py' OR f.path LIKE '%/\\_\\_main\\_\\_.py' ESCAPE '\\'
    UNION ALL
    SELECT d.repository, 'uncalled_function', d.qualname, f.path, d.line
    FROM definitions AS d
    JOIN files AS f ON f.repository = d.repository AND f.file_id = d.file_id
    LEFT JOIN called AS c ON c.repository = d.repository AND c.target_id = d.definition_id
    WHERE d.kind IN ('function', 'async_function') AND d.class_id IS NULL AND c.target_id IS NULL
        AND d.qualname NOT LIKE '%<locals>%'
    """,
    "Where running may start: blocks under `if __name__ == '__main__'`, `__main__` modules, and functions of modules "
    "that no known call calls; methods and inner functions are left out.",
    {
        "repository": "Repository it belongs to.",
        "kind": "main_block, main_module or uncalled_function.",
        "name": "The module, or the function's qualified name.",
        "path": "Its file.",
        "line": "Its line.",
    },
)

UNUSED_DEFINITIONS = View(
    "unused_definitions",
    """
    WITH named AS MATERIALIZED (
        SELECT r.repository, r.node_id, r.target_id FROM name_resolutions AS r
        WHERE r.ctx = 'load' AND r.target_kind = 'definition'
        UNION ALL
        SELECT a.repository, a.node_id, a.target_id FROM attribute_resolutions AS a WHERE a.target_kind = 'definition'
        UNION ALL
        SELECT t.repository, t.call_id, t.target_id FROM call_targets AS t WHERE t.target_kind = 'definition'
    ),
    used AS (
        SELECT DISTINCT n.repository, d.qualname
        FROM named AS n
        JOIN definitions AS d ON d.repository = n.repository AND d.definition_id = n.target_id
        JOIN (SELECT a.repository, a.node_id, a.subtree_end FROM ast_nodes AS a
              WHERE a.kind IN ('FunctionDef', 'AsyncFunctionDef', 'ClassDef')) AS a
            ON a.repository = n.repository AND a.node_id = n.target_id
        WHERE n.node_id < a.node_id OR n.node_id >= a.subtree_end
    ),
    listed AS (
        SELECT DISTINCT x.repository, x.target_id FROM exports AS x
        JOIN (SELECT DISTINCT n.repository, n.file_id FROM all_names AS n) AS l ON l.repository = x.repository
        JOIN modules AS m ON m.repository = l.repository AND m.file_id = l.file_id AND m.module = x.module
        WHERE x.is_public AND x.target_kind = 'definition'
    ),
    attributes AS (
        SELECT DISTINCT r.repository, r.name FROM "references" AS r WHERE r.kind = 'attribute' AND r.ctx = 'load'
    ),
    texts AS (
        SELECT DISTINCT a.repository, a.value[2:-2] AS name FROM ast_nodes AS a
        WHERE a.kind = 'Constant' AND a.value_kind = 'str'
    ),
    overriding AS (SELECT DISTINCT o.repository, o.member_id FROM overrides AS o),
    decorated AS (SELECT DISTINCT r.repository, r.definition_id FROM decorators AS r)
    SELECT d.repository, d.qualname, d.kind, f.path, d.line,
        NOT starts_with(d.name, '_') AS is_public, f.is_test, x.name IS NOT NULL AS is_named_in_text
    FROM definitions AS d
    JOIN files AS f ON f.repository = d.repository AND f.file_id = d.file_id
    LEFT JOIN used AS u ON u.repository = d.repository AND u.qualname = d.qualname
    LEFT JOIN listed AS l ON l.repository = d.repository AND l.target_id = d.definition_id
    LEFT JOIN attributes AS a ON a.repository = d.repository AND a.name = d.name AND d.class_id IS NOT NULL
    LEFT JOIN overriding AS o ON o.repository = d.repository AND o.member_id = d.definition_id
    LEFT JOIN decorated AS r ON r.repository = d.repository AND r.definition_id = d.definition_id
    LEFT JOIN texts AS x ON x.repository = d.repository AND x.name = d.name
    WHERE d.kind IN ('class', 'function', 'async_function')
        AND NOT (starts_with(d.name, '__') AND ends_with(d.name, '__'))
        AND u.qualname IS NULL AND l.target_id IS NULL AND a.name IS NULL AND o.member_id IS NULL
        AND r.definition_id IS NULL
    """,
    "Classes and functions that nothing in the repository names outside of themselves (one name with several "
    "definitions is one). Left out: what `__all__` lists, "
    "is decorated, overrides something or has a special name, and members whose name some attribute access mentions. "
    "Others may still use them: programs outside (`is_public`), test runners (`is_test`), names made at run time "
    "(`is_named_in_text`).",
    {
        "repository": "Repository it belongs to.",
        "qualname": "Qualified name.",
        "kind": "class, function or async_function.",
        "path": "Its file.",
        "line": "Its line.",
        "is_public": "Whether its name starts without an underscore: code outside the repository may use it.",
        "is_test": "Whether it is test code, which a test runner may call by name.",
        "is_named_in_text": "Whether a string is its name: `getattr`, a registry or a configuration may use it.",
    },
)
