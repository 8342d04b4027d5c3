"""Nodes of what there is beside syntax: comments, scopes, code units, types, exports, names, problems, findings."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.fact_ids import (
    export_node,
    finding_node,
    qualified_name_node,
    type_expression_node,
    unresolved_node,
)
from pipeline_assets.cpg.nodes import derive_node_evidence, node, node_family, select_nodes
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

FACT_NODES = node_family(
    "fact_nodes",
    "One node per comment, scope, code unit, type expression, member of a module, name by which something is called, "
    "diagnostic, open question and finding.",
)


def _collect_code(scopes: Table, code_units: Table, type_exprs: Table, ast_nodes: Table, comments: Table) -> Table:
    """Scopes of the symbol table, what the compiler made of them, what is written about types, and comments."""
    places = ast_nodes.select("file_id", "node_id", "line")
    written = type_exprs.inner_join(
        places, [type_exprs.file_id == places.file_id, type_exprs.node_id == places.node_id]
    ).select(
        type_exprs.repository,
        type_exprs.file_id,
        type_exprs.type_id,
        type_exprs.text,
        type_exprs.resolved_target,
        type_exprs.bstart,
        type_exprs.bend,
        places.line,
    )
    return stack(
        node(comments, "COMMENT", ids.fact_node("COMMENT", comments.comment_id), name=comments.text, origin="tokens"),
        node(scopes, "PY_SCOPE", scopes.scope_id, name=scopes.name, qualname=scopes.qualpath, origin="symtable"),
        node(
            code_units,
            "PY_CODE_UNIT",
            code_units.code_unit_id,
            name=code_units.name,
            qualname=code_units.qualname,
            origin="bytecode",
        ),
        node(
            written,
            "PY_TYPE_EXPR",
            type_expression_node(written.type_id),
            name=written.text,
            qualname=written.resolved_target,
            origin="ast",
        ),
    )


def _add_names(nodes: Table, exports: Table, call_sites: Table) -> Table:
    """Add the members of modules, and each name by which something is called, once."""
    named = call_sites.filter(call_sites.qualified_name.notnull())
    called = named.select("repository", "qualified_name").distinct()
    member = exports.module + ibis.literal(".") + exports.name
    return stack(
        nodes,
        node(exports, "PY_EXPORT", export_node(exports), name=exports.name, qualname=member, origin="names"),
        node(
            called,
            "PY_QUALIFIED_NAME",
            qualified_name_node(called.qualified_name),
            name=called.qualified_name.re_extract(r"([^.]*)$", 1),
            qualname=called.qualified_name,
            origin="names",
        ),
    )


def _add_problems(nodes: Table, diagnostics: Table, unresolved: Table, findings: Table, ast_nodes: Table) -> Table:
    """Add what layers report, what could not be told, and what rules found; each where it is."""
    places = ast_nodes.select("file_id", "node_id", "bstart", "bend", "line")
    asked = places.inner_join(
        unresolved, [places.file_id == unresolved.file_id, places.node_id == unresolved.site_node]
    ).select(unresolved, places.bstart, places.bend, places.line)
    return stack(
        nodes,
        node(
            diagnostics,
            "PY_DIAGNOSTIC",
            ids.fact_node("PY_DIAGNOSTIC", diagnostics.diagnostic_id),
            name=diagnostics.code,
            qualname=diagnostics.message,
            origin="diagnostics",
        ),
        node(asked, "PY_UNRESOLVED", unresolved_node(asked), name=asked.reason, origin="names"),
        node(
            findings, "FINDING", finding_node(findings), name=findings.rule, qualname=findings.message, origin="names"
        ),
    )


@task(
    FACT_NODES,
    stages=(_collect_code, _add_names, _add_problems, derive_node_evidence, select_nodes),
    task_name="fact_nodes",
)
def fact_nodes(
    scopes: Table,
    code_units: Table,
    type_exprs: Table,
    ast_nodes: Table,
    comments: Table,
    exports: Table,
    call_sites: Table,
    diagnostics: Table,
    unresolved: Table,
    findings: Table,
) -> Table:
    """One node per comment, scope, code unit, type, module member, called name, diagnostic, question and finding."""
