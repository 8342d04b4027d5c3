"""What each call calls going by names alone: candidates, ranked.

A class that is called runs an initialiser: the target is the first `__init__` in its resolution order, and only when
the repository holds none is it the class itself. That is how PyCG writes instantiations, too.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import BooleanValue, Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.class_members import search_classes
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

NAME_METHODS = ("import", "name", "member", "class", "self", "cls", "super", "lambda", "builtin", "external")
"""Rules that find what a call calls by names."""

NAME_CANDIDATES = Contract(
    name="name_candidates",
    layer="cpg",
    description="One row per call and callee that names alone lead to, best first, with the rule that found it.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The call."),
        Column("rank", "int32", "Preference among the call's candidates, 0 first."),
        Column("caller_id", "int64", "The definition whose code makes the call."),
        Column("target_id", "int64", "The method that is called: a node of the graph."),
        Column(
            "target_name", "string", "Its dotted name as PyCG writes it: no `<locals>`, builtins as `<builtin>.name`."
        ),
        Column(
            "target_kind",
            "string",
            "definition: a function of this repository; class: a class of this repository without an initialiser here, "
            "so that its base's runs; external: something outside; builtin: one of the interpreter's builtins.",
            values=("definition", "class", "external", "builtin"),
        ),
        Column(
            "method",
            "string",
            "How the callee was found: name: by its name in this file; import: through an import; member: as a member "
            "of a module or class; class: by instantiation; self, cls, super: in the resolution order of the caller's "
            "class; lambda: written in place; builtin, external: outside the repository.",
            values=NAME_METHODS,
        ),
        Column("class_id", "int64", "The class that is instantiated, else null.", nullable=True),
        Column(
            "confidence", "float64", "1: the text leaves no other; less where a rebinding or an override may intervene."
        ),
    ),
    key=("call_id", "rank"),
    local=("file_id", "call_id", "caller_id"),
    references=(
        Reference("call_id", "call_sites", "call_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("class_id", "definitions", "definition_id"),
    ),
    query="SELECT method, target_kind, count(*) AS calls FROM name_candidates GROUP BY ALL ORDER BY calls DESC",
)

_CONFIDENCE = {"self": 0.9, "cls": 0.9, "super": 0.9, "member": 0.95}
_OBJECT_INIT = "object.__init__"
_OUTSIDE_KINDS = ("external", "standard_library", "builtin")


def _look_up_callees(
    call_sites: Table, name_resolutions: Table, attribute_resolutions: Table, bindings: Table
) -> Table:
    """What the callee's name or dotted name stands for, one row per call: found_*, null when not known."""
    with_name = call_sites.left_join(
        name_resolutions, call_sites.callee_id == name_resolutions.node_id
    ).select(
        call_sites.repository, call_sites.file_id, call_sites.call_id, call_sites.caller_id, call_sites.callee_id,
        call_sites.shape, call_sites.symbol_name, call_sites.receiver_id,
        name_resolutions.binding_id, name_resolutions.candidates,
        name_kind=name_resolutions.target_kind,
        name_id=name_resolutions.target_id,
        name_module=name_resolutions.target_module,
        name_name=name_resolutions.target_name,
    )  # fmt: skip
    with_binding = with_name.left_join(bindings, with_name.binding_id == bindings.binding_id).select(
        with_name, bound_by=bindings.kind, bound_at=bindings.site_node
    )
    joined = with_binding.left_join(attribute_resolutions, with_binding.callee_id == attribute_resolutions.node_id)
    is_lambda = with_binding.shape == "lambda"
    return joined.select(
        with_binding.repository, with_binding.file_id, with_binding.call_id, with_binding.caller_id,
        with_binding.shape, with_binding.symbol_name, with_binding.receiver_id, with_binding.candidates,
        with_binding.bound_at,
        found_kind=is_lambda.ifelse(
            "definition", ibis.coalesce(with_binding.name_kind, attribute_resolutions.target_kind)
        ),
        found_id=is_lambda.ifelse(
            with_binding.callee_id, ibis.coalesce(with_binding.name_id, attribute_resolutions.target_id)
        ),
        found_module=ibis.coalesce(with_binding.name_module, attribute_resolutions.target_module),
        found_name=ibis.coalesce(with_binding.name_name, attribute_resolutions.target_name),
        method=ibis.cases(
            (is_lambda, "lambda"),
            (attribute_resolutions.node_id.notnull(), "member"),
            ((with_binding.bound_by == "import") | _is_star_import(with_binding), "import"),
            else_="name",
        ),
    )  # fmt: skip


