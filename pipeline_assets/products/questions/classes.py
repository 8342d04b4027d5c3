"""What is below a class, what is above it, and who overrides its members."""

from __future__ import annotations

from pipeline_assets.store.views import Parameter, View

CLASS_QUESTIONS: tuple[View, ...] = (
    View(
        "subclasses",
        """
        SELECT m.repository, m.ancestor_name AS ancestor, d.qualname AS class, b.class_id IS NOT NULL AS is_direct,
            m.reason, f.path, d.line
        FROM mro AS m
        JOIN definitions AS d ON d.repository = m.repository AND d.definition_id = m.class_id
        JOIN files AS f ON f.repository = d.repository AND f.file_id = d.file_id
        LEFT JOIN (SELECT DISTINCT c.repository, c.class_id, c.target_name FROM class_bases AS c) AS b
            ON b.repository = m.repository AND b.class_id = m.class_id AND b.target_name = m.ancestor_name
        WHERE m.position > 0 AND m.ancestor_name GLOB pattern
        ORDER BY ALL
        """,
        "Classes of the repository that inherit from a class here or outside, however far. Cost: one scan of mro.",
        {
            "repository": "Repository of the class.",
            "ancestor": "The class it inherits from.",
            "class": "Qualified name of the class that inherits.",
            "is_direct": "Whether the class statement itself names the ancestor.",
            "reason": "Why the order of its ancestors is in doubt; null where it is Python's for certain.",
            "path": "File of the class.",
            "line": "Line of the class statement.",
        },
        parameters=(
            Parameter(
                "pattern", "Dotted name of the ancestor, such as `builtins.Exception`; `*` and `?` as in `callers`."
            ),
        ),
    ),
    View(
        "superclasses",
        """
        SELECT m.repository, d.qualname AS class, m.position, m.ancestor_name AS ancestor, m.is_external, m.reason
        FROM mro AS m
        JOIN definitions AS d ON d.repository = m.repository AND d.definition_id = m.class_id
        WHERE d.qualname GLOB pattern
        ORDER BY ALL
        """,
        "A class and its ancestors in the order in which attributes are looked up. Cost: one scan of mro.",
        {
            "repository": "Repository of the class.",
            "class": "Qualified name of the class.",
            "position": "Place in the order; 0 is the class itself.",
            "ancestor": "Dotted name of the ancestor, or the text of a base that is not known.",
            "is_external": "Whether the ancestor is outside the repository or unknown.",
            "reason": "Why the order is in doubt; null where it is Python's for certain.",
        },
        parameters=(Parameter("pattern", "Qualified name of the class; `*` and `?` as in `callers`."),),
    ),
    View(
        "overriders",
        """
        SELECT o.repository, o.base_name AS base, d.qualname || '.' || o.name AS member, o.kind, o.by_order AS is_next,
            o.is_exact, f.path, o.line
        FROM overrides AS o
        JOIN definitions AS d ON d.repository = o.repository AND d.definition_id = o.class_id
        JOIN files AS f ON f.repository = o.repository AND f.file_id = o.file_id
        WHERE o.base_name GLOB pattern
        ORDER BY ALL
        """,
        "Members that override a member of a class, here or outside. Cost: one scan of overrides.",
        {
            "repository": "Repository of the overriding member.",
            "base": "The overridden member.",
            "member": "The overriding one.",
            "kind": "What it is: method, property, class or attribute.",
            "is_next": "Whether nothing else of that name stands between the two.",
            "is_exact": "Whether the order of the class's ancestors is Python's for certain.",
            "path": "File of the overriding member.",
            "line": "Its line.",
        },
        parameters=(Parameter("pattern", "Dotted name of the overridden member; `*` and `?` as in `callers`."),),
    ),
)
"""Macros over `mro` and `overrides`."""
