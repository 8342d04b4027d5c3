"""How much of what a call may run is known from names alone: no types, no values."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.normalize.meanings import OUTSIDE_KINDS, full_name, meanings
from pipeline_assets.pipes.stacking import stack

KEEPING = (
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "dataclass",
    "total_ordering",
    "wraps",
    "cache",
    "contextmanager",
    "asynccontextmanager",
    "coroutine",
    "unique",
    "register",
    "register_at_exit",
    "overload",
    "override",
    "final",
    "runtime_checkable",
    "no_type_check",
    "dataclass_transform",
    "deprecated",
)
"""Decorators that give back what they decorate, or something that a call of runs just that."""


def with_meanings(calls: Table, ast_nodes: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Attach what the callee's name or dotted name stands for."""
    # Asked of the syntax, as DuckDB would compute `calls` again for every use of it.
    wanted = ast_nodes.filter((ast_nodes.field == "func") & ast_nodes.kind.isin(["Name", "Attribute"]))
    wanted = wanted.select("file_id", "node_id")
    meant = meanings(wanted, name_resolutions, attribute_resolutions)
    joined = calls.left_join(meant, (calls.file_id == meant.file_id) & (calls.callee_id == meant.node_id))
    return joined.select(
        calls,
        *(meant[name] for name in ("target_kind", "target_id", "target_module", "target_name", "candidates")),
        root_binding=meant.binding_id,
    )


def with_path(calls: Table, imports: Table, bindings: Table) -> Table:
    """Tell whether the callee lies where its import says, and not behind a re-export that may be one of several."""
    sites = bindings.filter(bindings.kind == "import")
    path = ibis.coalesce(imports.bound_module, imports.absolute_module + "." + imports.name)
    paths = imports.inner_join(
        sites, (imports.file_id == sites.file_id) & (imports.import_id == sites.site_node)
    ).select(imports.file_id, sites.binding_id, imported=path)
    joined = calls.left_join(paths, (calls.file_id == paths.file_id) & (calls.root_binding == paths.binding_id))
    placed = joined.select(calls, paths.imported)
    written = placed.imported + placed.callee_text.re_replace(r"^[^.]*", "")
    is_direct = ibis.coalesce(written == full_name(placed), placed.root_binding.notnull())
    return placed.mutate(is_direct=is_direct).drop("imported", "root_binding")


def with_doubts(
    calls: Table, bindings: Table, decorators: Table, references: Table, meant: Table, imports: Table
) -> Table:
    """Tell whether the definition may be another: bound twice, replaced by a decorator or from outside.

    `meant` is `attribute_resolutions`: what `module.name = …` assigns to. A star import from outside may bring any
    name.
    """
    changing = decorators.filter(~decorators.meaning.isin(KEEPING).fill_null(False))
    stores = references.filter(references.ctx.isin(["store", "del"]) & (references.kind == "attribute"))
    stored = meant.semi_join(stores, (meant.file_id == stores.file_id) & (meant.node_id == stores.node_id))
    again = bindings.filter(bindings.candidates > 1)
    doubts = stack(
        changing.select("repository", "definition_id"),
        again.select("repository", definition_id=again.site_node),
        stored.filter(stored.target_kind == "definition").select("repository", definition_id=stored.target_id),
    ).distinct()
    is_open_star = imports.is_star & imports.target_kind.isin(["external", "standard_library", "missing"])
    stars = imports.filter(is_open_star).select("file_id").distinct()
    doubted = calls.left_join(
        doubts, (calls.repository == doubts.repository) & (calls.target_id == doubts.definition_id)
    ).select(calls, is_doubted=doubts.definition_id.notnull())
    return doubted.left_join(stars, doubted.file_id == stars.file_id).select(
        doubted, has_open_star=stars.file_id.notnull()
    )


def completeness(calls: Table) -> StringValue:
    """closed, open or unknown."""
    known = ("definition", *OUTSIDE_KINDS)
    is_sole = calls.candidates == 1
    is_plain = ~calls.target_name.contains(".").fill_null(True)
    closed = ibis.cases(
        (calls.shape == "lambda", True),
        (calls.target_kind == "builtin", (calls.candidates == 0) & ~calls.has_open_star),
        (calls.target_kind == "definition", is_sole & calls.is_direct & ~calls.is_doubted),
        (calls.target_kind.isin(OUTSIDE_KINDS), is_sole & calls.is_direct & is_plain),
        else_=False,
    )
    return ibis.cases(
        (closed.fill_null(False), "closed"), (calls.target_kind.isin(known).fill_null(False), "open"), else_="unknown"
    )
