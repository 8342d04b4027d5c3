"""Classes and methods outside the repository that its own are said to come from or to override."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg.shared import outside_base
from pipeline_assets.pipes.stacking import stack


def outside_classes(class_bases: Table, type_links: Table, mro: Table) -> Table:
    """Every class outside that the graph has a TYPE of, once a repository, with `class_name`."""
    bases = class_bases.filter(outside_base(class_bases))
    ancestors = outside_ancestors(mro, class_bases)
    linked = type_links.filter(type_links.class_name.notnull())
    named = stack(
        bases.select("repository", class_name="target_name"),
        ancestors.select("repository", class_name="ancestor_name"),
        linked.select("repository", "class_name"),
    )
    return named.distinct()


def outside_ancestors(mro: Table, class_bases: Table) -> Table:
    """Rows of `mro` whose ancestor is a class outside, known by its dotted name and not only by what a base says."""
    outside = mro.filter((mro.position > 0) & mro.ancestor_id.isnull())
    unknown = class_bases.filter(class_bases.target_name.isnull() & class_bases.target_id.isnull())
    texts = unknown.select("repository", ancestor_name=unknown.base_text.fill_null("<expression>")).distinct()
    named = outside.filter(outside.ancestor_name.re_search(r"^[\w.]+$"))
    return named.anti_join(texts, [named.repository == texts.repository, named.ancestor_name == texts.ancestor_name])


def outside_methods(overrides: Table) -> Table:
    """Rows of `overrides` by methods, of members outside, with `qualname`, their name as calls have it."""
    outside = overrides.filter(overrides.base_id.isnull() & overrides.kind.isin(("method", "property")))
    return outside.mutate(qualname=outside.base_name.re_replace(r"^builtins\.", "<builtin>."))
