"""Every call expression: its shape, callee, receiver, caller and arguments."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.annotated import unevaluated_annotations
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.completeness import completeness, with_doubts, with_meanings, with_path
from pipeline_assets.normalize.meanings import OUTSIDE_KINDS, full_name
from pipeline_assets.pipes import task

CALL_SITES = Contract(
    name="call_sites",
    layer="normalize",
    description="One row per call expression, with its callee's shape, its caller and a summary of its arguments.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The Call node."),
        Column("caller_id", "int64", "The function, class, lambda or module whose code makes the call."),
        Column("scope_node", "int64", "Node of the scope in which the call is evaluated."),
        Column("callee_id", "int64", "The expression that is called."),
        Column(
            "shape",
            "string",
            "name: `f()`; self_attribute: an attribute of the method's first parameter; super: an "
            "attribute of `super()`; "
            "attribute: any other attribute; call: the result of a call; subscript: an item; lambda: a lambda; other.",
            values=("name", "attribute", "self_attribute", "super", "call", "subscript", "lambda", "other"),
        ),
        Column("callee_text", "string", "The callee when it is a dotted name, else null.", nullable=True),
        Column("callee_name", "string", "Name or attribute that is called, else null.", nullable=True),
        Column(
            "symbol_name", "string", "That name as the compiler looks it up: private names are mangled.", nullable=True
        ),
        Column("name_bstart", "int32", "First byte of the called name's token.", nullable=True),
        Column("name_bend", "int32", "Byte after it.", nullable=True),
        Column("receiver_id", "int64", "The expression before the last dot.", nullable=True),
        Column("receiver_text", "string", "The receiver when it is a dotted name, else null.", nullable=True),
        Column("positional", "int32", "Positional arguments, unpackings not counted."),
        Column("keywords", "int32", "Keyword arguments, unpackings not counted."),
        Column("has_star", "boolean", "Whether there is a `*` argument."),
        Column("has_double_star", "boolean", "Whether there is a `**` argument."),
        Column("is_awaited", "boolean", "Whether the result is awaited."),
        Column("is_dropped", "boolean", "Whether nothing is done with the result, or with what awaiting it gives."),
        Column("is_evaluated", "boolean", "Whether the call is ever made: false in annotations that are kept as text."),
        Column(
            "qualified_name",
            "string",
            "Full dotted name of what the callee's name stands for; null when that is a value or unknown.",
            nullable=True,
        ),
        Column(
            "completeness",
            "string",
            "What is known from names alone of what the call may run. closed: one thing, and nothing in the repository "
            "binds the name again; open: that thing or others; unknown: a value decides.",
            values=("closed", "open", "unknown"),
        ),
        Column(
            "is_decorator", "boolean", "Whether the call is itself a decorator expression, whose result is called too."
        ),
        LINE,
        BSTART,
        BEND,
    ),
    key=("call_id",),
    local=("call_id", "caller_id", "scope_node", "callee_id", "receiver_id"),
    spans=(("bstart", "bend"), ("name_bstart", "name_bend")),
    references=(
        Reference("call_id", "ast_nodes", "node_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("callee_id", "ast_nodes", "node_id"),
        Reference("receiver_id", "ast_nodes", "node_id"),
    ),
    query="SELECT shape, count(*) AS calls FROM call_sites GROUP BY shape ORDER BY calls DESC",
)

SHAPES = {"Name": "name", "Attribute": "attribute", "Call": "call", "Subscript": "subscript", "Lambda": "lambda"}
"""Syntax that is called, and the shape of the call; attributes are told apart further."""


def _select_calls(ast_nodes: Table) -> Table:
    """Keep the Call nodes with what they call: in preorder the callee comes right after its call."""
    calls = ast_nodes.filter(ast_nodes.kind == "Call")
    return calls.select(
        "repository",
        "file_id",
        "scope_node",
        "line",
        "bstart",
        "bend",
        call_id=calls.node_id,
        callee_id=calls.node_id + 1,
        is_decorator=calls.field == "decorator_list",
    )


def _read_callee(calls: Table, ast_nodes: Table, references: Table) -> Table:
    """Read the callee's syntax and, where it is one, its dotted name; a receiver comes right after its attribute."""
    callee = ast_nodes.filter(ast_nodes.field == "func")
    read = calls.inner_join(callee, calls.call_id == callee.parent_id).select(
        calls,
        callee_kind=callee.kind,
        callee_name=callee.name,
        name_bstart=callee.name_bstart,
        name_bend=callee.name_bend,
    )
    named = callee.filter(callee.kind.isin(["Name", "Attribute"])).select("file_id", "node_id").view()
    # The big table comes first, and only what is called of it goes on.
    spelled = references.inner_join(
        named, (references.file_id == named.file_id) & (references.node_id == named.node_id)
    ).select(references.file_id, references.node_id, references.symbol_name, callee_text=references.dotted)
    same = (read.file_id == spelled.file_id) & (read.callee_id == spelled.node_id)
    found = read.left_join(spelled, same).select(read, spelled.symbol_name, spelled.callee_text)
    is_attribute = found.callee_kind == "Attribute"
    return found.mutate(
        receiver_id=ibis.ifelse(is_attribute, found.callee_id + 1, None),
        receiver_text=ibis.ifelse(is_attribute, found.callee_text.re_replace(r"\.[^.]*$", ""), None),
    )


