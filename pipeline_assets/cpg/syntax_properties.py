"""What single syntax nodes say: values of literals, types of control structures, classes that share a kind."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.kinds import CONTROL_STRUCTURE_TYPES, SYNTAX_KINDS
from pipeline_assets.cpg.properties import prop, property_family
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

SYNTAX_PROPERTIES = property_family(
    "syntax_properties", "Literal values, control structure types, and parser class names where a kind covers several."
)

_NAMED_CLASSES = tuple(name for kind in ("BLOCK", "PY_PATTERN", "TYPE_PARAMETER") for name in SYNTAX_KINDS[kind])


def _choose_nodes(ast_nodes: Table) -> Table:
    """Keep literals, control structures, and classes of the parser that share a kind."""
    kept = ast_nodes.filter(ast_nodes.kind.isin(("Constant", *CONTROL_STRUCTURE_TYPES, *_NAMED_CLASSES)))
    return kept.select("repository", "file_id", "node_id", "kind", "value", "value_kind")


def _type_values(nodes: Table) -> Table:
    """Read literal values into columns of their own type; what does not fit stays text."""
    is_int = nodes.value_kind == "int"
    return nodes.mutate(
        int_value=is_int.ifelse(nodes.value.try_cast("int64"), ibis.null("int64")),
        float_value=(nodes.value_kind == "float").ifelse(nodes.value.try_cast("float64"), ibis.null("float64")),
    )


def _select_rows(nodes: Table) -> Table:
    """One row per literal value, control structure type and parser class name."""
    literals = nodes.filter(nodes.kind == "Constant")
    ints = literals.filter(literals.int_value.notnull())
    floats = literals.filter(literals.float_value.notnull())
    bools = literals.filter(literals.value_kind == "bool")
    texts = literals.filter(
        literals.int_value.isnull() & literals.float_value.isnull() & (literals.value_kind != "bool")
    )
    structures = nodes.filter(nodes.kind.isin(tuple(CONTROL_STRUCTURE_TYPES)))
    structure_type = ibis.cases(
        *((structures.kind == name, type_) for name, type_ in CONTROL_STRUCTURE_TYPES.items()),
        else_=ibis.null("string"),
    )
    named = nodes.filter(nodes.kind.isin(_NAMED_CLASSES))
    node_kind = ibis.cases(
        *((named.kind.isin(SYNTAX_KINDS[kind]), kind) for kind in ("BLOCK", "PY_PATTERN")), else_="TYPE_PARAMETER"
    )
    return stack(
        prop(ints, "PY_VALUE", entity=ints.node_id, kind="LITERAL", value=ints.int_value, type_="int"),
        prop(floats, "PY_VALUE", entity=floats.node_id, kind="LITERAL", value=floats.float_value, type_="float"),
        prop(bools, "PY_VALUE", entity=bools.node_id, kind="LITERAL", value=bools.value == "True", type_="bool"),
        prop(texts, "PY_VALUE", entity=texts.node_id, kind="LITERAL", value=texts.value, type_="string"),
        prop(
            literals,
            "TYPE_FULL_NAME",
            entity=literals.node_id,
            kind="LITERAL",
            value=literals.value_kind,
            type_="string",
        ),
        prop(
            structures,
            "CONTROL_STRUCTURE_TYPE",
            entity=structures.node_id,
            kind="CONTROL_STRUCTURE",
            value=structure_type,
            type_="string",
        ),
        prop(named, "PARSER_TYPE_NAME", entity=named.node_id, kind=node_kind, value=named.kind, type_="string"),
    )


@task(SYNTAX_PROPERTIES, stages=(_choose_nodes, _type_values, _select_rows))
def syntax_properties(ast_nodes: Table) -> Table:
    """Literal values, control structure types, and parser class names where a kind covers several."""
