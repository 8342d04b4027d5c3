"""Where the syntax holds types: annotations, aliases, bounds, and arguments that the typing module takes as types."""

from __future__ import annotations

import ibis
from ibis.expr.types import IntegerColumn, Table

from pipeline_assets.normalize.annotations.forms import TYPING_MODULES
from pipeline_assets.normalize.scope_matching import TYPE_PARAMETER_PARTS
from pipeline_assets.pipes.stacking import stack

POSITIONS = (
    "parameter",
    "return",
    "variable",
    "attribute",
    "alias",
    "bound",
    "constraint",
    "default",
    "new_type",
    "cast",
    "base",
    "signature",
)

EVALUATIONS = ("evaluated", "deferred", "never")

TYPE_CALLS = ("cast", "assert_type", "TypeVar", "TypeVarTuple", "ParamSpec", "NewType")
"""Functions of the typing module that take types."""

ARGUMENTS = {
    ("cast", 0): "cast",
    ("assert_type", 1): "cast",
    ("NewType", 1): "new_type",
    ("cast", "typ"): "cast",
    ("assert_type", "typ"): "cast",
    ("NewType", "tp"): "new_type",
    ("TypeVar", "bound"): "bound",
    ("TypeVar", "default"): "default",
    ("TypeVarTuple", "default"): "default",
    ("ParamSpec", "default"): "default",
}
"""Their arguments that are types, by place or name; positional arguments of `TypeVar` behind its name are more."""

GENERIC_BUILTINS = ("dict", "frozenset", "list", "set", "tuple", "type")
"""Builtin classes that can be subscripted."""

_COLUMNS = ("repository", "file_id", "node_id", "kind", "bstart", "bend", "scope_node")
_TYPE_PARAMETERS = "type_parameters"


def positions(
    ast_nodes: Table,
    parameters: Table,
    scope_nodes: Table,
    class_bases: Table,
    bindings: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
) -> Table:
    """One row per expression in code that is a type as a whole, or may be one (`candidate_kind`: its syntax)."""
    typing = _typing_names(name_resolutions, attribute_resolutions)
    found = stack(
        _parameters(ast_nodes, parameters),
        _returns(ast_nodes),
        _variables(ast_nodes, scope_nodes),
        _type_parameters(ast_nodes),
        _constraints(ast_nodes),
        _alias_statements(ast_nodes),
        _declared_aliases(ast_nodes, typing),
        _type_arguments(ast_nodes, typing),
        _bases(ast_nodes, class_bases),
        _assigned_once(ast_nodes, bindings, scope_nodes),
    )
    deferring = _deferring_files(ast_nodes)
    joined = found.left_join(deferring, found.file_id == deferring.file_id)
    is_deferring = deferring.file_id.notnull()
    # What is kept as text is kept with a name: the annotation of anything else is then forgotten.
    evaluation = ibis.cases(
        (found.evaluation == "annotation", is_deferring.ifelse("deferred", "evaluated")),
        (found.evaluation == "target_annotation", is_deferring.ifelse("never", "evaluated")),
        else_=found.evaluation,
    )
    own = [name for name in found.columns if name != "evaluation"]
    return joined.select(*(found[name] for name in own), evaluation=evaluation)


def sure_types(
    name_resolutions: Table, attribute_resolutions: Table, definitions: Table, environment_names: Table
) -> Table:
    """Names that mean a class (`is_generic` false), or what makes a type when it is subscripted."""
    columns = ("repository", "file_id", "node_id", "target_kind", "target_id", "target_module", "target_name")
    names = name_resolutions.filter(
        name_resolutions.target_kind.isin(["definition", "builtin", "standard_library"])
        & (name_resolutions.ctx == "load")
    )
    meant = stack(names.select(*columns), attribute_resolutions.select(*columns))
    own = definitions.filter(definitions.kind == "class")
    members = environment_names.filter(environment_names.kind == "class_member")
    builtin = members.select("repository", name=members.name.split(".")[0]).distinct()
    same = (meant.repository == own.repository) & (meant.target_id == own.definition_id)
    found = meant.left_join(own, same).select(meant, is_defined=own.definition_id.notnull())
    found = found.left_join(
        builtin, (found.repository == builtin.repository) & (found.target_name == builtin.name)
    ).select(found, is_given=builtin.name.notnull() & (found.target_kind == "builtin"))
    is_typing = found.target_module.isin([*TYPING_MODULES, "collections.abc"]) & found.target_name.notnull()
    is_generic = is_typing | (found.is_given & found.target_name.isin(GENERIC_BUILTINS))
    sure = found.mutate(is_generic=is_generic.fill_null(False), is_class=found.is_defined | found.is_given)
    return sure.filter(sure.is_generic | sure.is_class).select(
        "repository", "file_id", "node_id", "is_generic", "is_class"
    )


