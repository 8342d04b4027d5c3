"""What is wrong, or not known, of which node: diagnostics, open questions, findings."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import derive_edge_ids, edge, edge_family, select_edges
from pipeline_assets.cpg.fact_ids import finding_node, unresolved_node
from pipeline_assets.cpg.shared import evaluated_nodes, special_nodes
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

PROBLEM_EDGES = edge_family(
    "problem_edges",
    "PY_HAS_DIAGNOSTIC from files, PY_RESOLVES_TO from what is not resolved to the reason why, TAGGED_BY from syntax "
    "to what rules found in it.",
)

_WRAPPERS = ("Expr", "Import", "ImportFrom")
"""Statements without a node: what they hold comes first in them, and right after them in the order of the text."""


def _tie_problems(
    diagnostics: Table, unresolved: Table, findings: Table, ast_nodes: Table, definitions: Table, imports: Table
) -> Table:
    """One edge per diagnostic, open question and finding, from what it is about."""
    special = special_nodes(definitions, imports)
    asked = unresolved.mutate(question=unresolved_node(unresolved))
    sites = evaluated_nodes(asked.select("repository", "file_id", "site_node", "question"), special, "site_node")
    wrappers = ast_nodes.filter(ast_nodes.kind.isin(_WRAPPERS)).select("file_id", wrapper="node_id")
    found = findings.left_join(
        wrappers, [findings.file_id == wrappers.file_id, findings.node_id == wrappers.wrapper]
    ).select(findings, wrappers.wrapper)
    return stack(
        edge(
            diagnostics,
            "PY_HAS_DIAGNOSTIC",
            src=ids.file_node(diagnostics.file_id),
            dst=ids.fact_node("PY_DIAGNOSTIC", diagnostics.diagnostic_id),
            origin="diagnostics",
            method="diagnostic",
        ),
        edge(sites, "PY_RESOLVES_TO", src=sites.site_node, dst=sites.question, origin="names", method="open_question"),
        edge(
            found,
            "TAGGED_BY",
            src=found.node_id + found.wrapper.notnull().ifelse(1, 0),
            dst=finding_node(found),
            variable=found.rule,
            origin="names",
            method="rule",
        ),
    )


@task(
    PROBLEM_EDGES,
    stages=(_tie_problems, derive_edge_ids, select_edges),
    task_name="problem_edges",
)
def problem_edges(
    diagnostics: Table, unresolved: Table, findings: Table, ast_nodes: Table, definitions: Table, imports: Table
) -> Table:
    """What is wrong, or not known, of which node: diagnostics, open questions, findings."""
