"""The bases written in class statements, resolved."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CLASS_BASES = Contract(
    name="class_bases",
    layer="normalize",
    description="One row per base written in a class statement, with the class it names.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("class_id", "int64", "The class definition."),
        Column("position", "int32", "Place among the bases, counted from 0."),
        Column("base_node", "int64", "The base's expression."),
        Column(
            "base_text",
            "string",
            "The dotted name that is subclassed (of `Base[T]`, `Base`); null for any other expression.",
            nullable=True,
        ),
        Column("is_subscripted", "boolean", "Whether it is followed by brackets."),
        Column("target_id", "int64", "The class definition in this repository.", nullable=True),
        Column(
            "target_name",
            "string",
            "Fully dotted name of the class, here or outside; null when unknown.",
            nullable=True,
        ),
        Column(
            "resolution",
            "string",
            "definition: a class of this repository; external, standard_library, builtin: a class outside; "
            "value: a name bound to something that is no class statement; unresolved: a name not found; "
            "dynamic: an expression computed when the class is made.",
            values=("definition", "external", "standard_library", "builtin", "value", "unresolved", "dynamic"),
        ),
        Column(
            "is_ambiguous",
            "boolean",
            "Whether the name, or that of the class it leads to, may mean something else when the class is made: it is "
            "bound in several places of which it cannot be said which was run last, or a star import from outside may "
            "bring another.",
        ),
    ),
    key=("base_node",),
    local=("class_id", "base_node"),
    references=(
        Reference("class_id", "definitions", "definition_id"),
        Reference("base_node", "ast_nodes", "node_id"),
        Reference("target_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT target_name, count(*) AS subclasses FROM class_bases GROUP BY target_name ORDER BY subclasses "
        "DESC LIMIT 20"
    ),
)


def _select_bases(ast_nodes: Table) -> Table:
    """Keep the base expressions of class statements; of a subscripted base, look at what is subscripted."""
    bases = ast_nodes.filter(ast_nodes.field == "bases")
    return bases.select(
        "repository",
        "file_id",
        class_id=bases.parent_id,
        position=bases.ordinal,
        base_node=bases.node_id,
        # In preorder the subscripted value comes right after the subscript.
        named_node=ibis.ifelse(bases.kind == "Subscript", bases.node_id + 1, bases.node_id),
        is_subscripted=bases.kind == "Subscript",
    )


def _spell_bases(bases: Table, references: Table) -> Table:
    """Attach the dotted text of bases that are names."""
    spelled = references.semi_join(
        bases, (references.file_id == bases.file_id) & (references.node_id == bases.named_node)
    ).select("file_id", "node_id", "dotted")
    joined = bases.left_join(spelled, (bases.file_id == spelled.file_id) & (bases.named_node == spelled.node_id))
    return joined.select(bases, base_text=spelled.dotted)


def _resolve_bases(bases: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Attach what the name or the dotted name stands for."""
    columns = ("repository", "node_id", "target_kind", "target_id", "target_module", "target_name")
    meanings = stack(
        *(
            table.semi_join(bases, (table.repository == bases.repository) & (table.node_id == bases.named_node)).select(
                *columns
            )
            for table in (name_resolutions.filter(name_resolutions.target_kind.notnull()), attribute_resolutions)
        )
    )
    joined = bases.left_join(
        meanings, (bases.repository == meanings.repository) & (bases.named_node == meanings.node_id)
    )
    return joined.select(
        bases, meanings.target_kind, meanings.target_module, meanings.target_name, meant_id=meanings.target_id
    )


def _weigh_rivals(
    bases: Table, name_bindings: Table, bindings: Table, binding_targets: Table, ast_nodes: Table
) -> Table:
    """Tell whether another binding may be meant: of the name, or of the class's own name where it is defined."""
    rivalled = _rivalled_sites(bindings, binding_targets, ast_nodes)
    bound = name_bindings.semi_join(
        rivalled,
        (name_bindings.repository == rivalled.repository) & (name_bindings.binding_id == rivalled.binding_id),
    ).select("file_id", "node_id", "binding_id")
    own = bases.left_join(bound, (bases.file_id == bound.file_id) & (bases.named_node == bound.node_id)).select(
        bases, bound.binding_id
    )
    of_name = rivalled.view()
    found = own.left_join(
        of_name, (own.repository == of_name.repository) & (own.binding_id == of_name.binding_id)
    ).select(own, name_kind=of_name.certainty, name_last=of_name.next_site)
    of_class = rivalled.view()
    found = found.left_join(
        of_class, (found.repository == of_class.repository) & (found.meant_id == of_class.site_node)
    ).select(found, class_kind=of_class.certainty, class_next=of_class.next_site)
    # In a module run from top to bottom, what comes after the class statement comes too late for it.
    is_name_sure = (found.name_kind == "sure") & (found.name_last.isnull() | (found.name_last >= found.class_id))
    is_class_sure = (found.class_kind == "sure") & (
        found.class_next.isnull() | ((found.class_next >= found.class_id) & found.name_kind.notnull())
    )
    is_rivalled = (found.name_kind.notnull() & ~is_name_sure) | (found.class_kind.notnull() & ~is_class_sure)
    return found.mutate(is_rivalled=is_rivalled.fill_null(False))


