"""Every decorator: what it decorates, in which order it is applied, and what it is known to do."""

from __future__ import annotations

import ibis
from ibis.expr.types import StringValue, Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
from pipeline_assets.normalize.meanings import TARGET_COLUMNS, meanings, outside_name
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

WELL_KNOWN = {
    "property": ("builtins.property", "abc.abstractproperty", "types.DynamicClassAttribute", "enum.property"),
    "cached_property": ("functools.cached_property",),
    "staticmethod": ("builtins.staticmethod", "abc.abstractstaticmethod"),
    "classmethod": ("builtins.classmethod", "abc.abstractclassmethod"),
    "abstractmethod": ("abc.abstractmethod",),
    "dataclass": ("dataclasses.dataclass",),
    "total_ordering": ("functools.total_ordering",),
    "wraps": ("functools.wraps",),
    "cache": ("functools.cache", "functools.lru_cache"),
    "singledispatch": ("functools.singledispatch", "functools.singledispatchmethod"),
    "contextmanager": ("contextlib.contextmanager",),
    "asynccontextmanager": ("contextlib.asynccontextmanager",),
    "coroutine": ("types.coroutine",),
    "unique": ("enum.unique",),
    "register_at_exit": ("atexit.register",),
    "overload": ("typing.overload", "typing_extensions.overload"),
    "override": ("typing.override", "typing_extensions.override"),
    "final": ("typing.final", "typing_extensions.final"),
    "runtime_checkable": ("typing.runtime_checkable", "typing_extensions.runtime_checkable"),
    "no_type_check": ("typing.no_type_check", "typing_extensions.no_type_check"),
    "dataclass_transform": ("typing.dataclass_transform", "typing_extensions.dataclass_transform"),
    "deprecated": ("warnings.deprecated", "typing_extensions.deprecated"),
}
"""What a decorator is known to do, and the full names of what does it."""

MEMBER_MEANINGS = {
    "property": ("setter", "getter", "deleter"),
    "singledispatch": ("register",),
}
"""Attributes of something decorated that are decorators themselves, by what decorates it."""

MEANINGS = (*WELL_KNOWN, *(member for members in MEMBER_MEANINGS.values() for member in members))

DECORATORS = Contract(
    name="decorators",
    layer="normalize",
    description="One row per decorator, with what it decorates, when it is applied and what it stands for.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("decorator_id", "int64", "The decorator's expression; when it is a call, its result decorates."),
        Column("definition_id", "int64", "The function or class that is decorated."),
        Column("position", "int32", "Place among the definition's decorators as written, counted from 0 at the top."),
        Column("application", "int32", "Place in the order of application: 0 is the one right above the definition."),
        Column("is_call", "boolean", "Whether the expression is a call, as in `@cache(maxsize=1)`."),
        Column("named_id", "int64", "What is named: the callee of a call, else the expression itself."),
        Column("dotted", "string", "That as written, when it is a dotted name.", nullable=True),
        Column("caller_id", "int64", "The function, class or module whose code evaluates and applies it."),
        Column("target_kind", "string", f"What it stands for. {TARGET_KIND_MEANING}.", True, values=TARGET_KINDS),
        Column("target_id", "int64", "The definition, module or binding; null when it has none here.", nullable=True),
        Column("target_module", "string", "Module that holds the target.", nullable=True),
        Column("target_name", "string", "The target's dotted name in that module.", nullable=True),
        Column(
            "meaning",
            "string",
            "What it is known to do, told by what it stands for and never by how it is spelled. setter, getter, "
            "deleter: an accessor of a property; register: another implementation of a generic function. "
            "Null: unknown.",
            nullable=True,
            values=MEANINGS,
        ),
        Column("is_certain", "boolean", "Whether it stands for one thing only: one site at most binds its first name."),
        LINE,
        BSTART,
        BEND,
    ),
    key=("decorator_id",),
    local=("decorator_id", "definition_id", "named_id", "caller_id"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("decorator_id", "ast_nodes", "node_id"),
        Reference("definition_id", "definitions", "definition_id"),
        Reference("named_id", "ast_nodes", "node_id"),
        Reference("caller_id", "definitions", "definition_id"),
    ),
    query="SELECT meaning, count(*) AS decorators FROM decorators GROUP BY meaning ORDER BY decorators DESC",
)


def _select_decorators(ast_nodes: Table) -> Table:
    """Keep the decorators with their places; in preorder what is called comes right after its call."""
    found = ast_nodes.filter(ast_nodes.field == "decorator_list")
    of_definition = ibis.window(group_by=[found.file_id, found.parent_id])
    is_call = found.kind == "Call"
    return found.select(
        "repository",
        "file_id",
        "scope_node",
        "line",
        "bstart",
        "bend",
        decorator_id=found.node_id,
        definition_id=found.parent_id,
        position=found.ordinal,
        application=(found.count().over(of_definition) - 1 - found.ordinal).cast("int32"),
        is_call=is_call,
        named_id=found.node_id + is_call.ifelse(1, 0),
    )