def _typing_names(name_resolutions: Table, attribute_resolutions: Table) -> Table:
    names = [
        table.filter(table.target_module.isin(TYPING_MODULES) & table.target_name.isin(["TypeAlias", *TYPE_CALLS]))
        for table in (name_resolutions, attribute_resolutions)
    ]
    return stack(*(table.select("file_id", "node_id", "target_name") for table in names))


def _row(
    nodes: Table,
    position: ibis.Value | str,
    owner_id: IntegerColumn,
    lookup_node: IntegerColumn | None = None,
    lookup_role: ibis.Value | str = "body",
    evaluation: ibis.Value | str = "annotation",
    candidate_kind: ibis.Value | None = None,
) -> Table:
    return nodes.select(
        "repository",
        "file_id",
        "node_id",
        "bstart",
        "bend",
        "scope_node",
        owner_id=owner_id,
        position=position if isinstance(position, ibis.Value) else ibis.literal(position),
        lookup_node=nodes.scope_node if lookup_node is None else lookup_node,
        lookup_role=lookup_role if isinstance(lookup_role, ibis.Value) else ibis.literal(lookup_role),
        evaluation=evaluation if isinstance(evaluation, ibis.Value) else ibis.literal(evaluation),
        candidate_kind=ibis.null("string") if candidate_kind is None else candidate_kind,
    )


def _parameters(ast_nodes: Table, parameters: Table) -> Table:
    annotations = ast_nodes.filter(ast_nodes.field == "annotation").select(*_COLUMNS)
    annotated = parameters.filter(parameters.annotation_id.notnull())
    found = annotations.inner_join(
        annotated, (annotations.file_id == annotated.file_id) & (annotations.node_id == annotated.annotation_id)
    ).select(annotations, annotated.parameter_id, annotated.definition_id)
    return _row(found, "parameter", found.parameter_id, found.definition_id, _TYPE_PARAMETERS)


def _returns(ast_nodes: Table) -> Table:
    found = ast_nodes.filter(ast_nodes.field == "returns")
    return _row(found, "return", found.parent_id, found.parent_id, _TYPE_PARAMETERS)


def _variables(ast_nodes: Table, scope_nodes: Table) -> Table:
    """Annotated assignments: what is annotated comes right after the statement in preorder."""
    statements = ast_nodes.filter(ast_nodes.kind == "AnnAssign")
    statements = statements.select("file_id", statement_id=statements.node_id, is_simple=statements.value == "1")
    targets = ast_nodes.filter(ast_nodes.field == "target").select(
        "file_id", target_id=ast_nodes.node_id, target_kind=ast_nodes.kind
    )
    annotations = ast_nodes.filter(ast_nodes.field == "annotation").select(*_COLUMNS, "parent_id")
    found = annotations.inner_join(
        statements, (annotations.file_id == statements.file_id) & (annotations.parent_id == statements.statement_id)
    ).select(annotations, statements.is_simple)
    found = found.inner_join(
        targets, (found.file_id == targets.file_id) & (found.parent_id + 1 == targets.target_id)
    ).select(found, targets.target_id, targets.target_kind)
    functions = scope_nodes.filter((scope_nodes.role == "body") & (scope_nodes.kind == "function"))
    found = found.left_join(
        functions, (found.file_id == functions.file_id) & (found.scope_node == functions.node_id)
    ).select(found, is_local=functions.node_id.notnull())
    return _row(
        found,
        ibis.ifelse(found.target_kind == "Attribute", "attribute", "variable"),
        found.target_id,
        evaluation=ibis.cases(
            (found.is_local, "never"), (found.is_simple.fill_null(False), "annotation"), else_="target_annotation"
        ),
    )


