"""What the analysis knows of one repository beside its syntax: definitions, members, imports and arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline_assets.cpg.points_to.syntax import Ints, Syntax, texts

Key = tuple[Any, ...]
NOTHING: frozenset[int] = frozenset()
"""What a variable holds at first."""


@dataclass(slots=True)
class Parameter:
    """A parameter: its row, name and kind."""

    row: int
    name: str
    kind: str


@dataclass(slots=True)
class Function:
    """A function or lambda, and what calling it needs to know."""

    row: int
    name: str
    class_row: int
    is_async: bool
    is_generator: bool
    is_static: bool
    is_class_method: bool
    parameters: list[Parameter] = field(default_factory=list)
    passed_on: set[int] = field(default_factory=set)
    stores: list[tuple[int, str]] = field(default_factory=list)
    ordered: list[Parameter] = field(default_factory=list)
    """Those that arguments without a name go to."""
    by_name: dict[str, int] = field(default_factory=dict)
    rest: Parameter | None = None
    """`*args`."""
    others: Parameter | None = None
    """`**options`."""
    inner: bool = False
    """Whether it reads parameters of functions around it, or makes functions that do."""
    own: int = -1
    """The row of a method's first parameter, which objects of its class go to."""
    defaults: list[tuple[int, int]] = field(default_factory=list)
    """Rows of parameters, and of what they hold when a call leaves them out."""

    def is_rest(self, parameter: int) -> bool:
        """Whether a parameter takes what no other one takes."""
        return any(each is not None and each.row == parameter for each in (self.rest, self.others))

    def add(self, parameter: Parameter) -> None:
        """One more parameter, in the order in which they are written."""
        if not self.parameters and self.class_row >= 0 and not self.is_static:
            self.own = parameter.row
        self.parameters.append(parameter)
        if parameter.kind in ("positional_only", "positional_or_keyword"):
            self.ordered.append(parameter)
        if parameter.kind in ("positional_or_keyword", "keyword_only"):
            self.by_name[parameter.name] = parameter.row
        elif parameter.kind == "var_positional":
            self.rest = self.rest or parameter
        elif parameter.kind == "var_keyword":
            self.others = self.others or parameter


@dataclass(slots=True)
class Call:
    """A call, written or implied: where, what is called, with what, and where the result goes."""

    site: int
    callee: int
    way: str
    positional: list[int] = field(default_factory=list)
    named: list[tuple[str, int]] = field(default_factory=list)
    star: int = -1
    double_star: int = -1
    result: int = -1