def _tell_shape(
    calls: Table,
    ast_nodes: Table,
    references: Table,
    symbol_homes: Table,
    bindings: Table,
    parameters: Table,
    definitions: Table,
) -> Table:
    """Tell the shape of the callee: attributes of `super()` and of a method's first parameter are marked."""
    selves = _self_names(references, symbol_homes, bindings, _first_parameters(parameters, definitions))
    supers = ast_nodes.filter((ast_nodes.field == "func") & (ast_nodes.kind == "Name") & (ast_nodes.name == "super"))
    found = calls.left_join(selves, (calls.file_id == selves.file_id) & (calls.receiver_id == selves.node_id))
    found = found.select(calls, is_self=selves.node_id.notnull())
    joined = found.left_join(supers, (found.file_id == supers.file_id) & (found.receiver_id == supers.parent_id))
    found = joined.select(found, is_super=supers.node_id.notnull())
    shape = ibis.cases(
        (found.is_super, "super"),
        (found.is_self, "self_attribute"),
        *((found.callee_kind == kind, shape) for kind, shape in SHAPES.items()),
        else_="other",
    )
    return found.mutate(shape=shape).drop("is_self", "is_super", "callee_kind")


def _count_arguments(calls: Table, call_args: Table) -> Table:
    """Summarise the arguments."""
    arguments = call_args.filter(call_args.site == "call")
    counts = arguments.group_by("file_id", "call_id").aggregate(
        positional=(arguments.kind == "positional").sum().cast("int32"),
        keywords=(arguments.kind == "keyword").sum().cast("int32"),
        has_star=(arguments.kind == "star").any(),
        has_double_star=(arguments.kind == "double_star").any(),
    )
    joined = calls.left_join(counts, (calls.file_id == counts.file_id) & (calls.call_id == counts.call_id))
    return joined.select(
        calls,
        positional=counts.positional.fill_null(0),
        keywords=counts.keywords.fill_null(0),
        has_star=counts.has_star.fill_null(False),
        has_double_star=counts.has_double_star.fill_null(False),
    )


def _tell_use(calls: Table, ast_nodes: Table, scope_nodes: Table) -> Table:
    """Tell what becomes of the result, and whether the call is made; in preorder a node follows what holds it."""
    holders = ast_nodes.filter(ast_nodes.kind.isin(["Expr", "Await"])).select("file_id", "node_id", "kind")
    held = calls.left_join(holders, (calls.file_id == holders.file_id) & (calls.call_id - 1 == holders.node_id)).select(
        calls, holder=holders.kind.fill_null("")
    )
    statements = holders.filter(holders.kind == "Expr").view()
    around = held.left_join(
        statements, (held.file_id == statements.file_id) & (held.call_id - 2 == statements.node_id)
    ).select(held, is_around=statements.node_id.notnull())
    is_awaited = around.holder == "Await"
    used = around.mutate(
        is_awaited=is_awaited, is_dropped=(around.holder == "Expr") | (is_awaited & around.is_around)
    ).drop("holder", "is_around")
    skipped = _skipped_calls(ast_nodes, unevaluated_annotations(ast_nodes.view(), scope_nodes))
    joined = used.left_join(skipped, (used.file_id == skipped.file_id) & (used.call_id == skipped.call_id))
    return joined.select(used, is_evaluated=skipped.call_id.isnull())


