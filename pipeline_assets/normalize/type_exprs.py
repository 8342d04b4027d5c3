"""Type expressions with what their names stand for."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.annotations.expressions import FORMS, STATUSES
from pipeline_assets.normalize.annotations.lookup import (
    bind_names,
    follow_attributes,
    look_beyond,
    place_texts,
)
from pipeline_assets.normalize.annotations.positions import EVALUATIONS, POSITIONS
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY, TARGET_KIND_MEANING, TARGET_KINDS
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

TYPE_EXPRS = Contract(
    name="type_exprs",
    layer="normalize",
    description=(
        "One row per type expression and per type expression inside it, those that strings and comments say included, "
        "with what its name stands for."
    ),
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("type_id", "int64", "The type expression: the file's id, then its place among all of the file."),
        Column("root_id", "int64", "The whole that it is part of, or is."),
        Column("parent_type", "int64", "The type expression directly around it; null for a whole.", nullable=True),
        Column("depth", "int32", "Number of type expressions around it: 0 for a whole."),
        Column("ordinal", "int32", "Place among those directly inside the same one, from 0."),
        Column("node_id", "int64", "Its syntax node: inside a string the string's, in a comment what it describes."),
        Column(
            "owner_id",
            "int64",
            "What has the type: a parameter, a function (what it returns), a target, a class (its base), a type "
            "parameter, the name of an alias; the call for `cast`.",
        ),
        Column(
            "position",
            "string",
            "What the whole is there for. parameter, return, variable, attribute: of these; alias: a name for the "
            "type; bound, constraint, default: of a type parameter; new_type: what `NewType` is made of; cast: of "
            "`cast` and `assert_type`; base: a subscripted base of a class; signature: a comment for a function that "
            "does not fit it.",
            values=POSITIONS,
        ),
        Column(
            "form",
            "string",
            "What is written. name: a name, perhaps dotted; subscript: one with brackets; union: joined by `|`; "
            "unpacking: `*Ts`; list, tuple: of types; other: no type expression.",
            values=FORMS,
        ),
        Column("is_string", "boolean", "Whether a string says it."),
        Column("is_comment", "boolean", "Whether a type comment says it."),
        Column("text", "string", "As written, quotes included."),
        Column(
            "canonical",
            "string",
            "In the interpreter's own spelling; of a string, what it says. Null where nothing can be parsed.",
            nullable=True,
        ),
        Column("type_text", "string", "The same, strings inside replaced by what they say.", nullable=True),
        Column("dotted", "string", "Dotted name that it is, or that is subscripted.", nullable=True),
        Column("head_node", "int64", "Syntax node of that name; null in strings and comments.", nullable=True),
        Column(
            "implied",
            "string",
            "Builtin classes that it means without naming them, joined by commas: of the values of `Literal`, None "
            "for `Optional`.",
            nullable=True,
        ),
        Column(
            "member",
            "int32",
            "Place among what the whole comes down to when unions, `Optional`, `Annotated`, `ClassVar` and the like "
            "are opened, from 0; null for what is around or inside those.",
            nullable=True,
        ),
        Column("target_kind", "string", f"What the head stands for. {TARGET_KIND_MEANING}.", True, TARGET_KINDS),
        Column("target_id", "int64", "The definition, module or binding; null when it has none here.", nullable=True),
        Column("target_module", "string", "Module that holds the target, or is it.", nullable=True),
        Column("target_name", "string", "Its name there; null for a module.", nullable=True),
        Column(
            "resolved_target",
            "string",
            "Dotted name of what the head stands for; null when that is unknown.",
            nullable=True,
        ),
        Column(
            "status",
            "string",
            "ok; not_a_type: Python, but no type expression; unparsable: the text of a string or comment is no Python; "
            "empty: a string that says nothing; arity: a comment for another number of parameters or targets.",
            values=STATUSES,
        ),
        Column("reason", "string", "Class of the syntax that is no type, or of the parser's error.", nullable=True),
        Column(
            "evaluation",
            "string",
            "evaluated: when the statement runs; deferred: when it is asked for, if ever (strings, PEP 563, PEP 695); "
            "never: comments, variables of functions.",
            values=EVALUATIONS,
        ),
        Column("scope_node", "int64", "Node of the scope in which the whole stands."),
        Column("bstart", "int32", "First byte; null inside strings that do not spell their text out.", nullable=True),
        Column("bend", "int32", "Byte after the last.", nullable=True),
        Column("head_bstart", "int32", "First byte of the head.", nullable=True),
        Column("head_bend", "int32", "Byte after its last.", nullable=True),
    ),
    key=("type_id",),
    local=("type_id", "root_id", "parent_type", "node_id", "owner_id", "head_node", "scope_node"),
    spans=(("bstart", "bend"), ("head_bstart", "head_bend")),
    references=(
        Reference("root_id", "type_exprs", "type_id"),
        Reference("parent_type", "type_exprs", "type_id"),
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("owner_id", "ast_nodes", "node_id"),
    ),
    query=(
        "SELECT resolved_target, count(*) AS uses FROM type_exprs WHERE status = 'ok' GROUP BY 1 ORDER BY uses DESC "
        "LIMIT 20"
    ),
)

_TARGET = ("target_kind", "target_id", "target_module", "target_name")


def _place_texts(type_syntax: Table, scope_nodes: Table) -> Table:
    """The names that strings and comments say, with the scope that each is looked up in."""
    return place_texts(type_syntax.filter(type_syntax.dotted.notnull() & type_syntax.head_node.isnull()), scope_nodes)


def _bind_names(placed: Table, bindings: Table, scope_nodes: Table, binding_targets: Table) -> Table:
    """Attach what the innermost scope around knows by each name's first part."""
    return bind_names(placed, bindings, scope_nodes, binding_targets)


