"""What the search reads of one repository: its syntax as arrays, and what the tables know of names and calls."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipeline_assets.products.flows.syntax import Ints, Syntax
from pipeline_assets.store.connection import rows_of

DATASETS = (
    "ast_nodes", "reaching_defs", "call_args", "call_targets", "call_sites", "implicit_targets", "parameters",
    "definitions", "name_resolutions", "attribute_resolutions", "bindings", "decorators", "mro", "types",
    "references", "files", "file_texts",
)  # fmt: skip
"""Datasets that a question reads."""

_QUERIES = {
    "nodes": "SELECT node_id, parent_id, kind, field, ordinal, name, ctx, scope_node, line, subtree_end, "
    "CASE WHEN kind = 'Constant' THEN value END AS value FROM ast_nodes WHERE {} ORDER BY node_id",
    "flows": "SELECT DISTINCT use_node_id, def_node_id, variable_kind, method, is_must FROM reaching_defs "
    "WHERE {} AND use_node_id IS NOT NULL AND def_node_id IS NOT NULL ORDER BY ALL",
    "arguments": "SELECT call_id, position, kind, name, place, value_id FROM call_args "
    "WHERE {} AND site = 'call' ORDER BY call_id, position",
    "targets": "SELECT call_id, target_id, target_name, target_kind, method, class_id FROM call_targets "
    "WHERE {} ORDER BY call_id, rank",
    "sites": "SELECT call_id, callee_id, shape, callee_text, symbol_name, receiver_id, qualified_name FROM call_sites "
    "WHERE {} ORDER BY call_id",
    "implicit": "SELECT site_node, way, target_id FROM implicit_targets "
    "WHERE {} AND way IN ('property', 'set_attribute', 'enter', 'binary', 'get_item') ORDER BY site_node, rank",
    "parameters": "SELECT parameter_id, definition_id, name, position, kind, default_id FROM parameters "
    "WHERE {} ORDER BY definition_id, position",
    "definitions": "SELECT definition_id, kind, name, qualname, pycg_name, class_id, is_generator, is_static_method, "
    "is_class_method FROM definitions WHERE {} ORDER BY definition_id",
    "names": "SELECT node_id, target_kind, target_id, target_module, target_name FROM name_resolutions "
    "WHERE {} AND ctx = 'load' ORDER BY node_id",
    "chains": "SELECT node_id, target_kind, target_id, target_module, target_name FROM attribute_resolutions "
    "WHERE {} ORDER BY node_id",
    "bindings": "SELECT binding_id, site_node, symbol_name, scope_node, kind FROM bindings "
    "WHERE {} AND kind NOT IN ('del', 'declaration') ORDER BY site_node",
    "decorators": "SELECT definition_id, named_id FROM decorators WHERE {} ORDER BY definition_id, position",
    "orders": "SELECT class_id, position, ancestor_id, ancestor_name FROM mro WHERE {} ORDER BY class_id, position",
    "types": "SELECT DISTINCT entity_id, class_name FROM types WHERE {} AND role = 'parameter' "
    "AND class_name IS NOT NULL AND NOT is_class_object AND class_id IS NULL ORDER BY ALL",
    "written": 'SELECT node_id, dotted, symbol_name FROM "references" '
    "WHERE {} AND kind = 'attribute' ORDER BY node_id",
    "files": "SELECT file_id, path FROM files WHERE {} ORDER BY file_id",
}


class Program:
    """One repository: rows of its syntax in preorder, and the tables as they are."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, repository: str) -> None:
        self.connection, self.repository = connection, repository
        self._tables: dict[str, pa.Table] = {}
        self.nodes = self.table("nodes")
        self.syntax = Syntax(self.nodes)
        self.count: int = self.syntax.count
        self.line: list[int | None] = self.nodes["line"].to_pylist()
        self.end: Ints = np.searchsorted(self.syntax.ids, self.nodes["subtree_end"].to_numpy())
        self.paths: dict[int, str] = dict(zip(*self.columns("files", "file_id", "path"), strict=True))

    def table(self, name: str) -> pa.Table:
        """A table of this repository, read once."""
        if name not in self._tables:
            chosen = "repository = '" + self.repository.replace("'", "''") + "'"
            self._tables[name] = rows_of(self.connection, _QUERIES[name].format(chosen)).combine_chunks()
        return self._tables[name]

    def columns(self, table: str, *names: str) -> list[list[Any]]:
        """Columns of a table as lists."""
        return [self.table(table)[name].to_pylist() for name in names]

    def rows(self, table: str, column: str) -> list[int]:
        """The rows of the syntax that a column names; -1 where there is none."""
        found: list[int] = self.syntax.rows(self.table(table)[column]).tolist()
        return found

    @cached_property
    def parent(self) -> list[int]:
        """The row above each row."""
        found: list[int] = self.syntax.parent.tolist()
        return found

    @cached_property
    def kinds(self) -> list[str]:
        """The class of each row."""
        found: list[str] = self.nodes["kind"].to_pylist()
        return found

    @cached_property
    def fields(self) -> list[str | None]:
        """The field of its parent that each row stands in."""
        found: list[str | None] = self.nodes["field"].to_pylist()
        return found

    @cached_property
    def contexts(self) -> list[str | None]:
        """Operators and contexts by row."""
        found: list[str | None] = self.nodes["ctx"].to_pylist()
        return found

    @cached_property
    def owners(self) -> dict[int, int]:
        """The function of each parameter."""
        return dict(zip(self.rows("parameters", "parameter_id"), self.rows("parameters", "definition_id"), strict=True))

    @cached_property
    def is_load(self) -> list[bool]:
        """Which rows are read."""
        found: list[bool] = self.syntax.is_load.tolist()
        return found

    @cached_property
    def fields_of(self) -> dict[int, list[str]]:
        """Annotated names of class bodies, in order."""
        found: dict[int, list[str]] = {}
        syntax = self.syntax
        targets = syntax.under(np.flatnonzero(syntax.in_field("target")), "AnnAssign")
        for row in targets.tolist():
            scope = int(syntax.scope[row])
            if scope >= 0 and self.kinds[scope] == "ClassDef" and syntax.names[row]:
                found.setdefault(scope, []).append(syntax.names[row] or "")
        return found

    def function_around(self, row: int) -> int:
        """The function, lambda, class or module whose code a row is part of."""
        scope = int(self.syntax.scope[row])
        while scope >= 0 and self.kinds[scope] in ("ListComp", "SetComp", "DictComp", "GeneratorExp"):
            scope = int(self.syntax.scope[scope])
        return scope

    def label(self, row: int) -> str:
        """The label of the item that a subscript's key names: `['key']`, `[0]`, or `[]` when it is computed."""
        text = self.syntax.values[row] if row >= 0 else None
        if text is not None:
            return f"[{text}]"
        if row >= 0 and self.kinds[row] == "UnaryOp" and row + 1 < self.count and self.syntax.values[row + 1]:
            return f"[-{self.syntax.values[row + 1]}]"
        return "[]"
