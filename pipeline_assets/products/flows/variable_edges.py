"""Steps of variables: definitions to uses, closures, globals of this and other modules, attributes of `self`."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pipeline_assets.products.flows.edges import CHANNEL, Edges
from pipeline_assets.products.flows.program import Program

_INLINE = ("ListComp", "SetComp", "DictComp", "GeneratorExp")


class Variables:
    """Definitions by use, what stands for whole variables, and which names are `self`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.definitions_of: dict[int, tuple[int, ...]] = {}
        self.uses_of: dict[int, list[int]] = {}
        self.number = program.count
        self.shared: dict[tuple[int, str], int] = {}
        self.self_class: dict[int, int] = self._first_parameters()

    def place(self, owner: int, name: str) -> int:
        """The number of what has no row: a function's result (`""`), an attribute of a class's objects."""
        key = (owner, name)
        if key not in self.shared:
            self.shared[key] = self.number
            self.number += 1
        return self.shared[key]

    def class_of(self, row: int) -> int:
        """The class whose object a name is because it is the first parameter of one of its methods; else -1."""
        found = self.definitions_of.get(row, ())
        return self.self_class.get(found[0], -1) if len(found) == 1 else -1

    def _first_parameters(self) -> dict[int, int]:
        program = self.program
        of_class = zip(
            program.rows("definitions", "class_id"), *program.columns("definitions", "is_static_method"), strict=True
        )
        classes = dict(zip(program.rows("definitions", "definition_id"), of_class, strict=True))
        found = {}
        for row, owner, position in zip(
            program.rows("parameters", "parameter_id"),
            program.rows("parameters", "definition_id"),
            *program.columns("parameters", "position"),
            strict=True,
        ):
            class_row, is_static = classes.get(owner, (-1, True))
            if position == 0 and class_row >= 0 and not is_static:
                found[row] = class_row
        return found


def add_variables(program: Program, edges: Edges, share_attributes: bool) -> Variables:
    """Add the steps of variables; returns what later steps need to know of them."""
    variables = Variables(program)
    certain = _add_flows(program, edges, variables)
    _add_modules(program, edges)
    _add_defaults(program, edges)
    if share_attributes:
        _add_attributes(program, edges, variables, certain)
    return variables


def _add_flows(program: Program, edges: Edges, variables: Variables) -> set[int]:
    """Definitions to uses; returns the attributes of `self` whose value is certainly that of one store."""
    table = program.table("flows")
    uses, sites = program.rows("flows", "use_node_id"), program.rows("flows", "def_node_id")
    found: dict[int, list[int]] = {}
    certain = set()
    for use, site, kind, method, is_must in zip(
        uses, sites, *(table[name].to_pylist() for name in ("variable_kind", "method", "is_must")), strict=True
    ):
        if use < 0 or site < 0 or use == site:
            continue
        if kind == "self_attribute":
            certain |= {use} if is_must else set()
            continue
        name = program.syntax.names[use] or ""
        inline = method == "closure" and program.kinds[int(program.syntax.scope[use])] in _INLINE
        if method == "flow" or inline:
            edges.one(site, use, edges.step(f"read as {name}"))
            found.setdefault(use, []).append(site)
            variables.uses_of.setdefault(site, []).append(use)
        else:
            edges.one(site, use, edges.step(f"{method} variable {name}", kind=CHANNEL))
    variables.definitions_of = {use: tuple(sorted(set(of))) for use, of in found.items()}
    return certain


def _add_modules(program: Program, edges: Edges) -> None:
    """Variables of modules that other modules read, by import or as attributes."""
    sites: dict[tuple[int, str], list[int]] = {}
    scopes, rows = program.rows("bindings", "scope_node"), program.rows("bindings", "site_node")
    ids, names = program.columns("bindings", "binding_id", "symbol_name")
    variable_of = {}
    for number, name, scope, row in zip(ids, names, scopes, rows, strict=True):
        sites.setdefault((scope, name), []).append(row)
        variable_of[number] = (scope, name)
    for table in ("names", "chains"):
        uses, targets = program.rows(table, "node_id"), program.columns(table, "target_id")[0]
        for use, target in zip(uses, targets, strict=True):
            variable = variable_of.get(target)
            if variable is not None and program.kinds[variable[0]] in ("Module", "ClassDef"):
                _from_elsewhere(program, edges, sites[variable], use, variable[1], table == "chains")


def _from_elsewhere(program: Program, edges: Edges, sites: Iterable[int], use: int, name: str, is_chain: bool) -> None:
    files = program.syntax.ids >> 27
    for site in sites:
        if is_chain or files[site] != files[use]:
            edges.one(site, use, edges.step(f"global variable {name}", kind=CHANNEL))


def _add_defaults(program: Program, edges: Edges) -> None:
    edges.many(
        program.rows("parameters", "default_id"),
        program.rows("parameters", "parameter_id"),
        edges.step("default", kind=CHANNEL),
    )


def _add_attributes(program: Program, edges: Edges, variables: Variables, certain: set[int]) -> None:
    """What methods store in their first parameter is what methods of the class and its family read there."""
    families = _families(program)
    syntax = program.syntax
    value = syntax.child("value")
    for row in np.flatnonzero(syntax.of_kind("Attribute")).tolist():
        name, class_row = syntax.names[row] or "", variables.class_of(int(value[row]))
        if class_row < 0:
            continue
        shared = edges.step(f"attribute .{name} of any {syntax.names[class_row]}", kind=CHANNEL)
        if not program.is_load[row]:
            edges.one(row, variables.place(class_row, name), shared)
        elif row not in certain:
            for member in families.get(class_row, (class_row,)):
                edges.one(variables.place(member, name), row, shared)
    scopes, rows = program.rows("bindings", "scope_node"), program.rows("bindings", "site_node")
    for name, scope, row in zip(*program.columns("bindings", "symbol_name"), scopes, rows, strict=True):
        if (scope, name) in variables.shared and scope >= 0:
            edges.one(row, variables.place(scope, name), edges.step(f"class attribute {name}", kind=CHANNEL))


def _families(program: Program) -> dict[int, list[int]]:
    """Each class with its ancestors and what inherits from it."""
    found: dict[int, set[int]] = {}
    for row, ancestor in zip(program.rows("orders", "class_id"), program.rows("orders", "ancestor_id"), strict=True):
        if ancestor >= 0:
            found.setdefault(row, {row}).add(ancestor)
            found.setdefault(ancestor, {ancestor}).add(row)
    return {row: sorted(members) for row, members in found.items()}