def _find_classes(
    calls: Table, name_resolutions: Table, bindings: Table, definitions: Table, parameters: Table
) -> Table:
    """The class whose members `self.…`, `cls.…` and `super().…` reach, and the class that `cls()` instantiates."""
    of_receiver = name_resolutions.inner_join(bindings, name_resolutions.binding_id == bindings.binding_id).select(
        name_resolutions.node_id, method_id=bindings.scope_node
    )
    with_receiver = calls.left_join(of_receiver, calls.receiver_id == of_receiver.node_id).select(
        calls, receiver_method=of_receiver.method_id
    )
    holders = definitions.select("definition_id", caller_parent="parent_id", caller_class="class_id")
    with_caller = with_receiver.left_join(holders, with_receiver.caller_id == holders.definition_id).select(
        with_receiver, holders.caller_parent, holders.caller_class
    )
    outer = definitions.view().select("definition_id", outer_class="class_id")
    with_outer = with_caller.left_join(outer, with_caller.caller_parent == outer.definition_id).select(
        with_caller, outer.outer_class
    )
    firsts = parameters.filter(parameters.position == 0)
    with_first = with_outer.left_join(firsts, with_outer.bound_at == firsts.parameter_id).select(
        with_outer, first_of=firsts.definition_id
    )
    is_self = with_first.shape == "self_attribute"
    methods = definitions.view().select("definition_id", "is_class_method", method_name="name", method_class="class_id")
    method_id = is_self.ifelse(with_first.receiver_method, with_first.first_of)
    joined = with_first.left_join(methods, method_id == methods.definition_id)
    takes_class = methods.is_class_method | (methods.method_name == "__new__")
    return joined.select(
        with_first.repository, with_first.file_id, with_first.call_id, with_first.caller_id, with_first.shape,
        with_first.symbol_name, with_first.candidates, with_first.found_module, with_first.found_name,
        found_kind=(with_first.first_of.notnull() & takes_class).ifelse("definition", with_first.found_kind),
        found_id=(with_first.first_of.notnull() & takes_class).ifelse(methods.method_class, with_first.found_id),
        method=ibis.cases(
            (with_first.shape == "super", "super"),
            (is_self & methods.is_class_method, "cls"),
            (is_self, "self"),
            else_=with_first.method,
        ),
        search_class=ibis.cases(
            (with_first.shape == "super", ibis.coalesce(with_first.caller_class, with_first.outer_class)),
            (is_self, methods.method_class),
            else_=ibis.null("int64"),
        ),
    )  # fmt: skip


def _search_resolution_order(calls: Table, mro: Table, bindings: Table, environment_names: Table) -> Table:
    """Replace member calls on `self`, `cls` and `super()` by what the class's resolution order finds."""
    searching = calls.filter(calls.search_class.notnull()).mutate(
        member=calls.symbol_name, start=(calls.method == "super").ifelse(1, 0)
    )
    found = search_classes(searching, mro, bindings, environment_names)
    direct = calls.filter(calls.search_class.isnull() & calls.found_kind.notnull())
    columns = ("repository", "file_id", "call_id", "caller_id", "method", "candidates")
    return stack(
        direct.select(*columns, "found_kind", "found_id", "found_module", "found_name", place=ibis.literal(0)),
        found.select(*columns, "found_kind", "found_id", "found_module", "found_name", "place"),
    )


def _keep_callable(found: Table, definitions: Table) -> Table:
    """Keep functions and classes, here and outside."""
    known = found.left_join(
        definitions, [found.repository == definitions.repository, found.found_id == definitions.definition_id]
    ).select(
        found,
        is_function=definitions.kind.isin(("function", "async_function", "lambda")) & ~definitions.is_property,
        is_class=definitions.kind == "class",
    )
    here = known.found_kind == "definition"
    outside = known.found_kind.isin(_OUTSIDE_KINDS) & known.found_name.notnull()
    return known.filter((here & (known.is_function | known.is_class)) | outside)