def _weigh_stars(bases: Table, exports: Table) -> Table:
    """Tell whether a star import from outside may put another class in the place of one that a star import brings."""
    opened = exports.filter(exports.name == "*").select("repository", "module")
    brought = exports.filter((exports.via == "star") & (exports.target_kind == "definition"))
    brought = brought.semi_join(
        opened, (brought.repository == opened.repository) & (brought.module == opened.module)
    ).select("repository", class_node=brought.target_id)
    hidden = brought.distinct()
    joined = bases.left_join(
        hidden, (bases.repository == hidden.repository) & (bases.meant_id == hidden.class_node)
    ).select(bases, hidden.class_node)
    is_elsewhere = joined.class_node.notnull() & (joined.class_node >> FILE_SHIFT != joined.file_id)
    return joined.mutate(is_ambiguous=joined.is_rivalled | is_elsewhere.fill_null(False))


def _settle_bases(bases: Table, definitions: Table) -> Table:
    """Keep classes of the repository by id, classes outside by name, and say what every other base is."""
    joined = bases.left_join(
        definitions, (bases.repository == definitions.repository) & (bases.meant_id == definitions.definition_id)
    )
    placed = joined.select(bases, definitions.qualname, found_kind=definitions.kind)
    is_class = (placed.target_kind == "definition") & (placed.found_kind == "class")
    is_outside = placed.target_kind.isin(["external", "standard_library", "builtin"])
    dotted = placed.target_module + ibis.coalesce(ibis.literal(".") + placed.target_name, "")
    return CLASS_BASES.select(
        placed.mutate(
            target_id=ibis.ifelse(is_class, placed.meant_id, None),
            target_name=ibis.cases((is_class, placed.qualname), (is_outside, dotted)),
            resolution=ibis.cases(
                (is_class, "definition"),
                (is_outside, placed.target_kind),
                (placed.base_text.isnull(), "dynamic"),
                (placed.target_kind.isin(["definition", "module", "binding", "implicit"]), "value"),
                else_="unresolved",
            ),
        )
    )


@task(CLASS_BASES, stages=(_select_bases, _spell_bases, _resolve_bases, _weigh_rivals, _weigh_stars, _settle_bases))
def class_bases(
    ast_nodes: Table,
    references: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    name_bindings: Table,
    bindings: Table,
    binding_targets: Table,
    exports: Table,
    definitions: Table,
) -> Table:
    """One row per base written in a class statement, with the class it names."""


def _rivalled_sites(bindings: Table, binding_targets: Table, ast_nodes: Table) -> Table:
    """Sites of variables that may mean several things: sure ones run whenever their module or class body does."""
    crowded = bindings.filter((bindings.candidates > 1) & (bindings.kind != "declaration"))
    wanted = crowded.filter(crowded.kind.isin(["class", "import", "variable"])).select(
        "repository", "file_id", "binding_id", "site_node", "scope_node", "symbol_name", "kind"
    )
    meant = binding_targets.select(
        "repository",
        "binding_id",
        meaning=ibis.coalesce(binding_targets.target_module, "") + ":" + ibis.coalesce(binding_targets.target_name, ""),
        meant_id=binding_targets.target_id,
    )
    same = (wanted.repository == meant.repository) & (wanted.binding_id == meant.binding_id)
    wanted = meant.inner_join(wanted, same).select(wanted, meant.meaning, meant.meant_id)
    variable = ibis.window(group_by=[wanted.file_id, wanted.scope_node, wanted.symbol_name])
    told = wanted.mutate(meanings=wanted.meaning.nunique().over(variable), ids=wanted.meant_id.nunique().over(variable))
    wanted = told.filter((told.meanings > 1) | (told.ids > 1))
    order = ibis.window(group_by=[wanted.file_id, wanted.scope_node, wanted.symbol_name], order_by=wanted.site_node)
    placed = wanted.mutate(next_site=wanted.site_node.lead().over(order))
    nodes = ast_nodes.select("file_id", "node_id", "depth", "scope_node")
    found = placed.inner_join(nodes, (placed.file_id == nodes.file_id) & (placed.site_node == nodes.node_id)).select(
        placed, nodes.depth, evaluated_in=nodes.scope_node
    )
    scopes = ast_nodes.filter(ast_nodes.kind.isin(["Module", "ClassDef"])).view()
    joined = found.left_join(scopes, (found.file_id == scopes.file_id) & (found.evaluated_in == scopes.node_id)).select(
        found, scope_depth=scopes.depth
    )
    below = ibis.ifelse(joined.kind == "class", 1, 2)
    is_sure = (joined.depth - joined.scope_depth == below) & (joined.evaluated_in == joined.scope_node)
    return joined.select(
        "repository",
        "file_id",
        "binding_id",
        "site_node",
        "next_site",
        certainty=ibis.ifelse(is_sure.fill_null(False), "sure", "unsure"),
    )
