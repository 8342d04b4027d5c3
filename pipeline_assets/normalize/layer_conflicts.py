"""Where two layers that read the same file do not agree."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

LAYER_CONFLICTS = Contract(
    name="layer_conflicts",
    layer="normalize",
    description="One row per disagreement between two layers about one file.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column(
            "code",
            "string",
            "only_tree_sitter_accepts: CPython's parser refuses what fits tree-sitter's grammar; only_ast_accepts: the "
            "other way round; only_in_symtable, only_in_bytecode: a variable of a code unit that only one of the two "
            "knows, or knows as what it is (local, cell or free); only_ruff_accepts, only_ruff_refuses: Ruff's parser "
            "and CPython's do not agree.",
            values=(
                *("only_tree_sitter_accepts", "only_ast_accepts", "only_in_symtable", "only_in_bytecode"),
                *("only_ruff_accepts", "only_ruff_refuses"),
            ),
        ),
        Column("place", "int64", "The scope's syntax node; 0 for the file as a whole."),
        Column("detail", "string", "The variable and what it is, or what the layer that refuses says."),
        Column("line", "int32", "Line that the layer that refuses names, from 1.", nullable=True),
        Column("col", "int32", "Column there in characters, from 1.", nullable=True),
        Column("bstart", "int32", "First byte of the scope's statement or expression.", nullable=True),
        Column("bend", "int32", "Byte after its last.", nullable=True),
    ),
    key=("file_id", "code", "place", "detail"),
    spans=(("bstart", "bend"),),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT code, count(*) AS conflicts FROM layer_conflicts GROUP BY code",
)

VERDICTS = (
    ("tree_sitter", "only_tree_sitter_accepts", "only_ast_accepts"),
    ("ruff", "only_ruff_accepts", "only_ruff_refuses"),
)
"""Layers that read the same grammar; what it is called when they accept what CPython refuses, and the other way."""

VARIABLES = {"cellvars": "cell", "freevars": "free", "varnames": "local"}
"""Where a code unit lists its variables, and what the symbol table calls them."""

COMPILERS_OWN = ("__class__", "__classdict__", "__conditional_annotations__")
"""Cells of class bodies that the compiler adds."""

OPTIMIZED = ("function", "lambda", "comprehension")
"""Scopes whose local variables a code unit lists; others keep them in a dictionary."""


def _list_compiled(code_units: Table, unit_scopes: Table, scope_nodes: Table) -> Table:
    """The variables of every code unit, with its scope in the symbol table."""
    return _compiled_variables(_units(code_units, unit_scopes, scope_nodes))


def _compare_variables(compiled: Table, symbols: Table, unit_scopes: Table, scope_nodes: Table) -> Table:
    """Keep those that the symbol table does not have of the scope, and add those that it alone has."""
    declared = _declared_variables(symbols, unit_scopes, scope_nodes)
    return stack(
        _missing(_without_passed_on(compiled, symbols.view()), declared).mutate(code=ibis.literal("only_in_bytecode")),
        _missing(declared.view(), compiled.view()).mutate(code=ibis.literal("only_in_symtable")),
    )


def _place_variables(differing: Table, ast_nodes: Table) -> Table:
    """Say what differs, and where."""
    nodes = ast_nodes.select("file_id", "node_id", "bstart", "bend")
    placed = differing.left_join(
        nodes, (differing.file_id == nodes.file_id) & (differing.place == nodes.node_id)
    ).select(differing, nodes.bstart, nodes.bend)
    return placed.select(
        "repository",
        "file_id",
        "code",
        "place",
        "bstart",
        "bend",
        detail=placed.variable_kind + " " + placed.variable,
        line=ibis.null("int32"),
        col=ibis.null("int32"),
    )


def _compare_verdicts(found: Table, extract_status: Table) -> Table:
    """Add where tree-sitter's grammar or Ruff's parser accepts what CPython's does not, or the other way round."""
    verdicts = stack(*(_differing_verdicts(extract_status, *codes) for codes in VERDICTS))
    return LAYER_CONFLICTS.select(stack(verdicts, found.select(*verdicts.columns)))


@task(LAYER_CONFLICTS, stages=(_list_compiled, _compare_variables, _place_variables, _compare_verdicts))
def layer_conflicts(
    code_units: Table,
    unit_scopes: Table,
    scope_nodes: Table,
    symbols: Table,
    ast_nodes: Table,
    extract_status: Table,
) -> Table:
    """One row per disagreement between two layers about one file."""