def _instantiate(
    callable_ones: Table, definitions: Table, mro: Table, bindings: Table, environment_names: Table
) -> Table:
    """Replace classes by the initialiser that they run."""
    started = _initialisers(definitions, mro, bindings, environment_names)
    joined = callable_ones.left_join(
        started, [callable_ones.repository == started.repository, callable_ones.found_id == started.search_class]
    ).select(
        callable_ones, runs=started.search_class.notnull(), runs_kind=started.found_kind, runs_id=started.found_id,
        runs_module=started.found_module, runs_name=started.found_name, further=started.place.fill_null(0),
    )  # fmt: skip
    is_class = (joined.found_kind == "definition") & joined.is_class.fill_null(False)
    return joined.select(
        "repository", "file_id", "call_id", "caller_id", "candidates",
        method=is_class.ifelse("class", joined.method),
        place=joined.place + joined.further,
        class_id=is_class.ifelse(joined.found_id, ibis.null("int64")),
        found_kind=ibis.cases((joined.runs, joined.runs_kind), (is_class, "class"), else_=joined.found_kind),
        found_id=joined.runs.ifelse(joined.runs_id, joined.found_id),
        found_module=ibis.cases((joined.runs, joined.runs_module), (is_class, "builtins"), else_=joined.found_module),
        found_name=ibis.cases((joined.runs, joined.runs_name), (is_class, _OBJECT_INIT), else_=joined.found_name),
    )  # fmt: skip


def _name_targets(found: Table, definitions: Table) -> Table:
    """Give each candidate the graph's id and the name that PyCG writes."""
    named = found.left_join(
        definitions, [found.repository == definitions.repository, found.found_id == definitions.definition_id]
    ).select(found, definitions.pycg_name)
    is_builtin = named.found_module == "builtins"
    outside_name = is_builtin.ifelse("<builtin>", named.found_module) + "." + named.found_name
    is_here = named.found_kind == "definition"
    is_bare = named.found_kind == "class"
    return named.select(
        "repository", "file_id", "call_id", "caller_id", "candidates", "place", "class_id",
        target_id=is_here.ifelse(named.found_id, ids.outside_node("METHOD", outside_name)),
        target_name=(is_here | is_bare).ifelse(named.pycg_name, outside_name),
        target_kind=ibis.cases((is_here | is_bare, named.found_kind), (is_builtin, "builtin"), else_="external"),
        method=ibis.cases(
            (is_here | named.class_id.notnull() | named.method.isin(("self", "cls", "super")), named.method),
            (is_builtin, "builtin"),
            else_="external",
        ),
    )  # fmt: skip


def _rank_candidates(named: Table) -> Table:
    """One row per call and target, nearest in the resolution order first, with how sure the rule is."""
    once = named.group_by(
        "repository", "file_id", "call_id", "caller_id", "target_id", "target_name", "target_kind"
    ).aggregate(
        method=named.method.min(), class_id=named.class_id.min(), place=named.place.min(), others=named.candidates.max()
    )
    by_call = ibis.window(group_by=("repository", "file_id", "call_id"), order_by=("place", "target_name", "target_id"))
    inherited = once.method.isin(("self", "cls", "super", "class")) & (once.target_kind == "external")
    sure = ibis.cases(
        (inherited, 0.5), *((once.method == method, value) for method, value in _CONFIDENCE.items()), else_=1.0
    )
    return once.mutate(
        rank=ibis.row_number().over(by_call),
        confidence=sure * (once.others > 1).fill_null(False).ifelse(0.8, 1.0) * (once.place > 0).ifelse(0.9, 1.0),
    )


def _select_targets(ranked: Table) -> Table:
    """The columns of the contract, in order and of its types."""
    return ranked.select(*(ranked[c.name].cast(c.type).name(c.name) for c in NAME_CANDIDATES.columns))


@task(
    NAME_CANDIDATES,
    stages=(
        _look_up_callees,
        _find_classes,
        _search_resolution_order,
        _keep_callable,
        _instantiate,
        _name_targets,
        _rank_candidates,
        _select_targets,
    ),
)
def name_candidates(
    call_sites: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    bindings: Table,
    definitions: Table,
    parameters: Table,
    mro: Table,
    environment_names: Table,
) -> Table:
    """One row per call and callee that names alone lead to, best first, with the rule that found it."""


def _is_star_import(calls: Table) -> BooleanValue:
    """Whether the callee's name has a target though nothing in the file binds it by name."""
    return calls.binding_id.isnull() & calls.name_id.notnull()


def _initialisers(definitions: Table, mro: Table, bindings: Table, environment_names: Table) -> Table:
    """The `__init__` that each class of the repository runs, here or outside; none where only `object` has one."""
    classes = definitions.filter(definitions.kind == "class").select(
        "repository", search_class="definition_id", member=ibis.literal("__init__"), start=ibis.literal(0)
    )
    found = search_classes(classes, mro, bindings, environment_names)
    runs_here = (found.found_kind == "definition") & (found.binding_kind == "function")
    runs_outside = found.found_kind.isin(_OUTSIDE_KINDS) & (found.found_name != _OBJECT_INIT)
    return found.filter(runs_here | runs_outside)
