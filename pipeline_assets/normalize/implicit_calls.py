"""Every place where Python calls a method without call syntax."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded
from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.inference.contract import FILE_SHIFT, Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY
from pipeline_assets.normalize.implicit.calls import Calls
from pipeline_assets.normalize.implicit.iteration import (
    add_contexts,
    add_formats,
    add_loops,
    add_suspensions,
    add_unpackings,
)
from pipeline_assets.normalize.implicit.operators import add_comparisons, add_hashes, add_operators, add_subscripts
from pipeline_assets.normalize.implicit.patterns import add_patterns
from pipeline_assets.normalize.implicit.statements import (
    add_classes,
    add_decorations,
    add_exception_groups,
    add_imports,
)
from pipeline_assets.normalize.implicit.trees import MARKS, Rows, Trees, constant_rows, unevaluated_rows
from pipeline_assets.normalize.implicit.truth import add_truth_tests
from pipeline_assets.pipes import graph_task

KINDS = (
    "binary",
    "augmented",
    "unary",
    "comparison",
    "containment",
    "truth",
    "get_item",
    "set_item",
    "delete_item",
    "iterate",
    "next",
    "length_hint",
    "mapping",
    "hash",
    "format",
    "enter",
    "exit",
    "await",
    "delegate",
    "decorator",
    "class",
    "import",
    "exception_group",
    "length",
    "instance_check",
    "match_args",
)

IMPLICIT_CALLS = Contract(
    name="implicit_calls",
    layer="normalize",
    description="One row per call that Python makes without call syntax, with the methods it tries in order.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("implicit_call_id", "int64", "The call: file, family 15, place in the file."),
        Column("site_node", "int64", "The syntax node that makes it: operator, statement, comprehension, pattern …"),
        Column("position", "int32", "Place among the calls of its site, counted from 0, as they are made."),
        Column("kind", "string", "What is done.", values=KINDS),
        Column(
            "methods",
            "string",
            "The methods that are looked up, joined by commas: each is tried only if those before it are missing or "
            "give NotImplemented. Reflected methods (`__radd__`, the second of a comparison) are the other operand's.",
        ),
        Column(
            "operand_id",
            "int64",
            "The expression whose value's type has the methods; null where no expression has it: an item, an iterator.",
            nullable=True,
        ),
        Column("other_id", "int64", "The other operand, index, value, or decorated definition.", nullable=True),
        Column("caller_id", "int64", "The function, class, lambda or module whose code makes the call."),
        Column("scope_node", "int64", "Node of the scope in which it is made."),
        Column(
            "is_certain",
            "boolean",
            "Whether the first method is looked up whatever the operand is; false: some operands or values only.",
        ),
        Column(
            "target_id",
            "int64",
            "The definition that is called, where the operand's class is known without types.",
            nullable=True,
        ),
        LINE,
        BSTART,
        BEND,
    ),
    key=("implicit_call_id",),
    local=("implicit_call_id", "site_node", "operand_id", "other_id", "caller_id", "scope_node"),
    spans=(("bstart", "bend"),),
    references=(
        Reference("site_node", "ast_nodes", "node_id"),
        Reference("operand_id", "ast_nodes", "node_id"),
        Reference("other_id", "ast_nodes", "node_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("target_id", "definitions", "definition_id"),
    ),
    query="SELECT kind, methods, count(*) AS calls FROM implicit_calls GROUP BY ALL ORDER BY calls DESC",
)


def _select_syntax(ast_nodes: Table, scope_nodes: Table) -> dict[str, Table]:
    """Project the syntax trees, and the definition whose code each scope is."""
    number = ibis.ifelse(ast_nodes.value_kind.isin(["conversion", "is_async"]), ast_nodes.value, None)
    mark = ibis.cases(
        (ast_nodes.name.isnull(), -1), *((ast_nodes.name == name, mark) for name, mark in MARKS.items()), else_=0
    )
    body = scope_nodes.filter(scope_nodes.role == "body")
    return {
        "nodes": ast_nodes.select(
            "node_id",
            "file_id",
            "parent_id",
            "subtree_end",
            "scope_node",
            "kind",
            "field",
            "ctx",
            "line",
            "bstart",
            "bend",
            "repository",
            ordinal=ast_nodes.ordinal.fill_null(0),
            mark=mark.cast("int8"),
            number=number.cast("int32").fill_null(-1),
            has_alias=ast_nodes["alias"].notnull(),
        ),
        "scopes": body.select("node_id", "file_id", "definition_id"),
    }


def _find_calls(inputs: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], Calls]:
    """Find the calls that each construct makes."""
    calls = Calls(Trees(inputs["nodes"]))
    constant = constant_rows(calls.trees)
    add_operators(calls, constant)
    add_comparisons(calls)
    add_subscripts(calls, constant)
    add_hashes(calls, constant)
    add_truth_tests(calls, constant)
    add_loops(calls)
    add_unpackings(calls)
    add_formats(calls, constant)
    add_suspensions(calls)
    add_contexts(calls)
    add_patterns(calls)
    add_decorations(calls)
    add_classes(calls)
    add_imports(calls)
    add_exception_groups(calls)
    return inputs, calls


def _tabulate(found: tuple[dict[str, pa.Table], Calls]) -> pa.Table:
    """Order the calls by site, leave out annotations that are never evaluated, and give ids."""
    inputs, calls = found
    nodes, trees = inputs["nodes"], calls.trees
    site = calls.column("site")
    order = np.lexsort((calls.column("order"), site))
    order = order[~unevaluated_rows(trees)[site[order]]]
    site, at = site[order], calls.column("at")[order]
    scopes = trees.ids[trees.scope[at]]
    file_ids, counts = np.unique(trees.ids[site] >> FILE_SHIFT, return_counts=True)
    kinds, kind_names = calls.texts("kind")
    methods, method_names = calls.texts("methods")
    columns = {
        "repository": nodes["repository"].take(pa.array(site)),
        "file_id": np.repeat(file_ids, counts),
        "implicit_call_id": row_ids(file_ids, counts, FACT),
        "site_node": trees.ids[site],
        "position": _places(site),
        "kind": coded(kinds[order], kind_names).dictionary_decode(),
        "methods": coded(methods[order], method_names).dictionary_decode(),
        "operand_id": _ids(trees, calls.column("operand")[order]),
        "other_id": _ids(trees, calls.column("other")[order]),
        "caller_id": _callers(inputs["scopes"], scopes),
        "scope_node": scopes,
        "is_certain": calls.column("is_certain").astype(bool)[order],
        "target_id": _or_null(calls.column("target")[order]),
        **{name: nodes[name].take(pa.array(at)) for name in ("line", "bstart", "bend")},
    }
    return pa.table({name: columns[name] for name in IMPLICIT_CALLS.names})


@graph_task(IMPLICIT_CALLS, stages=(_select_syntax, _find_calls, _tabulate), by="file_id", batch=400_000)
def implicit_calls(ast_nodes: Table, scope_nodes: Table) -> Table:
    """One row per call that Python makes without call syntax, with the methods it tries in order."""


def _places(site: Rows) -> pa.Array:
    """The place of each row among those of its site, which are next to each other."""
    rows = np.arange(len(site))
    starts = np.flatnonzero(np.append(True, site[1:] != site[:-1])[: len(site)])
    first = np.repeat(starts, np.diff(np.append(starts, len(site))))
    return pa.array((rows - first).astype(np.int32))


def _ids(trees: Trees, rows: Rows) -> pa.Array:
    return pa.array(trees.ids[rows], mask=rows < 0)


def _or_null(ids: Rows) -> pa.Array:
    return pa.array(ids, mask=ids < 0)


def _callers(scopes: pa.Table, wanted: Rows) -> pa.Array:
    """The definition whose code each scope is."""
    ids = scopes["node_id"].to_numpy()
    order = np.argsort(ids)
    found = order[np.searchsorted(ids, wanted, sorter=order)]
    return pa.array(scopes["definition_id"].to_numpy()[found])