def _type_parameters(ast_nodes: Table) -> Table:
    """Bounds and defaults of type parameters (PEP 695, 696); a tuple of constraints counts by its elements."""
    parts = [(ast_nodes.filter(ast_nodes.field == field), role) for field, role in TYPE_PARAMETER_PARTS.items()]
    return stack(
        *(
            _row(nodes, role, nodes.parent_id, nodes.parent_id, role, "deferred")
            for nodes, role in ((nodes.filter(nodes.kind != "Tuple"), role) for nodes, role in parts)
        )
    )


def _constraints(ast_nodes: Table) -> Table:
    tuples = ast_nodes.filter((ast_nodes.field == "bound") & (ast_nodes.kind == "Tuple"))
    tuples = tuples.select("file_id", tuple_id=tuples.node_id, type_parameter=tuples.parent_id)
    elements = ast_nodes.filter(ast_nodes.field == "elts")
    found = elements.inner_join(
        tuples, (elements.file_id == tuples.file_id) & (elements.parent_id == tuples.tuple_id)
    ).select(*(elements[name] for name in _COLUMNS), tuples.type_parameter)
    return _row(found, "constraint", found.type_parameter, found.type_parameter, "bound", "deferred")


def _alias_statements(ast_nodes: Table) -> Table:
    """`type X = …`: the name comes right after the statement."""
    aliases = ast_nodes.filter(ast_nodes.kind == "TypeAlias").select("file_id", alias_id=ast_nodes.node_id)
    values = ast_nodes.filter(ast_nodes.field == "value")
    found = values.inner_join(
        aliases, (values.file_id == aliases.file_id) & (values.parent_id == aliases.alias_id)
    ).select(*(values[name] for name in _COLUMNS), aliases.alias_id)
    return _row(found, "alias", found.alias_id + 1, found.alias_id, "body", "deferred")


def _declared_aliases(ast_nodes: Table, typing: Table) -> Table:
    """`X: TypeAlias = …`."""
    marks = typing.filter(typing.target_name == "TypeAlias")
    annotations = ast_nodes.filter(ast_nodes.field == "annotation")
    marked = annotations.semi_join(
        marks, (annotations.file_id == marks.file_id) & (annotations.node_id == marks.node_id)
    )
    marked = marked.select("file_id", statement_id=marked.parent_id)
    values = ast_nodes.filter(ast_nodes.field == "value")
    found = values.inner_join(
        marked, (values.file_id == marked.file_id) & (values.parent_id == marked.statement_id)
    ).select(*(values[name] for name in _COLUMNS), marked.statement_id)
    return _row(found, "alias", found.statement_id + 1, evaluation="evaluated")


def _type_arguments(ast_nodes: Table, typing: Table) -> Table:
    """Arguments of `cast`, `TypeVar` and the like; the owner is the variable that the call's result is given to."""
    called = typing.filter(typing.target_name.isin(TYPE_CALLS))
    functions = ast_nodes.filter(ast_nodes.field == "func")
    calls = functions.inner_join(
        called, (functions.file_id == called.file_id) & (functions.node_id == called.node_id)
    ).select(functions.file_id, call_id=functions.parent_id, function=called.target_name)
    nodes = ast_nodes.filter(ast_nodes.kind == "Call").select("file_id", "node_id", "parent_id", "field")
    placed = nodes.inner_join(calls, (nodes.file_id == calls.file_id) & (nodes.node_id == calls.call_id)).select(
        calls.file_id, calls.call_id, calls.function, nodes.parent_id, is_value=nodes.field == "value"
    )
    # A value follows right on the single name it is given to, as in any preorder.
    makes_type = ~placed.function.isin(["cast", "assert_type"])
    is_assigned = makes_type & placed.is_value & (placed.parent_id == placed.call_id - 2)
    placed = placed.mutate(owner_id=ibis.ifelse(is_assigned, placed.call_id - 1, placed.call_id))
    return stack(_by_place(ast_nodes, placed), _by_keyword(ast_nodes, placed))


