"""Names, imports and bases that lead nowhere, and why."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.shared import import_statements
from pipeline_assets.cpg.unresolved import unresolved_family
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

UNRESOLVED_NAMES = unresolved_family("unresolved_names", "One row per name, import and base class that leads nowhere.")


def _ask_names(name_resolutions: Table) -> Table:
    """Names that nothing binds, or that their module does not have."""
    return _names(name_resolutions)


def _add_imports(questions: Table, imports: Table) -> Table:
    """Imports of what is not there, below them."""
    return stack(questions, _imports(imports))


def _add_bases(questions: Table, class_bases: Table) -> Table:
    """Bases that are no known class, below those."""
    return stack(questions, _bases(class_bases))


@task(UNRESOLVED_NAMES, stages=(_ask_names, _add_imports, _add_bases))
def unresolved_names(name_resolutions: Table, imports: Table, class_bases: Table) -> Table:
    """One row per name, import and base class that leads nowhere."""


def _names(resolutions: Table) -> Table:
    lost = resolutions.filter(
        (resolutions.resolution == "unresolved")
        | (resolutions.reason == "unbound")
        | (resolutions.target_kind == "missing")
    )
    return lost.select(
        "repository",
        "file_id",
        site_node=lost.node_id,
        what=ibis.literal("name"),
        name=lost.name,
        reason=ibis.coalesce(lost.reason, (lost.target_kind == "missing").ifelse("missing_member", "undefined")),
        completeness=ibis.literal("unknown"),
    )


def _imports(imports: Table) -> Table:
    imports = import_statements(imports)
    lost = imports.filter((imports.target_kind == "missing") | imports.absolute_module.isnull())
    return lost.select(
        "repository",
        "file_id",
        site_node=lost.import_id,
        what=ibis.literal("import"),
        name=lost.name,
        reason=ibis.cases(
            (lost.absolute_module.isnull(), "beyond_top_level"),
            (lost.target_module.notnull() & lost.target_name.notnull(), "missing_member"),
            else_="missing_module",
        ),
        completeness=ibis.literal("unknown"),
    )


def _bases(class_bases: Table) -> Table:
    reasons = {"dynamic": "dynamic_base", "value": "value_base", "unresolved": "undefined"}
    lost = class_bases.filter(class_bases.resolution.isin(tuple(reasons)))
    return lost.select(
        "repository",
        "file_id",
        site_node=lost.base_node,
        what=ibis.literal("base"),
        name=lost.base_text,
        reason=ibis.cases(*((lost.resolution == code, reason) for code, reason in reasons.items()), else_="undefined"),
        completeness=ibis.literal("unknown"),
    )
