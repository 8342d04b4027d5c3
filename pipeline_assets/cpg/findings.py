"""What built-in checks find: a few things that are wrong or of no use, where the evidence decides it."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg.rules.classes import incompatible_override
from pipeline_assets.cpg.rules.handlers import caught_expressions, known_classes, unreachable_except
from pipeline_assets.cpg.rules.names import RULES
from pipeline_assets.cpg.rules.names_bound import unbound_variable, unused_import
from pipeline_assets.cpg.rules.syntax import (
    assert_on_tuple,
    duplicate_key,
    is_literal,
    mutable_default,
    redefined_unused,
    unreachable_code,
)
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

SEVERITIES = ("error", "warning", "information")

FINDINGS = Contract(
    name="findings",
    layer="cpg",
    description="One row per place where a built-in rule finds something wrong or of no use, and rule.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("node_id", "int64", "The syntax node that it is found in."),
        Column(
            "rule",
            "string",
            "The rule. " + "; ".join(f"{rule}: {message}" for rule, (_, message) in RULES.items()) + ".",
            values=tuple(RULES),
        ),
        Column(
            "severity",
            "string",
            "error: it fails or is never what is meant; warning: likely a mistake; information: of no use.",
            values=SEVERITIES,
        ),
        Column("message", "string", "What is found."),
        LINE,
        BSTART,
        BEND,
    ),
    key=("node_id", "rule"),
    local=("node_id",),
    spans=(("bstart", "bend"),),
    references=(Reference("node_id", "ast_nodes", "node_id"),),
    query="SELECT rule, severity, count(*) AS places FROM findings GROUP BY ALL ORDER BY places DESC",
)


def _find_clauses(ast_nodes: Table) -> Table:
    """The expressions that clauses of a `try` name as classes, with the place of the clause."""
    return caught_expressions(ast_nodes)


def _name_classes(clauses: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table) -> Table:
    """Attach the class that each certainly is."""
    known = known_classes(clauses, name_resolutions, attribute_resolutions, definitions)
    same = [clauses.file_id == known.file_id, clauses.node_id == known.node_id]
    return clauses.left_join(known, same).select(clauses, known["class"])


def _ask_clauses(caught: Table, mro: Table) -> Table:
    """Apply the rule that ancestors of the classes which are caught before decide."""
    return _found("unreachable-except", unreachable_except(caught, mro))


def _ask_syntax(found: Table, ast_nodes: Table) -> Table:
    """Add what the shape of the syntax alone decides."""
    return stack(
        found,
        _found("unreachable-code", unreachable_code(ast_nodes)),
        _found("is-literal", is_literal(ast_nodes)),
        _found("assert-on-tuple", assert_on_tuple(ast_nodes)),
        _found("duplicate-key", duplicate_key(ast_nodes)),
    )


def _ask_definitions(
    found: Table,
    definitions: Table,
    ast_nodes: Table,
    decorators: Table,
    parameters: Table,
    call_sites: Table,
    name_resolutions: Table,
) -> Table:
    """Add what definitions and their defaults decide."""
    return stack(
        found,
        _found("redefined-unused", redefined_unused(definitions, ast_nodes, decorators)),
        _found("mutable-default", mutable_default(parameters, ast_nodes, call_sites, name_resolutions)),
    )


def _ask_names(
    found: Table,
    def_use: Table,
    reaching_defs: Table,
    imports: Table,
    bindings: Table,
    name_resolutions: Table,
    references: Table,
    scope_nodes: Table,
    type_exprs: Table,
) -> Table:
    """Add what names and the flow of values decide."""
    unused = unused_import(imports, bindings, name_resolutions, references, scope_nodes, type_exprs)
    return stack(
        found,
        _found("unbound-variable", unbound_variable(def_use, reaching_defs)),
        _found("unused-import", unused),
    )


def _ask_overrides(found: Table, overrides: Table, definitions: Table, parameters: Table, decorators: Table) -> Table:
    """Add what the methods that others replace decide."""
    return stack(
        found, _found("incompatible-override", incompatible_override(overrides, definitions, parameters, decorators))
    )


def _tell(found: Table, ast_nodes: Table) -> Table:
    """Say how grave each is and what it means, and where it is."""
    places = ast_nodes.filter(ast_nodes.bstart.notnull()).select("file_id", "node_id", "bstart", "bend", "line")
    placed = places.inner_join(found, [places.file_id == found.file_id, places.node_id == found.node_id]).select(
        found, places.bstart, places.bend, places.line
    )
    told = placed.mutate(
        severity=ibis.cases(*((placed.rule == rule, severity) for rule, (severity, _) in RULES.items())),
        message=ibis.cases(*((placed.rule == rule, message) for rule, (_, message) in RULES.items())),
    )
    return FINDINGS.select(told)


@task(
    FINDINGS,
    stages=(
        _find_clauses,
        _name_classes,
        _ask_clauses,
        _ask_syntax,
        _ask_definitions,
        _ask_names,
        _ask_overrides,
        _tell,
    ),
)
def findings(
    ast_nodes: Table,
    definitions: Table,
    decorators: Table,
    parameters: Table,
    call_sites: Table,
    name_resolutions: Table,
    def_use: Table,
    reaching_defs: Table,
    imports: Table,
    bindings: Table,
    references: Table,
    scope_nodes: Table,
    type_exprs: Table,
    attribute_resolutions: Table,
    mro: Table,
    overrides: Table,
) -> Table:
    """One row per place where a built-in rule finds something wrong or of no use, and rule."""


def _found(rule: str, places: Table) -> Table:
    return places.select("repository", "file_id", "node_id", rule=ibis.literal(rule))
