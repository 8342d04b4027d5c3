"""Members of classes that take the place of an ancestor's."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

KINDS = ("method", "property", "class", "attribute")

OVERRIDES = Contract(
    name="overrides",
    layer="normalize",
    description="One row per member of a class and per member of an ancestor that it overrides, by each evidence.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("member_id", "int64", "The overriding member: the syntax node that binds it."),
        Column("class_id", "int64", "Its class."),
        Column("name", "string", "Its name; private names are mangled."),
        Column("kind", "string", "What it is.", values=KINDS),
        Column(
            "base_id",
            "int64",
            "The syntax node that binds the overridden member; null outside the repository.",
            nullable=True,
        ),
        Column("base_class_id", "int64", "Its class; null outside the repository.", nullable=True),
        Column("base_name", "string", "Fully dotted name of the overridden member."),
        Column("base_kind", "string", "What that is; null where it is not known.", nullable=True, values=KINDS),
        Column(
            "position",
            "int32",
            "Place of its class in the resolution order of the overriding one; null if the order does not say so.",
            nullable=True,
        ),
        Column("by_order", "boolean", "Whether it is the next member of that name in our resolution order."),
        Column(
            "by_pyrefly",
            "boolean",
            "Whether Pyrefly says so; it speaks of methods only. Null where it said nothing of the file.",
            nullable=True,
        ),
        Column("is_exact", "boolean", "Whether the resolution order up to there is Python's for certain."),
        Column("parameters", "int32", "Number of parameters of the member, if it is a function.", nullable=True),
        Column("base_parameters", "int32", "Number of parameters of the overridden one.", nullable=True),
        LINE,
    ),
    key=("member_id", "base_name"),
    local=("member_id", "class_id"),
    references=(
        Reference("member_id", "ast_nodes", "node_id"),
        Reference("class_id", "definitions", "definition_id"),
        Reference("base_id", "ast_nodes", "node_id"),
        Reference("base_class_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, base_kind, by_order, by_pyrefly, count(*) AS overrides FROM overrides GROUP BY ALL",
)

NO_MEMBERS = ("__annotations__", "__doc__", "__module__", "__qualname__", "__slots__")
"""Names that every class has for itself."""
ROOT = "builtins.object"


def _list_members(bindings: Table, definitions: Table, parameters: Table) -> Table:
    """List what class bodies bind: the preferred site of each name, and what it is."""
    classes = definitions.filter(definitions.kind == "class").select(
        "repository", "file_id", class_id=definitions.definition_id, class_name=definitions.qualname
    )
    sites = bindings.filter((bindings.rank == 0) & (bindings.kind != "del") & ~bindings.symbol_name.isin(NO_MEMBERS))
    held = sites.inner_join(
        classes, (sites.file_id == classes.file_id) & (sites.scope_node == classes.class_id)
    ).select(
        sites.repository,
        sites.file_id,
        classes.class_id,
        classes.class_name,
        sites.line,
        member_id=sites.site_node,
        name=sites.symbol_name,
        binding_kind=sites.kind,
    )
    counts = parameters.group_by("repository", "file_id", "definition_id").aggregate(
        parameters=parameters.count().cast("int32")
    )
    found = held.left_join(
        definitions, (held.file_id == definitions.file_id) & (held.member_id == definitions.definition_id)
    ).select(held, definitions.is_property, function_kind=definitions.kind)
    counted = found.left_join(
        counts, (found.file_id == counts.file_id) & (found.member_id == counts.definition_id)
    ).select(found, counts.parameters)
    is_function = counted.function_kind.isin(["function", "async_function"]).fill_null(False)
    return counted.mutate(
        kind=ibis.cases(
            (counted.is_property.fill_null(False), "property"),
            (is_function, "method"),
            (counted.binding_kind == "class", "class"),
            else_="attribute",
        ),
        parameters=ibis.ifelse(is_function, ibis.coalesce(counted.parameters, 0), None),
    ).drop("is_property", "function_kind", "binding_kind")


def _search_order(members: Table, mro: Table, environment_names: Table) -> Table:
    """Find the next member of the same name in the resolution order of each class."""
    above = mro.filter((mro.position > 0) & (mro.ancestor_name != ROOT))
    above = above.select(
        "repository",
        "class_id",
        "ancestor_id",
        "ancestor_name",
        "position",
        is_exact=above.reason.isnull(),
    )
    asked = members.select("repository", "file_id", "member_id", "class_id", "name")
    pairs = asked.inner_join(above, (asked.repository == above.repository) & (asked.class_id == above.class_id)).select(
        asked, above.ancestor_id, above.ancestor_name, above.position, above.is_exact
    )
    base = members.view()
    inside = pairs.inner_join(
        base,
        (pairs.repository == base.repository) & (pairs.ancestor_id == base.class_id) & (pairs.name == base.name),
    ).select(
        pairs.repository,
        pairs.file_id,
        pairs.member_id,
        pairs.position,
        pairs.is_exact,
        base_id=base.member_id,
        base_class_id=base.class_id,
        base_name=base.class_name + "." + base.name,
        base_kind=base.kind,
        base_parameters=base.parameters,
    )
    given = environment_names.filter(environment_names.kind == "class_member")
    outer = pairs.filter(pairs.ancestor_id.isnull())
    outer = outer.mutate(base_name=outer.ancestor_name + "." + outer.name)
    builtin = outer.inner_join(
        given, (outer.repository == given.repository) & (outer.base_name == "builtins." + given.name)
    ).select(
        outer.repository,
        outer.file_id,
        outer.member_id,
        outer.position,
        outer.is_exact,
        base_id=ibis.null("int64"),
        base_class_id=ibis.null("int64"),
        base_name=outer.base_name,
        base_kind=ibis.null("string"),
        base_parameters=ibis.null("int32"),
    )
    found = stack(inside, builtin)
    nearest = ibis.window(group_by=[found.repository, found.file_id, found.member_id], order_by=found.position)
    placed = found.mutate(place=ibis.row_number().over(nearest))
    kept = placed.filter(placed.place == 0).drop("place")
    return members.left_join(kept, (members.file_id == kept.file_id) & (members.member_id == kept.member_id)).select(
        members,
        *(kept[name] for name in ("position", "is_exact", "base_id", "base_class_id", "base_name")),
        kept.base_kind,
        kept.base_parameters,
    )


def _ask_pyrefly(found: Table, pyrefly_overrides: Table, definitions: Table, pyrefly_functions: Table) -> Table:
    """Set what Pyrefly says beside it, where it read the file."""
    methods = definitions.filter(definitions.class_id.notnull()).select("file_id", "definition_id", "name_bstart")
    said = pyrefly_overrides.inner_join(
        methods,
        (pyrefly_overrides.file_id == methods.file_id) & (pyrefly_overrides.bstart == methods.name_bstart),
    ).select(
        pyrefly_overrides.repository,
        pyrefly_overrides.file_id,
        methods.definition_id,
        said_name=pyrefly_overrides.base,
        said_file=pyrefly_overrides.base_file_id,
        said_bstart=pyrefly_overrides.base_bstart,
    )
    said = said.filter(said.said_name.notnull() & ~said.said_name.startswith(ROOT + ".")).distinct()
    read = pyrefly_functions.select("file_id").distinct()
    known = found.left_join(read, found.file_id == read.file_id).select(found, is_read=read.file_id.notnull())
    return known.left_join(said, (known.file_id == said.file_id) & (known.member_id == said.definition_id)).select(
        known, said.said_name, said.said_file, said.said_bstart
    )


def _compare_pyrefly(joined: Table, definitions: Table) -> Table:
    """Tell whether that is the same member, another one, or one where the order shows none."""
    agreed = joined.filter(joined.base_name.notnull()).mutate(
        by_order=ibis.literal(True),
        by_pyrefly=ibis.ifelse(joined.is_read, (joined.said_name == joined.base_name).fill_null(False), None),
    )
    other = joined.filter(
        joined.said_name.notnull() & (joined.base_name.isnull() | (joined.base_name != joined.said_name))
    )
    places = definitions
    placed = other.left_join(
        places,
        (other.repository == places.repository)
        & (other.said_file == places.file_id)
        & (other.said_bstart == places.name_bstart),
    ).select(other, said_id=places.definition_id, said_class=places.class_id)
    alone = placed.mutate(
        base_id=placed.said_id,
        base_class_id=placed.said_class,
        base_name=placed.said_name,
        base_kind=ibis.null("string"),
        base_parameters=ibis.null("int32"),
        position=ibis.null("int32"),
        is_exact=ibis.literal(False),
        by_order=ibis.literal(False),
        by_pyrefly=ibis.literal(True),
    )
    columns = [name for name in OVERRIDES.names if name != "is_exact"]
    return stack(*(table.select(*columns, "is_exact") for table in (agreed, alone)))


def _drop_duplicates(found: Table) -> Table:
    """Keep one row per overriding and overridden member."""
    same = ibis.window(
        group_by=[found.repository, found.file_id, found.member_id, found.base_name],
        order_by=[found.by_order.desc(), found.base_id],
    )
    numbered = found.mutate(place=ibis.row_number().over(same))
    kept = numbered.filter(numbered.place == 0)
    return OVERRIDES.select(kept.mutate(is_exact=kept.is_exact.fill_null(False)))


@task(OVERRIDES, stages=(_list_members, _search_order, _ask_pyrefly, _compare_pyrefly, _drop_duplicates))
def overrides(
    bindings: Table,
    definitions: Table,
    parameters: Table,
    mro: Table,
    environment_names: Table,
    pyrefly_overrides: Table,
    pyrefly_functions: Table,
) -> Table:
    """One row per member of a class and per member of an ancestor that it overrides, by each evidence."""
