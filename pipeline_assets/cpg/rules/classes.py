"""Rules that the methods which others replace decide."""

from __future__ import annotations

from ibis.expr.types import Table

_INITIALISERS = ("__init__", "__new__", "__init_subclass__", "__post_init__", "__class_getitem__", "__set_name__")
"""Methods that are called for one class at a time: an override may ask for something else."""
_BY_PLACE = ("positional_only", "positional_or_keyword")


def incompatible_override(overrides: Table, definitions: Table, parameters: Table, decorators: Table) -> Table:
    """Methods that take fewer arguments by place than the one they override, or need more than that takes."""
    plain = definitions.filter(
        definitions.kind.isin(("function", "async_function"))
        & definitions.name.notin(_INITIALISERS)
        & ~(definitions.name.startswith("__") & ~definitions.name.endswith("__"))
    ).select("repository", "file_id", "definition_id")
    bare = plain.anti_join(
        decorators, [plain.file_id == decorators.file_id, plain.definition_id == decorators.definition_id]
    )
    by_place = parameters.kind.isin(_BY_PLACE)
    counted = parameters.group_by("repository", "file_id", "definition_id").aggregate(
        most=by_place.cast("int32").sum(),
        least=(by_place & parameters.default_id.isnull()).cast("int32").sum(),
        is_endless=(parameters.kind == "var_positional").any(),
    )
    shapes = counted.semi_join(bare, [counted.file_id == bare.file_id, counted.definition_id == bare.definition_id])
    exact = overrides.filter(
        overrides.is_exact & overrides.by_order & (overrides.kind == "method") & (overrides.base_kind == "method")
    ).select("repository", "file_id", "member_id", "base_id")
    own = exact.inner_join(shapes, [exact.file_id == shapes.file_id, exact.member_id == shapes.definition_id]).select(
        exact, shapes.most, shapes.least, shapes.is_endless
    )
    base = shapes.view()
    both = own.inner_join(base, [own.repository == base.repository, own.base_id == base.definition_id]).select(
        own, base_most=base.most, base_endless=base.is_endless
    )
    takes_less = (both.most < both.base_most) & ~both.is_endless
    needs_more = (both.least > both.base_most) & ~both.base_endless
    return both.filter(takes_less | needs_more).select("repository", "file_id", node_id="member_id").distinct()