def _attach_caller(calls: Table, scope_nodes: Table) -> Table:
    """Find the definition whose code makes the call."""
    body = scope_nodes.filter(scope_nodes.role == "body").select("file_id", "node_id", "definition_id")
    joined = calls.inner_join(body, (calls.file_id == body.file_id) & (calls.scope_node == body.node_id))
    return joined.select(calls, caller_id=body.definition_id)


def _attach_meaning(calls: Table, ast_nodes: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Attach what names alone say of the callee."""
    return with_meanings(calls, ast_nodes, name_resolutions, attribute_resolutions)


def _follow_imports(calls: Table, imports: Table, bindings: Table) -> Table:
    """Tell whether the callee lies where its import says."""
    return with_path(calls, imports, bindings)


def _judge_completeness(
    calls: Table,
    bindings: Table,
    decorators: Table,
    references: Table,
    attribute_resolutions: Table,
    imports: Table,
) -> Table:
    """Tell how much names alone say: the callee may be bound again, replaced, or come from outside."""
    judged = with_doubts(calls, bindings, decorators, references, attribute_resolutions, imports)
    is_named = judged.target_kind.isin(["definition", *OUTSIDE_KINDS])
    return CALL_SITES.select(
        judged.mutate(qualified_name=ibis.ifelse(is_named, full_name(judged), None), completeness=completeness(judged))
    )


@task(
    CALL_SITES,
    stages=(
        _select_calls,
        _read_callee,
        _tell_shape,
        _count_arguments,
        _tell_use,
        _attach_caller,
        _attach_meaning,
        _follow_imports,
        _judge_completeness,
    ),
)
def call_sites(
    ast_nodes: Table,
    references: Table,
    symbol_homes: Table,
    bindings: Table,
    parameters: Table,
    definitions: Table,
    scope_nodes: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    imports: Table,
    decorators: Table,
    call_args: Table,
) -> Table:
    """One row per call expression, with its callee's shape, its caller and a summary of its arguments."""


def _skipped_calls(ast_nodes: Table, annotations: Table) -> Table:
    calls = ast_nodes.filter(ast_nodes.kind == "Call")
    pairs = calls.inner_join(
        annotations,
        (calls.file_id == annotations.file_id)
        & (calls.scope_node == annotations.scope_node)
        & (annotations.node_id <= calls.node_id)
        & (calls.node_id < annotations.subtree_end),
    )
    return pairs.select(calls.file_id, call_id=calls.node_id).distinct()


def _first_parameters(parameters: Table, definitions: Table) -> Table:
    """The first parameters of methods that receive an instance or the class."""
    first = parameters.filter((parameters.position == 0) & (parameters.kind != "var_positional"))
    methods = definitions.filter(
        definitions.class_id.notnull()
        & definitions.kind.isin(["function", "async_function"])
        & (~definitions.is_static_method | (definitions.name == "__new__"))
    )
    return first.semi_join(methods, first.definition_id == methods.definition_id)


def _self_names(references: Table, symbol_homes: Table, bindings: Table, first_parameters: Table) -> Table:
    """Names that mean a method's first parameter, be it from a function or comprehension inside the method."""
    sites = bindings.filter((bindings.kind == "parameter") & (bindings.candidates == 1))
    variables = sites.semi_join(first_parameters, sites.site_node == first_parameters.parameter_id)
    meant = symbol_homes.inner_join(
        variables,
        (symbol_homes.home_scope_id == variables.scope_id) & (symbol_homes.name == variables.symbol_name),
    ).select(symbol_homes.scope_id, symbol_homes.name)
    names = references.filter((references.kind == "name") & (references.ctx == "load"))
    found = names.semi_join(meant, (names.scope_id == meant.scope_id) & (names.symbol_name == meant.name))
    return found.select("file_id", "node_id")
