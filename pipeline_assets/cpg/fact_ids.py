"""Ids of nodes that stand for rows of relations; a module of its own, as nodes and edges need the same ones."""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.inference.functions import stable_mix


def export_node(exports: Table) -> IntegerValue:
    """The PY_EXPORT of a member of a module."""
    return ids.outside_node("PY_EXPORT", exports.module + ibis.literal(":") + exports.name)


def qualified_name_node(name: StringValue) -> IntegerValue:
    """The PY_QUALIFIED_NAME of a dotted name."""
    return ids.outside_node("PY_QUALIFIED_NAME", name)


def type_expression_node(type_id: IntegerValue) -> IntegerValue:
    """The PY_TYPE_EXPR of a row of `type_exprs`."""
    return ids.fact_node("PY_TYPE_EXPR", type_id)


def unresolved_node(unresolved: Table) -> IntegerValue:
    """The PY_UNRESOLVED of an open question: a node may raise one of each sort.

    Hashed as text: an edge from a node to a mix of that node's id would meet others of its kind.
    """
    return ids.outside_node("PY_UNRESOLVED", unresolved.what + _of(unresolved.site_node))


def finding_node(findings: Table) -> IntegerValue:
    """The FINDING of a rule in a node."""
    return ids.outside_node("FINDING", findings.rule + _of(findings.node_id))


def runtime_node(kind: str, object_id: IntegerValue) -> IntegerValue:
    """What is one for an object that an imported module holds."""
    return ids.fact_node(kind, object_id - ids.OUTSIDE)


def parameter_node(params: Table) -> IntegerValue:
    """The PY_RUNTIME_PARAM of a row of `runtime_params`."""
    signature = runtime_node("PY_RUNTIME_PARAM", params.object_id) - ids.OUTSIDE
    return stable_mix(signature, params.position.cast("int64")) + ids.OUTSIDE


def member_node(members: Table) -> IntegerValue:
    """The PY_RUNTIME_MEMBER of a row of `runtime_members`."""
    owner = members.object_id.cast("string") + ibis.literal("|")
    return ids.outside_node("PY_RUNTIME_MEMBER", owner + members.name)


def scip_node(is_local: BooleanValue, path: StringValue, symbol: StringValue) -> IntegerValue:
    """The PY_SCIP_SYMBOL of a symbol: those that mean something only in their document are told by it."""
    return ids.outside_node("PY_SCIP_SYMBOL", is_local.ifelse(path + ibis.literal("|") + symbol, symbol))


def _of(node_id: IntegerValue) -> StringValue:
    return ibis.literal("|") + node_id.cast("string")