def _attach_caller(decorators: Table, scope_nodes: Table) -> Table:
    """Find the definition whose code evaluates the decorator."""
    body = scope_nodes.filter(scope_nodes.role == "body")
    joined = decorators.inner_join(body, (decorators.file_id == body.file_id) & (decorators.scope_node == body.node_id))
    return joined.select(decorators, caller_id=body.definition_id).drop("scope_node")


def _spell(decorators: Table, references: Table) -> Table:
    """Attach the decorator's dotted name."""
    same = (references.file_id == decorators.file_id) & (references.node_id == decorators.named_id)
    spelled = references.inner_join(decorators, same).select(
        references.file_id, references.node_id, references.dotted, member=references.name, spelled_kind=references.kind
    )
    named = decorators.left_join(
        spelled, (decorators.file_id == spelled.file_id) & (decorators.named_id == spelled.node_id)
    ).select(decorators, spelled.dotted, spelled.member, spelled.spelled_kind)
    return named.mutate(is_name=named.spelled_kind.fill_null("name") == "name").drop("spelled_kind")


def _resolve(named: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Attach what the decorator names, and what stands before its last dot."""
    holders = named.filter(~named.is_name).select("file_id", node_id=named.named_id + 1)
    wanted = stack(named.select("file_id", node_id=named.named_id), holders)
    meant = meanings(wanted, name_resolutions, attribute_resolutions)
    same = (named.file_id == meant.file_id) & (named.named_id == meant.node_id)
    found = named.left_join(meant, same).select(
        named, *(meant[name] for name in TARGET_COLUMNS), own_candidates=meant.candidates
    )
    holder = meant.view()
    held = ibis.ifelse(found.is_name, None, found.named_id + 1)
    joined = found.left_join(holder, (found.file_id == holder.file_id) & (held == holder.node_id))
    return joined.select(
        found,
        holder_id=holder.target_id,
        is_certain=(ibis.coalesce(found.own_candidates, holder.candidates, 2) <= 1),
    ).drop("own_candidates", "is_name")


def _tell_meaning(decorators: Table, bindings: Table, ast_nodes: Table, name_resolutions: Table) -> Table:
    """Tell well-known decorators by what they stand for, and accessors by the property they are taken from."""
    direct = decorators.mutate(meaning=_well_known(outside_name(decorators)))
    decorated = direct.filter(direct.meaning.isin([*MEMBER_MEANINGS])).select(
        "repository", held_id=direct.definition_id, held_meaning=direct.meaning
    )
    held = stack(decorated, _property_bindings(bindings, ast_nodes, name_resolutions)).distinct()
    joined = direct.left_join(held, (direct.repository == held.repository) & (direct.holder_id == held.held_id))
    member = ibis.cases(
        *(
            ((held.held_meaning == holder) & direct.member.isin(members), direct.member)
            for holder, members in MEMBER_MEANINGS.items()
        )
    )
    own = (direct[name] for name in direct.columns if name != "meaning")
    return DECORATORS.select(joined.select(*own, meaning=ibis.coalesce(direct.meaning, member)))


@task(DECORATORS, stages=(_select_decorators, _attach_caller, _spell, _resolve, _tell_meaning))
def decorators(
    ast_nodes: Table,
    scope_nodes: Table,
    references: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    bindings: Table,
) -> Table:
    """One row per decorator, with what it decorates, when it is applied and what it stands for."""


def _well_known(name: StringValue) -> StringValue:
    return ibis.cases(*((name.isin(names), meaning) for meaning, names in WELL_KNOWN.items()))


def _property_bindings(bindings: Table, ast_nodes: Table, name_resolutions: Table) -> Table:
    """Variables whose value is a call of the builtin `property`."""
    calls = ast_nodes.filter((ast_nodes.kind == "Call") & (ast_nodes.field == "value"))
    built = name_resolutions.filter(
        (name_resolutions.target_kind == "builtin") & (name_resolutions.target_name == "property")
    )
    makes = calls.semi_join(built, (calls.file_id == built.file_id) & (calls.node_id + 1 == built.node_id))
    sites = bindings.filter(bindings.kind == "variable")
    found = sites.semi_join(makes, (sites.file_id == makes.file_id) & (sites.header_start == makes.parent_id))
    return found.select("repository", held_id=found.binding_id, held_meaning=ibis.literal("property"))
