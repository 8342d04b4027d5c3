"""Putting relations of one meaning on top of each other."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import Table


def stack(*tables: Table) -> Table:
    """All rows of all tables, which have the same columns; types are widened, and any column may hold nulls.

    Ibis refuses a union of columns that differ only in width or nullability.
    """
    types = {
        name: dt.highest_precedence([table[name].type() for table in tables]).copy(nullable=True)
        for name in tables[0].columns
    }
    return ibis.union(
        *(table.select(*(table[name].cast(t).name(name) for name, t in types.items())) for table in tables)
    )
