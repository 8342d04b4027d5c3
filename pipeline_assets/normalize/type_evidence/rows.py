"""The columns that every source of types fills, and how sure each source is."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

ROLES = ("parameter", "return", "variable", "attribute", "expression")

CONFIDENCE = {
    "annotation": 0.9,
    "string_annotation": 0.9,
    "type_comment": 0.9,
    "pyrefly": 0.8,
    "instantiation": 0.95,
    "literal": 1.0,
}
"""Sources of types, the preferred one first, and how sure each is that values have the type.

1: by the language itself. Declarations are not enforced, a call of a class may give something else (`__new__`).
"""
ORIGINS = tuple(CONFIDENCE)
DECLARED = ORIGINS[:3]
"""Sources that declare a type, rather than find one."""
PARTIAL = 0.5
"""How sure a source is that says itself that there may be other classes."""

COLUMNS = (
    "repository",
    "file_id",
    "entity_id",
    "role",
    "name",
    "origin",
    "type_text",
    "member",
    "member_text",
    "class_id",
    "class_name",
    "is_class_object",
    "confidence",
    "evidence_id",
)


def rows(table: Table, origin: ibis.Value | str, **columns: ibis.Value | str | bool | float | None) -> Table:
    """Rows of one source, as all sources have them; `table` has the columns that are not given."""
    given = {"origin": origin, "is_class_object": False} | columns
    if "confidence" not in given:
        given["confidence"] = CONFIDENCE[str(origin)]
    made = {name: given.get(name, table[name] if name not in given else None) for name in COLUMNS}
    return table.select(
        **{name: value if isinstance(value, ibis.Value) else _literal(value) for name, value in made.items()}
    )


def _literal(value: str | bool | float | None) -> ibis.Value:
    return ibis.null("int64") if value is None else ibis.literal(value)
