"""Every occurrence of a name or attribute."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.mangling import mangled
from pipeline_assets.normalize.type_scopes import type_pieces
from pipeline_assets.pipes import task

REFERENCES = Contract(
    name="references",
    layer="normalize",
    description=(
        "One row per name or attribute occurrence in an expression or target, with the scope it is looked up in."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The Name or Attribute node."),
        Column("kind", "string", "Which of the two.", values=("name", "attribute")),
        Column("name", "string", "Name or attribute as written."),
        Column("symbol_name", "string", "Name as the compiler looks it up: private names inside classes are mangled."),
        Column("ctx", "string", "What happens to it.", values=("load", "store", "del")),
        Column(
            "dotted",
            "string",
            "The whole occurrence when it is a name or a plain chain of attributes on a name (`a.b.c`), else null.",
            nullable=True,
        ),
        Column(
            "root_id", "int64", "The name at the start of that chain (itself for a name), else null.", nullable=True
        ),
        Column("scope_node", "int64", "Node of the scope in which the occurrence is evaluated."),
        Column(
            "scope_id",
            "int64",
            "The symbol table's scope that answers for the name; null when the table has none.",
            nullable=True,
        ),
        Column("definition_id", "int64", "The function, class, lambda or module whose code holds the occurrence."),
        Column("parent_id", "int64", "The syntax node directly above."),
        LINE,
        BSTART,
        BEND,
    ),
    key=("node_id",),
    local=("node_id", "root_id", "scope_node", "scope_id", "definition_id", "parent_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("root_id", "ast_nodes", "node_id"),
        Reference("scope_id", "scopes", "scope_id"),
        Reference("definition_id", "definitions", "definition_id"),
    ),
    query=(
        "SELECT name, count(*) AS uses FROM \"references\" WHERE kind = 'name' GROUP BY name ORDER BY uses "
        "DESC LIMIT 20"
    ),
)


def _select_occurrences(ast_nodes: Table) -> Table:
    """Keep names and attributes."""
    found = ast_nodes.filter(ast_nodes.kind.isin(["Name", "Attribute"]))
    return found.select(
        "repository",
        "file_id",
        "node_id",
        "name",
        "scope_node",
        "parent_id",
        "subtree_end",
        "line",
        "bstart",
        "bend",
        kind=ibis.ifelse(found.kind == "Name", "name", "attribute"),
        ctx=found.ctx.lower(),
    )


def _spell_chains(occurrences: Table) -> Table:
    """Spell plain chains (`a.b.c`): attributes that end where a name does, with nothing but attributes between.

    In preorder the name comes last and each attribute right before the node it is taken from.
    """
    chain = ibis.window(
        group_by=[occurrences.file_id, occurrences.subtree_end], order_by=occurrences.node_id.desc(), rows=(None, 0)
    )
    last = occurrences.subtree_end - 1
    counted = occurrences.mutate(
        root_id=last,
        length=occurrences.count().over(chain),
        starts_at_name=(occurrences.kind == "name").any().over(chain),
        dotted=occurrences.name.group_concat(".").over(chain),
    )
    is_chain = counted.starts_at_name & (counted.length == counted.root_id - counted.node_id + 1)
    return counted.mutate(
        root_id=ibis.ifelse(is_chain, counted.root_id, None), dotted=ibis.ifelse(is_chain, counted.dotted, None)
    )


def _enter_type_scopes(occurrences: Table, ast_nodes: Table) -> Table:
    """Move what stands in the header of a generic definition, or in a type alias, to the scope that it opens (3.12)."""
    pieces = type_pieces(ast_nodes)
    inside = occurrences.inner_join(
        pieces,
        (occurrences.file_id == pieces.file_id)
        & (pieces.piece_node <= occurrences.node_id)
        & (occurrences.node_id < pieces.piece_end)
        & (occurrences.scope_node < pieces.piece_node),
    ).select(occurrences.file_id, occurrences.node_id, pieces.piece_node)
    innermost = inside.group_by("file_id", "node_id").aggregate(piece_node=inside.piece_node.max())
    moved = innermost.inner_join(
        pieces, (innermost.file_id == pieces.file_id) & (innermost.piece_node == pieces.piece_node)
    ).select(innermost.file_id, innermost.node_id, pieces.owner, pieces.owner_role)
    joined = occurrences.left_join(
        moved, (occurrences.file_id == moved.file_id) & (occurrences.node_id == moved.node_id)
    ).select(occurrences, moved.owner, moved.owner_role)
    return joined.mutate(
        lookup_node=ibis.coalesce(joined.owner, joined.scope_node),
        lookup_role=joined.owner_role.fill_null("body"),
    ).drop("owner", "owner_role")


def _attach_scope(occurrences: Table, scope_nodes: Table) -> Table:
    """Attach the scope, the definition around it, and the name as the compiler looks it up."""
    joined = occurrences.inner_join(
        scope_nodes,
        (occurrences.file_id == scope_nodes.file_id)
        & (occurrences.lookup_node == scope_nodes.node_id)
        & (occurrences.lookup_role == scope_nodes.role),
    )
    own = [name for name in REFERENCES.names if name in occurrences.columns]
    return REFERENCES.select(
        joined.select(
            *(occurrences[name] for name in own),
            scope_nodes.definition_id,
            scope_id=scope_nodes.lookup_scope_id,
            symbol_name=mangled(occurrences.name, scope_nodes.private_class),
        )
    )


@task(REFERENCES, stages=(_select_occurrences, _spell_chains, _enter_type_scopes, _attach_scope))
def references(ast_nodes: Table, scope_nodes: Table) -> Table:
    """One row per name or attribute occurrence in an expression or target, with the scope it is looked up in."""
