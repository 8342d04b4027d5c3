"""Syntax nodes as graph nodes: every AST node but the wrappers, under its own id."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.cpg.kinds import DESTRUCTURING, SYNTAX_KINDS, TRANSPARENT
from pipeline_assets.cpg.nodes import derive_node_evidence, node_family, select_nodes
from pipeline_assets.cpg.operators import BINARY, BOOLEAN, CHAINED_COMPARISON, COMPARISON, NAMES, PREFIX, UNARY
from pipeline_assets.pipes import task

SYNTAX_NODES = node_family("syntax_nodes", "One node per AST node that has a counterpart in the graph.")


def _choose_kinds(ast_nodes: Table) -> Table:
    """Map each syntax class to its node kind; wrappers are left out, assignment patterns are no operators."""
    kept = ast_nodes.filter(ast_nodes.kind.notin(TRANSPARENT))
    pattern = kept.kind.isin(DESTRUCTURING) & kept.ctx.isin(("Store", "Del"))
    known = [(kept.kind.isin(classes), kind) for kind, classes in SYNTAX_KINDS.items()]
    node_kind = ibis.cases((pattern, "UNKNOWN"), *known, else_="UNKNOWN")
    return kept.select(
        "repository", "file_id", "node_id", "bstart", "bend", "line", "name", "alias", "ctx",
        ast_kind=kept.kind,
        kind=node_kind,
    )  # fmt: skip


def _name_nodes(nodes: Table, definitions: Table, call_sites: Table) -> Table:
    """Name definitions, callees and operators; other nodes keep the name that the source gives them."""
    with_definition = nodes.left_join(definitions, nodes.node_id == definitions.definition_id).select(
        nodes,
        definition_kind=definitions.kind,
        definition_name=definitions.name,
        qualname=definitions.qualname,
        stable_id=definitions.stable_id,
    )
    joined = with_definition.left_join(call_sites, with_definition.node_id == call_sites.call_id).select(
        with_definition, callee_name=call_sites.callee_name
    )
    is_module = joined.definition_kind == "module"
    return joined.select(
        "repository", "file_id", "node_id", "kind", "bstart", "bend", "line", "stable_id",
        name=ibis.cases(
            (is_module, "<module>"),
            (joined.definition_name.notnull(), joined.definition_name),
            (joined.kind == "CALL", ibis.coalesce(_operator_name(joined), joined.callee_name)),
            else_=joined.name,
        ),
        qualname=ibis.cases((is_module, joined.qualname + ".<module>"), else_=joined.qualname),
        origin=ibis.literal("ast"),
    )  # fmt: skip


@task(
    SYNTAX_NODES,
    stages=(_choose_kinds, _name_nodes, derive_node_evidence, select_nodes),
    task_name="syntax_nodes",
)
def syntax_nodes(ast_nodes: Table, definitions: Table, call_sites: Table) -> Table:
    """One node per AST node that has a counterpart in the graph."""


def _operator_name(nodes: Table) -> StringValue:
    """The `<operator>.…` name of a node whose class is an operator; null for calls of functions."""
    by_operand = {"BinOp": BINARY, "UnaryOp": UNARY, "BoolOp": BOOLEAN, "Compare": COMPARISON}
    operand = [
        ((nodes.ast_kind == kind) & (nodes.ctx == written), PREFIX + name)
        for kind, names in by_operand.items()
        for written, name in names.items()
    ]
    augmented = [
        ((nodes.ast_kind == "AugAssign") & (nodes.ctx == written), f"{PREFIX}assignment{name[0].upper()}{name[1:]}")
        for written, name in BINARY.items()
    ]
    fixed = [(nodes.ast_kind == kind, PREFIX + name) for kind, name in NAMES.items()]
    chained = (nodes.ast_kind == "Compare", PREFIX + CHAINED_COMPARISON)
    return ibis.cases(*fixed, *operand, chained, *augmented, else_=ibis.null("string"))