def _by_place(ast_nodes: Table, calls: Table) -> Table:
    arguments = ast_nodes.filter((ast_nodes.field == "args") & (ast_nodes.kind != "arg"))
    found = arguments.inner_join(
        calls, (arguments.file_id == calls.file_id) & (arguments.parent_id == calls.call_id)
    ).select(*(arguments[name] for name in (*_COLUMNS, "ordinal")), calls.function, calls.owner_id)
    position = ibis.cases(
        *(
            ((found.function == function) & (found.ordinal == place), position)
            for (function, place), position in ARGUMENTS.items()
            if isinstance(place, int)
        ),
        ((found.function == "TypeVar") & (found.ordinal > 0), "constraint"),
    )
    found = found.mutate(position=position).filter(position.notnull())
    return _row(found, found.position, found.owner_id, evaluation="evaluated")


def _by_keyword(ast_nodes: Table, calls: Table) -> Table:
    keywords = ast_nodes.filter(ast_nodes.kind == "keyword")
    named = keywords.inner_join(
        calls, (keywords.file_id == calls.file_id) & (keywords.parent_id == calls.call_id)
    ).select(
        keywords.file_id,
        value_id=keywords.node_id + 1,
        keyword=keywords.name,
        function=calls.function,
        owner_id=calls.owner_id,
    )
    values = ast_nodes.filter(ast_nodes.field == "value")
    found = values.inner_join(named, (values.file_id == named.file_id) & (values.node_id == named.value_id)).select(
        *(values[name] for name in _COLUMNS), named.function, named.keyword, named.owner_id
    )
    position = ibis.cases(
        *(
            ((found.function == function) & (found.keyword == name), position)
            for (function, name), position in ARGUMENTS.items()
            if isinstance(name, str)
        )
    )
    found = found.mutate(position=position).filter(position.notnull())
    return _row(found, found.position, found.owner_id, evaluation="evaluated")


def _bases(ast_nodes: Table, class_bases: Table) -> Table:
    """Subscripted bases of which it is known that no value is subscripted."""
    bases = ast_nodes.filter((ast_nodes.field == "bases") & (ast_nodes.kind == "Subscript"))
    known = class_bases.filter(
        class_bases.resolution.isin(["definition", "external", "standard_library", "builtin"])
    ).select("file_id", "base_node")
    found = bases.semi_join(known, (bases.file_id == known.file_id) & (bases.node_id == known.base_node))
    return _row(found, "base", found.parent_id, found.parent_id, _TYPE_PARAMETERS, "evaluated")


def _assigned_once(ast_nodes: Table, bindings: Table, scope_nodes: Table) -> Table:
    """Values that are the only one of a name of a module or class: in preorder, the statement, the name, the value."""
    kinds = ["Name", "Attribute", "Subscript", "BinOp"]
    values = ast_nodes.filter((ast_nodes.field == "value") & ast_nodes.kind.isin(kinds))
    values = values.filter(values.parent_id == values.node_id - 2)
    holders = scope_nodes.filter((scope_nodes.role == "body") & scope_nodes.kind.isin(["module", "class"]))
    values = values.semi_join(holders, (values.file_id == holders.file_id) & (values.scope_node == holders.node_id))
    sites = bindings.filter((bindings.kind == "variable") & (bindings.candidates == 1))
    sites = sites.select("file_id", "site_node")
    found = values.semi_join(sites, (values.file_id == sites.file_id) & (values.node_id - 1 == sites.site_node))
    return _row(found, "alias", found.node_id - 1, evaluation="evaluated", candidate_kind=found.kind)


def _deferring_files(ast_nodes: Table) -> Table:
    """Files that start with `from __future__ import annotations`."""
    aliases = ast_nodes.filter((ast_nodes.kind == "alias") & (ast_nodes.name == "annotations"))
    statements = ast_nodes.filter((ast_nodes.kind == "ImportFrom") & (ast_nodes.name == "__future__")).view()
    return aliases.semi_join(statements, aliases.parent_id == statements.node_id).select("file_id").distinct()