def _differing_verdicts(extract_status: Table, layer: str, accepts: str, refuses: str) -> Table:
    """Files that CPython's parser and another take differently; what the other says is in its status."""
    cpython = extract_status.filter((extract_status.layer == "ast") & extract_status.status.isin(["ok", "failed"]))
    concrete = extract_status.filter((extract_status.layer == layer) & (extract_status.status == "ok")).view()
    both = cpython.inner_join(concrete, cpython.file_id == concrete.file_id).select(
        cpython,
        other_class=concrete.error_class,
        other_message=concrete.message,
        other_line=concrete.line,
        other_col=concrete.col,
    )
    is_refused = both.status == "failed"
    differing = both.filter(is_refused == both.other_class.isnull())
    is_refused = differing.status == "failed"
    return differing.select(
        "repository",
        "file_id",
        code=ibis.ifelse(is_refused, accepts, refuses),
        place=ibis.literal(0, "int64"),
        detail=ibis.ifelse(is_refused, differing.message, differing.other_message).fill_null(""),
        line=ibis.ifelse(is_refused, differing.line, differing.other_line),
        col=ibis.ifelse(is_refused, differing.col, differing.other_col),
        bstart=ibis.null("int32"),
        bend=ibis.null("int32"),
    )


def _units(code_units: Table, unit_scopes: Table, scope_nodes: Table) -> Table:
    """Code units with their scope in the symbol table."""
    placed = code_units.inner_join(
        unit_scopes,
        (code_units.file_id == unit_scopes.file_id) & (code_units.code_unit_id == unit_scopes.code_unit_id),
    ).select(code_units, unit_scopes.scope_node, unit_scopes.role)
    known = scope_nodes.filter(scope_nodes.scope_id.notnull())
    same = (placed.file_id == known.file_id) & (placed.scope_node == known.node_id) & (placed.role == known.role)
    return placed.inner_join(known, same).select(placed, known.scope_id, scope_kind=known.kind)


def _compiled_variables(units: Table) -> Table:
    """The variables of each code unit; parameters that are cells are listed as local, too."""
    listed = stack(
        *(
            units.select(
                "repository",
                "file_id",
                "scope_id",
                "scope_kind",
                "cellvars",
                place=units.scope_node,
                variable=units[column].split(",").unnest(),
                variable_kind=ibis.literal(kind),
            )
            for column, kind in VARIABLES.items()
        )
    )
    is_own = listed.variable.isin(COMPILERS_OWN) & (listed.scope_kind == "class")
    is_cell = ("," + listed.cellvars + ",").contains("," + listed.variable + ",")
    is_local = listed.variable_kind == "local"
    counted = ~is_local | (~is_cell & listed.scope_kind.isin(OPTIMIZED))
    kept = listed.filter((listed.variable != "") & ~is_own & counted)
    return kept.select("repository", "file_id", "scope_id", "place", "variable", "variable_kind")


def _declared_variables(symbols: Table, unit_scopes: Table, scope_nodes: Table) -> Table:
    """The same of the symbol table, for scopes that have a code unit of their own."""
    known = scope_nodes.filter(scope_nodes.scope_id.notnull())
    same = (known.file_id == unit_scopes.file_id) & (known.node_id == unit_scopes.scope_node)
    scopes = known.semi_join(unit_scopes, same & (known.role == unit_scopes.role))
    bound = symbols.filter(symbols.scope_class.isin([*VARIABLES.values()]))
    found = bound.inner_join(scopes, (bound.file_id == scopes.file_id) & (bound.scope_id == scopes.scope_id)).select(
        bound.repository,
        bound.file_id,
        bound.scope_id,
        scope_kind=scopes.kind,
        place=scopes.node_id,
        variable=bound.name,
        variable_kind=bound.scope_class,
    )
    counted = found.filter((found.variable_kind != "local") | found.scope_kind.isin(OPTIMIZED))
    return counted.drop("scope_kind")


def _without_passed_on(compiled: Table, symbols: Table) -> Table:
    """Without free variables that a class only passes on to its methods while it binds the name itself.

    The compiler lists them; the symbol table tells one thing of a name, which is that the class binds it. In other
    scopes what is bound is never free.
    """
    own = symbols.filter(symbols.scope_class == "local")
    free = ibis.ifelse(compiled.variable_kind == "free", compiled.variable, None)
    same = (compiled.file_id == own.file_id) & (compiled.scope_id == own.scope_id) & (free == own.name)
    return compiled.anti_join(own, same)


def _missing(those: Table, others: Table) -> Table:
    same = (
        (those.file_id == others.file_id)
        & (those.scope_id == others.scope_id)
        & (those.variable == others.variable)
        & (those.variable_kind == others.variable_kind)
    )
    return those.anti_join(others, same)