def _look_beyond(named: Table, modules: Table, exports: Table, environment_names: Table) -> Table:
    """What nothing in the file binds may come by a star import or be a submodule; builtins come last."""
    return look_beyond(named, modules, exports, environment_names)


def _follow_attributes(
    names: Table, exports: Table, scope_nodes: Table, bindings: Table, binding_targets: Table
) -> Table:
    """Walk the rest of each dotted name; what cannot be followed has no target."""
    return follow_attributes(names, exports, scope_nodes, bindings, binding_targets)


def _add_code(said: Table, type_syntax: Table, name_resolutions: Table, attribute_resolutions: Table) -> Table:
    """Add what the names in code resolve to."""
    coded = type_syntax.filter(type_syntax.head_node.notnull()).select("repository", "type_id", "head_node")
    meant = [
        table.semi_join(coded, (table.repository == coded.repository) & (table.node_id == coded.head_node)).select(
            "repository", "node_id", *_TARGET
        )
        for table in (name_resolutions.filter(name_resolutions.target_kind.notnull()), attribute_resolutions)
    ]
    meant_in_code = stack(*meant)
    in_code = coded.inner_join(
        meant_in_code,
        (coded.repository == meant_in_code.repository) & (coded.head_node == meant_in_code.node_id),
    ).select(coded.repository, coded.type_id, *(meant_in_code[name] for name in _TARGET))
    return stack(in_code, said.select("repository", "type_id", *_TARGET))


def _fill_targets(found: Table, type_syntax: Table) -> Table:
    """Attach the targets to all type expressions; what is unknown has none."""
    joined = type_syntax.left_join(
        found, (type_syntax.repository == found.repository) & (type_syntax.type_id == found.type_id)
    )
    return joined.select(type_syntax, *(found[name] for name in _TARGET))


def _name_targets(found: Table) -> Table:
    """Spell the target as one dotted name."""
    is_known = found.target_kind.notnull() & (found.target_kind != "missing")
    dotted = found.target_module + ibis.coalesce(ibis.literal(".") + found.target_name, "")
    return found.mutate(resolved_target=ibis.ifelse(is_known, dotted, None))


def _place_spans(found: Table) -> Table:
    """Keep spans whole: an expression without a first byte has no last one."""
    return TYPE_EXPRS.select(
        found.mutate(
            bend=ibis.ifelse(found.bstart.isnull(), None, found.bend),
            head_bend=ibis.ifelse(found.head_bstart.isnull(), None, found.head_bend),
        )
    )


@task(
    TYPE_EXPRS,
    stages=(
        _place_texts,
        _bind_names,
        _look_beyond,
        _follow_attributes,
        _add_code,
        _fill_targets,
        _name_targets,
        _place_spans,
    ),
)
def type_exprs(
    type_syntax: Table,
    name_resolutions: Table,
    attribute_resolutions: Table,
    scope_nodes: Table,
    bindings: Table,
    binding_targets: Table,
    modules: Table,
    exports: Table,
    environment_names: Table,
) -> Table:
    """One row per type expression and per type expression inside it, with what its name stands for."""
