"""What names and dotted names stand for, as one relation."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.pipes.stacking import stack

TARGET_COLUMNS = ("target_kind", "target_id", "target_module", "target_name")
"""The columns that say what something stands for."""

OUTSIDE_KINDS = ("builtin", "standard_library", "external")
"""Kinds of target that are known by module and name alone."""


def meanings(wanted: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """What those of `wanted` (`file_id`, `node_id`, each once) mean that are resolved names or dotted names.

    `candidates` is the number of sites that bind the name, or the name that a dotted one starts with; `binding_id` is
    that name's site.
    """
    # The big tables come first: DuckDB builds its hash table of what comes second.
    resolved = name_resolutions.filter(name_resolutions.target_kind.notnull())
    same = (resolved.file_id == wanted.file_id) & (resolved.node_id == wanted.node_id)
    names = resolved.inner_join(wanted, same).select(
        *(resolved[name] for name in ("file_id", "node_id", *TARGET_COLUMNS, "binding_id", "candidates")),
        root_id=resolved.node_id,
    )
    again = wanted.view()
    same = (attribute_resolutions.file_id == again.file_id) & (attribute_resolutions.node_id == again.node_id)
    chains = attribute_resolutions.inner_join(again, same).select(
        *(attribute_resolutions[name] for name in ("file_id", "node_id", *TARGET_COLUMNS, "root_id"))
    )
    roots = name_resolutions.view()
    joined = roots.inner_join(chains, (roots.file_id == chains.file_id) & (roots.node_id == chains.root_id))
    return stack(names, joined.select(chains, roots.binding_id, roots.candidates).select(*names.columns))


def outside_name(table: Table) -> StringValue:
    """The full dotted name of a target that lies outside the repository, else null."""
    return ibis.ifelse(table.target_kind.isin(OUTSIDE_KINDS), full_name(table), None)


def full_name(table: Table) -> StringValue:
    """Module and name of a target, joined by a dot; the module alone where it is the target."""
    return table.target_module + ibis.coalesce(ibis.literal(".") + table.target_name, "")
