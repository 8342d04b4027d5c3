"""Types that Pyrefly found: of parameters, returned values, variables, attributes, and of what attributes are read."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.normalize.type_evidence.rows import CONFIDENCE, PARTIAL, rows
from pipeline_assets.pipes.stacking import stack

_FACT = ("repository", "file_id", "fact_id", "type", "classes", "modifiers", "is_exhaustive")


def inferred_types(pyrefly_types: Table, definitions: Table, parameters: Table, ast_nodes: Table) -> Table:
    """One row per parameter, function and variable for which Pyrefly names classes, and class."""
    known = pyrefly_types.filter(pyrefly_types.classes.notnull())
    entities = stack(
        _returns(known, definitions), _parameters(known, definitions, parameters), _variables(known, ast_nodes)
    )
    return _members(entities, definitions)


def receiver_types(pyrefly_types: Table, definitions: Table, ast_nodes: Table) -> Table:
    """One row per expression of which an attribute is read and for which Pyrefly names classes, and class."""
    known = pyrefly_types.filter(pyrefly_types.classes.notnull())
    return _members(_receivers(known, ast_nodes), definitions)


def _returns(known: Table, definitions: Table) -> Table:
    found = known.filter((known.role == "return") & (known.overload.fill_null(0) == 0))
    functions = definitions.filter(definitions.kind.isin(["function", "async_function"]))
    joined = found.inner_join(functions, (found.file_id == functions.file_id) & (found.bstart == functions.name_bstart))
    return joined.select(
        *(found[name] for name in _FACT), entity_id=functions.definition_id, role=found.role, name=functions.name
    )


def _parameters(known: Table, definitions: Table, parameters: Table) -> Table:
    found = known.filter((known.role == "parameter") & (known.overload.fill_null(0) == 0))
    functions = definitions.filter(definitions.kind.isin(["function", "async_function"]))
    named = parameters.inner_join(
        functions,
        (parameters.file_id == functions.file_id) & (parameters.definition_id == functions.definition_id),
    ).select(parameters.file_id, parameters.parameter_id, parameters.name, functions.name_bstart)
    joined = found.inner_join(
        named,
        (found.file_id == named.file_id) & (found.bstart == named.name_bstart) & (found.name == named.name),
    )
    return joined.select(
        *(found[name] for name in _FACT), entity_id=named.parameter_id, role=found.role, name=named.name
    )


def _variables(known: Table, ast_nodes: Table) -> Table:
    """Globals and fields of classes, at the name that is assigned; of attributes, that name is the token's."""
    found = known.filter(known.role.isin(["variable", "field"]))
    names = ast_nodes.filter((ast_nodes.kind == "Name") & (ast_nodes.ctx == "Store"))
    attributes = ast_nodes.filter((ast_nodes.kind == "Attribute") & (ast_nodes.ctx == "Store"))
    places = stack(
        names.select("file_id", "node_id", "name", start=names.bstart, role=ibis.literal("variable")),
        attributes.select("file_id", "node_id", "name", start=attributes.name_bstart, role=ibis.literal("attribute")),
    )
    joined = places.inner_join(
        found, (places.file_id == found.file_id) & (places.start == found.bstart) & (places.name == found.name)
    )
    return joined.select(*(found[name] for name in _FACT), entity_id=places.node_id, role=places.role, name=places.name)


def _receivers(known: Table, ast_nodes: Table) -> Table:
    """Expressions of which an attribute is read: in preorder they come right after it."""
    found = known.filter(known.role == "expression")
    attributes = ast_nodes.filter(ast_nodes.kind == "Attribute").select("file_id", receiver_id=ast_nodes.node_id + 1)
    nodes = ast_nodes.filter((ast_nodes.field == "value") & (ast_nodes.kind != "Constant"))
    receivers = nodes.semi_join(
        attributes, (nodes.file_id == attributes.file_id) & (nodes.node_id == attributes.receiver_id)
    )
    joined = found.inner_join(
        receivers,
        (found.file_id == receivers.file_id) & (found.bstart == receivers.bstart) & (found.bend == receivers.bend),
    )
    return joined.select(
        *(found[name] for name in _FACT), entity_id=receivers.node_id, role=found.role, name=receivers.name
    )


def _members(entities: Table, definitions: Table) -> Table:
    """One row per class, which may be one of the repository by its qualified name."""
    is_list = entities.classes.contains(",")
    single, several = entities.filter(~is_list), entities.filter(is_list)
    single = single.mutate(class_names=single.classes, place=ibis.literal(0, "int64"), modifier=single.modifiers)
    several = several.mutate(class_names=several.classes.split(",")).unnest("class_names", offset="place")
    several = several.mutate(modifier=several.modifiers.split(",")[several.place])
    listed = stack(single, several.select(*single.columns))
    is_object = listed.modifier.contains("Type").fill_null(False)
    classes = definitions.filter((definitions.kind == "class") & (definitions.ordinal == 0))
    classes = classes.select("repository", "definition_id", "qualname")
    joined = listed.left_join(
        classes, (listed.repository == classes.repository) & (listed.class_names == classes.qualname)
    ).select(listed, classes.definition_id, is_object=is_object)
    return rows(
        joined,
        "pyrefly",
        type_text=joined.type,
        member=joined.place.cast("int32"),
        member_text=joined.class_names,
        class_id=joined.definition_id,
        class_name=joined.class_names,
        is_class_object=joined.is_object,
        confidence=joined.is_exhaustive.ifelse(CONFIDENCE["pyrefly"], PARTIAL),
        evidence_id=joined.fact_id,
    )
