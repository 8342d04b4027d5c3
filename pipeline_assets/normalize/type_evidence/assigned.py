"""Types of values at the places where they are given to a name: literals, and classes that are called."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.normalize.type_evidence.rows import rows
from pipeline_assets.pipes.stacking import stack

DISPLAYS = {
    "List": "list",
    "ListComp": "list",
    "Dict": "dict",
    "DictComp": "dict",
    "Set": "set",
    "SetComp": "set",
    "Tuple": "tuple",
    "JoinedStr": "str",
    "GeneratorExp": "Generator",
}
"""Syntax that makes an object of a builtin class."""
CONSTANTS = {name: name for name in ("str", "bytes", "int", "float", "complex", "bool")} | {"none": "None"}
_MEANING = ("repository", "node_id", "target_kind", "target_id", "target_module", "target_name")


def assignments(ast_nodes: Table) -> Table:
    """Targets with their value: in preorder the value of a single target comes right after it."""
    targets = ast_nodes.filter((ast_nodes.field == "targets") & ast_nodes.kind.isin(["Name", "Attribute"]))
    targets = targets.filter(targets.ordinal == 0)
    values = ast_nodes.filter((ast_nodes.field == "value") & ast_nodes.kind.isin(["Constant", "Call", *DISPLAYS]))
    values = values.select("file_id", "node_id", "kind", "value_kind", "parent_id")
    joined = values.inner_join(
        targets,
        (values.file_id == targets.file_id)
        & (values.parent_id == targets.parent_id)
        & (values.node_id == targets.subtree_end),
    )
    return joined.select(
        targets.repository,
        targets.file_id,
        targets.name,
        value_id=values.node_id,
        value_syntax=values.kind,
        value_kind=values.value_kind,
        entity_id=targets.node_id,
        role=ibis.ifelse(targets.kind == "Name", "variable", "attribute"),
        member=ibis.literal(0, "int32"),
    )


def literals(assigned: Table) -> Table:
    """One row per name or attribute that is given a literal or display."""
    made = ibis.cases(
        *((assigned.value_syntax == syntax, name) for syntax, name in DISPLAYS.items() if name != "Generator"),
        *((assigned.value_kind == kind, name) for kind, name in CONSTANTS.items()),
    )
    known = assigned.mutate(type_text=made).filter(made.notnull())
    return rows(
        known,
        "literal",
        member_text=known.type_text,
        class_id=None,
        class_name=ibis.literal("builtins.") + known.type_text,
        evidence_id=known.value_id,
    )


def instances(
    assigned: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    definitions: Table,
    environment_names: Table,
) -> Table:
    """One row per name or attribute that is given a new object of a class of this repository, or of a builtin one."""
    calls = assigned.filter(assigned.value_syntax == "Call")
    calls = calls.mutate(callee_id=calls.value_id + 1)
    meanings = stack(
        *(
            table.semi_join(calls, (table.repository == calls.repository) & (table.node_id == calls.callee_id)).select(
                *_MEANING
            )
            for table in (name_resolutions.filter(name_resolutions.target_kind.notnull()), attribute_resolutions)
        )
    )
    called = calls.inner_join(
        meanings, (calls.repository == meanings.repository) & (calls.callee_id == meanings.node_id)
    ).select(calls, meanings.target_kind, meanings.target_id, meanings.target_module, meanings.target_name)
    classes = definitions.filter(definitions.kind == "class").select("repository", "definition_id", "qualname")
    same = (called.repository == classes.repository) & (called.target_id == classes.definition_id)
    found = called.left_join(classes, same).select(called, classes.definition_id, classes.qualname)
    members = environment_names.filter(environment_names.kind == "class_member")
    builtin = members.select("repository", class_name=members.name.split(".")[0]).distinct()
    class_name = ibis.ifelse(found.target_kind == "builtin", found.target_name, None)
    joined = found.left_join(
        builtin, (found.repository == builtin.repository) & (class_name == builtin.class_name)
    ).select(found, given=builtin.class_name)
    known = joined.mutate(class_name=ibis.coalesce(joined.qualname, "builtins." + joined.given))
    # The class `type` gives the class of its argument, and `super` an object that stands for others.
    known = known.filter(known.class_name.notnull() & ~known.class_name.isin(["builtins.type", "builtins.super"]))
    return rows(
        known,
        "instantiation",
        type_text=ibis.coalesce(known.given, known.qualname),
        member_text=ibis.coalesce(known.given, known.qualname),
        class_id=known.definition_id,
        evidence_id=known.value_id,
    )