class Program:
    """One repository: variables are the rows of its syntax, and numbers beyond them for what has no row."""

    def __init__(self, inputs: Mapping[str, pa.Table]) -> None:
        self.inputs = inputs
        self.syntax = Syntax(inputs["nodes"])
        self.extra: dict[Key, int] = {}
        self.held = [NOTHING] * self.syntax.count
        """The objects of each variable; sets are shared."""
        self.functions: dict[int, Function] = {}
        self.class_rows: set[int] = set()
        self.parents: dict[int, int] = {}
        self._read_definitions()
        self._read_modules()
        self.orders = self._read_orders()
        self.members: dict[int, dict[str, list[int]]] = self._read_members()
        self.subclasses = self._find_subclasses()
        self.mangled = self._read_mangled()
        self.environment = set(inputs["environment"]["name"].to_pylist())

    def variable(self, *key: Any) -> int:
        """The number of a variable that has no row."""
        number = self.extra.get(key)
        if number is None:
            number = self.extra[key] = len(self.held)
            self.held.append(NOTHING)
        return number

    def attributes(self, rows: Ints) -> list[str]:
        """The names of attributes as the compiler looks them up."""
        found = zip(rows.tolist(), self.syntax.names(rows), strict=True)
        return [self.mangled.get(row) or name or "" for row, name in found]

    def _read_definitions(self) -> None:
        table = self.inputs["definitions"]
        rows = self.syntax.rows(table["definition_id"]).tolist()
        classes = self.syntax.rows(table["class_id"]).tolist()
        parents = self.syntax.rows(table["parent_id"]).tolist()
        columns = [
            table[name].to_pylist() for name in ("kind", "name", "is_generator", "is_static_method", "is_class_method")
        ]
        for row, class_row, parent, kind, name, generates, static, of_class in zip(
            rows, classes, parents, *columns, strict=True
        ):
            self.parents[row] = parent
            if kind == "class":
                self.class_rows.add(row)
            elif kind != "module":
                is_async = kind == "async_function"
                static = static and name != "__new__"
                self.functions[row] = Function(row, name, class_row, is_async, generates, static, of_class)
        table = self.inputs["parameters"].sort_by("parameter_id")
        of = self.syntax.rows(table["definition_id"]).tolist()
        rows = self.syntax.rows(table["parameter_id"]).tolist()
        found = zip(table["position"].to_pylist(), of, rows, *(texts(table[n]) for n in ("name", "kind")), strict=True)
        for _, owner, row, name, kind in sorted(found, key=lambda each: (each[1], each[0])):
            self.functions[owner].add(Parameter(row, name, kind))

    def _read_modules(self) -> None:
        table = self.inputs["modules"]
        rows = self.syntax.rows(table["node_id"]).tolist()
        # Of several files for a module the interpreter takes a package before a module, and stubs never.
        columns = (table[name].to_pylist() for name in ("is_stub", "is_package", "module"))
        found = sorted(zip(*columns, rows, strict=True), key=lambda each: (not each[0], each[1], -each[3]))
        self.modules: dict[str, int] = {module: row for _, _, module, row in found}
        self.module_names = {row: module for _, _, module, row in found if row >= 0}
        table = self.inputs["exports"]
        columns = (texts(table[name]) for name in ("module", "name", "target_kind", "target_module", "target_name"))
        self.exports = {(module, name): found for module, name, *found in zip(*columns, strict=True)}

    def _read_orders(self) -> dict[int, list[tuple[int, str]]]:
        table = self.inputs["mro"].sort_by([("class_id", "ascending"), ("position", "ascending")])
        found: dict[int, list[tuple[int, str]]] = {}
        rows = self.syntax.rows(table["class_id"]).tolist()
        ancestors = self.syntax.rows(table["ancestor_id"]).tolist()
        for row, ancestor, name in zip(rows, ancestors, texts(table["ancestor_name"]), strict=True):
            found.setdefault(row, []).append((ancestor, name))
        return found

    def _find_subclasses(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for row, order in self.orders.items():
            for ancestor, _ in order[1:]:
                if ancestor >= 0:
                    found.setdefault(ancestor, []).append(row)
        return found

    def overriding(self, class_row: int, name: str) -> list[int]:
        """The subclasses of a class that define a method of that name."""
        below = self.subclasses.get(class_row, ())
        return [row for row in below if any(site in self.functions for site in self.members.get(row, {}).get(name, ()))]

    def _read_members(self) -> dict[int, dict[str, list[int]]]:
        """Sites of the variables of modules and classes that hold at the end of their code, by scope and name."""
        table = self.inputs["bindings"].sort_by("site_node")
        scopes = self.syntax.rows(table["scope_node"]).tolist()
        inside = np.equal(table["scope_node"].to_numpy(), table["site_scope"].to_numpy())
        certain = (table["branch_id"].is_null().to_numpy() & inside).tolist()
        sites = self.syntax.rows(table["site_node"]).tolist()
        found: dict[int, dict[str, list[int]]] = {}
        outer: dict[int, dict[str, list[int]]] = {}
        for scope, name, site, is_certain, is_inside in zip(
            scopes, texts(table["symbol_name"]), sites, certain, inside.tolist(), strict=True
        ):
            if site < 0:
                continue
            names = (found if is_inside else outer).setdefault(scope, {})
            if is_certain or name not in names:
                names[name] = [site]
            else:
                names[name].append(site)
        for scope, names in outer.items():
            for name, more in names.items():
                found.setdefault(scope, {}).setdefault(name, []).extend(more)
        return found

    def _read_mangled(self) -> dict[int, str]:
        table = self.inputs["mangled"]
        return dict(zip(self.syntax.rows(table["node_id"]).tolist(), table["symbol_name"].to_pylist(), strict=True))


def rows_of(syntax: Syntax, table: pa.Table, *columns: str) -> tuple[Ints, ...]:
    """The rows that each column's ids stand for."""
    return tuple(syntax.rows(table[column]) for column in columns)
