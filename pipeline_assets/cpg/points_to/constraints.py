"""From syntax to constraints: copies between variables, what expressions are at the start, and triggers on values."""

from __future__ import annotations

from itertools import repeat
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.cpg.points_to.objects import (
    BUILTIN,
    CLASS,
    CONTAINER,
    FUNCTION,
    MODULE,
    OUTSIDE,
    TEXT,
    Objects,
)
from pipeline_assets.cpg.points_to.program import Call, Program
from pipeline_assets.cpg.points_to.straight_line import StraightLine
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import (
    AWAIT,
    CALL,
    CAUGHT,
    COMBINE,
    DELEGATE,
    ENTER,
    ITEM,
    ITERATE,
    LOAD,
    MERGE,
    OPERATE,
    RAISED,
    REST,
    SLICE,
    STORE,
    STORE_ITEM,
    UNPACK,
    VIEW,
)

CONTAINERS = {"List": "list", "Tuple": "tuple", "Set": "set", "Dict": "dict"}
COMPREHENSIONS = {"ListComp": "list", "SetComp": "set", "GeneratorExp": "generator", "DictComp": "dict"}
UNKNOWN_KEY = None
_HOLDING = ("Name", "Attribute", "Call", "Subscript", "IfExp", "NamedExpr", "BoolOp", "Await")
"""Expressions that may give a constant which stands elsewhere."""
MOST_DIGITS = 10
_ACTIVE = ("Call", "Await", "Yield", "YieldFrom", "Attribute", "Subscript", "BinOp", "With", "For", "ClassDef", "alias")
"""Syntax that may run code which stands elsewhere."""
_OPERATORS = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
REFLECTED = frozenset(f"__r{name}__" for name in _OPERATORS)
"""Methods of the right operand."""


class Early(str):
    """The name of an attribute that is read before later writes of its scope."""

    __slots__ = ()


class Late(str):
    """The name of an attribute that is written after all that may be read early."""

    __slots__ = ()


class Held(NamedTuple):
    """A key that a variable holds."""

    row: int


class Constraints:
    """The constraint graph of a program before anything is solved."""

    def __init__(self, program: Program, objects: Objects) -> None:
        self.program = program
        self.objects = objects
        self.calls: list[Call] = []
        self.seeds: list[tuple[int, int]] = []
        self._triggers: list[tuple[int, Any, int]] = []
        self._triggered: list[int] = []
        self._sources: list[npt.NDArray[np.int64]] = []
        self._targets: list[npt.NDArray[np.int64]] = []
        self._single: list[tuple[int, int]] = []
        self.copy_late = self._copy_one
        """Adds a copy; whoever has taken over those that the text has puts a way of its own here."""
        self.metaclasses: dict[int, int] = {}
        self.comprehensions: set[int] = set()
        self.defaults: dict[int, int] = {}
        self._calls_by_row: dict[int, Call] = {}
        self.stored_names: set[str] = set()
        self.elements: dict[int, list[int]] = {}
        self._find_children()
        self._add_names()
        self._add_returns()
        self._add_calls()
        self._straight = StraightLine(self)
        self.late_names = {name for _, name in self._late()}
        self._add_assignments()
        self._add_expressions()
        self._add_definitions()
        self._add_imports()
        self._add_operations()
        del self._straight, self._calls_by_row
        self.annotations = self._read_annotations()
        self.fields = self._read_fields()
        self.field_names = {name for names in self.fields.values() for name in names}
        self.doubted = self._read_doubted()

    def edges(self) -> tuple[Ints, Ints]:
        """All copies: from the variables of the first array to those of the second."""
        single = np.array(self._single, np.int64).reshape(-1, 2)
        return np.concatenate([*self._sources, single[:, 0]]), np.concatenate([*self._targets, single[:, 1]])

    def triggers(self) -> tuple[Ints, list[tuple[int, Any, int]]]:
        """The variables whose values something is done with, and what, in the order in which it was added."""
        return np.array(self._triggered, np.int64), self._triggers

    def new_call(self, **parts: Any) -> int:
        """The number of a new call."""
        self.calls.append(Call(**parts))
        return len(self.calls) - 1

    def seed(self, variable: int, kind: int, first: Any, second: Any = None) -> None:
        """Let a variable hold an object from the start."""
        self.seeds.append((variable, self.objects.get(kind, first, second)))

    def trigger(self, variable: int, kind: int, what: Any, result: int) -> None:
        """Do something with every value of a variable."""
        self._triggered.append(variable)
        self._triggers.append((kind, what, result))

    def _copy(self, sources: Any, targets: Any) -> None:
        sources, targets = np.asarray(sources, np.int64), np.asarray(targets, np.int64)
        both = (sources >= 0) & (targets >= 0)
        self._sources.append(sources[both])
        self._targets.append(targets[both])

    def _copy_one(self, source: int, target: int) -> None:
        if source >= 0 and target >= 0:
            self._single.append((source, target))

    def _find_children(self) -> None:
        syntax = self.program.syntax
        self.value, self.target, self.slice = syntax.child("value"), syntax.child("target"), syntax.child("slice")
        self.elements = syntax.listed("elts")
        self._raised = syntax.child("exc")
        self._decorators = syntax.in_field("decorator_list")
        self._with_decorators = set(syntax.parent[self._decorators].tolist())
        self.pairs: dict[int, list[tuple[int, int]]] = {}
        self._generators = syntax.listed("generators")
        self._filtered = set(syntax.parent[syntax.in_field("ifs")].tolist())
        self._simple, self._iterated = syntax.of_kind("Name"), syntax.child("iter")
        self._defining = syntax.of_kind("FunctionDef", "AsyncFunctionDef", "ClassDef")
        self._functions, self._assigning = syntax.of_kind("FunctionDef", "AsyncFunctionDef"), syntax.of_kind("Assign")
        self._tuples = syntax.of_kind("Tuple")
        self._holding = syntax.of_kind(*_HOLDING)
        self._slices = syntax.of_kind("Slice")
        self._joined = syntax.of_kind("JoinedStr")
        self.exact_texts: set[int] = set()
        self._keys, self._values = syntax.listed("keys"), syntax.listed("values")
        self._is_sum = syntax.is_sum

    def _add_names(self) -> None:
        """Names hold what the definitions that reach them hold; other names what they stand for."""
        program, syntax = self.program, self.program.syntax
        flows = program.inputs["flows"]
        uses, sites = syntax.rows(flows["use_node_id"]), syntax.rows(flows["def_node_id"])
        names = syntax.of_kind("Name")
        kept = (uses >= 0) & (sites >= 0)
        kept &= names[uses]
        uses, sites = uses[kept], sites[kept]
        known = np.zeros(syntax.count, bool)
        known[uses] = True
        self.flow_uses, self.flow_sites = uses, sites
        lasting = ~self._bound_again(uses, sites)
        uses, sites = uses[lasting], sites[lasting]
        grown = syntax.in_field("target")[uses] & syntax.of_kind("AugAssign")[syntax.parent[uses]]
        self._copy(sites[~grown], uses[~grown])
        for site, use in zip(sites[grown].tolist(), uses[grown].tolist(), strict=True):
            self.trigger(site, COMBINE, ("grown", ()), use)
        table = program.inputs["names"]
        columns = [table[name].to_pylist() for name in ("target_kind", "target_module", "target_name")]
        rows, fallback = syntax.rows(table["node_id"]), syntax.rows(table["site_node"])
        targets = syntax.rows(table["target_id"])
        is_class = np.isin(targets, np.fromiter(program.class_rows, np.int64, len(program.class_rows)))
        self._named = dict(zip(rows[is_class].tolist(), targets[is_class].tolist(), strict=True))
        unbound, again = table["is_global"].to_numpy(), table["is_rebound"].to_numpy()
        chosen = np.flatnonzero((rows >= 0) & (~known[rows] | unbound)).tolist()
        self.rebound = rows[(rows >= 0) & ~known[rows] & ~unbound & again].tolist()
        rows, fallback = rows.tolist(), fallback.tolist()
        for at in chosen:
            kind, module, name = (column[at] for column in columns)
            self._add_name(rows[at], fallback[at], kind, module, name)

    def _bound_again(self, uses: Ints, sites: Ints) -> npt.NDArray[np.bool_]:
        """Which bindings inner scopes never see: the same list of statements binds anew before any code may run."""
        syntax = self.program.syntax
        order = np.lexsort((sites, uses))
        # Only neighbours matter: what comes after the next binding of a use comes after that one as well.
        first, second = order[:-1], order[1:]
        may = (uses[first] == uses[second]) & (syntax.scope[uses[first]] != syntax.scope[sites[first]])
        may &= syntax.scope[sites[first]] == syntax.scope[sites[second]]
        first, second = first[may], second[may]
        runs = syntax.of_kind(*_ACTIVE) | syntax.in_field("decorator_list")
        active = np.cumsum(runs).astype(np.int64)
        found = np.zeros(len(uses), bool)
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            start, end = self._statement_of(int(sites[one])), self._statement_of(int(sites[other]))
            together = start >= 0 and end >= 0 and syntax.parent[start] == syntax.parent[end]
            if together and syntax.field[start] == syntax.field[end]:
                # Bodies of functions in between do not run.
                between = int(active[end] - active[start]) - self._active_inside(start, end, active)
                is_plain = self._functions[end] or active[self._last_in(end)] == active[end]
                found[one] = between == 0 and bool(is_plain)
        return found

    def _statement_of(self, site: int) -> int:
        """The assignment or definition that binds a name by itself; -1 if it is another statement."""
        syntax = self.program.syntax
        if self._defining[site]:
            return site
        above = int(syntax.parent[site])
        return above if above >= 0 and self._assigning[above] and syntax.parent[above] >= 0 else -1

    def _active_inside(self, start: int, end: int, active: Ints) -> int:
        """How much of what may run between two statements stands in functions that are only defined there."""
        found, row = 0, start
        while row < end:
            if self._functions[row]:
                last = self._last_in(row)
                found += int(active[last] - active[row])
                row = last
            row += 1
        return found

    def _last_in(self, row: int) -> int:
        """The last row inside one."""
        parents, last = self.program.syntax.parent, row
        while last + 1 < len(parents) and parents[last + 1] >= row:
            last += 1
        return last

    def _add_name(self, row: int, site: int, kind: str | None, module: str | None, name: str | None) -> None:
        if site >= 0:
            self._copy_one(site, row)
        elif kind == "builtin":
            self.seed(row, BUILTIN, name)
        elif kind in ("definition", "binding") and module is not None and name and "." not in name:
            self._copy_one(self.member(self.program.modules.get(module, -1), name), row)
        elif kind == "module" and module is not None:
            self.seed(row, MODULE, module)
        elif kind in ("external", "standard_library") and module is not None:
            self.seed(row, OUTSIDE, f"{module}.{name}" if name else module)

    def member(self, scope: int, name: str) -> int:
        """The variable of a module's or class's name; -1 when its code binds none."""
        sites = self.program.members.get(scope, {}).get(name)
        if not sites:
            return -1
        if len(sites) == 1:
            return sites[0]
        is_new = ("member", scope, name) not in self.program.extra
        variable = self.program.variable("member", scope, name)
        if is_new:
            for site in sites:
                self.copy_late(site, variable)
        return variable

    def _add_returns(self) -> None:
        """Returned and yielded values; a parameter that is returned as it came is passed on call by call."""
        program, syntax = self.program, self.program.syntax
        of_parameter = {p.row: f.row for f in program.functions.values() for p in f.parameters}
        sites: dict[int, list[int]] = {}
        returned = syntax.under(np.flatnonzero(syntax.in_field("value")), "Return")
        bodies = syntax.under(np.flatnonzero(syntax.in_field("body")), "Lambda")
        names = syntax.of_kind("Name")
        wanted = set(returned[names[returned]].tolist()) | set(bodies[names[bodies]].tolist())
        for use, site in zip(self.flow_uses.tolist(), self.flow_sites.tolist(), strict=True):
            if use in wanted:
                sites.setdefault(use, []).append(site)
        pairs = [(row, int(syntax.scope[syntax.parent[row]])) for row in returned.tolist()]
        pairs += [(row, int(syntax.parent[row])) for row in bodies.tolist()]
        for row, owner in pairs:
            function = program.functions.get(owner)
            if function is None:
                continue
            found = sites.get(row)
            simple = not function.is_async and not function.is_generator
            if found and simple and all(of_parameter.get(site) == owner for site in found):
                function.passed_on.update(found)
            else:
                self._copy_one(row, program.variable("return", owner))
        for row in np.flatnonzero(syntax.of_kind("Yield")).tolist():
            self._copy_one(program.variable("sent", int(syntax.scope[row])), row)
        for row in syntax.under(np.flatnonzero(syntax.in_field("value")), "Yield").tolist():
            self._copy_one(row, program.variable("yield", int(syntax.scope[row])))
        for row in np.flatnonzero(syntax.of_kind("YieldFrom")).tolist():
            self.trigger(int(self.value[row]), ITERATE, row, program.variable("yield", int(syntax.scope[row])))
            self.trigger(int(self.value[row]), DELEGATE, row, row)

    def _add_assignments(self) -> None:
        """Assignments, loops, `with` and captures: a target's variable holds what it is given."""
        syntax = self.program.syntax
        listed = syntax.under(np.flatnonzero(syntax.in_field("targets")), "Assign")
        self._copy(self.value[syntax.parent[listed]], listed)
        single = syntax.under(np.flatnonzero(syntax.in_field("target")), "AnnAssign", "NamedExpr")
        self._copy(self.value[syntax.parent[single]], single)
        for row in syntax.under(np.flatnonzero(syntax.in_field("target")), "AugAssign").tolist():
            self.trigger(int(self.value[syntax.parent[row]]), COMBINE, ("right", ()), row)
        walrus = np.flatnonzero(syntax.of_kind("NamedExpr"))
        self._copy(self.value[walrus], walrus)
        iterated = syntax.child("iter")
        for row in np.flatnonzero(syntax.of_kind("For", "AsyncFor", "comprehension")).tolist():
            self.trigger(int(iterated[row]), ITERATE, row, int(self.target[row]))
        managers, names = syntax.child("context_expr"), syntax.child("optional_vars")
        for row in np.flatnonzero(syntax.of_kind("withitem")).tolist():
            self.trigger(int(managers[row]), ENTER, row, int(names[row]))
        stored = np.flatnonzero(~syntax.is_load & syntax.of_kind("Attribute"))
        by_call = self._stores_by_call(stored)
        late = self._straight.late
        for row, name in zip(stored.tolist(), self.program.attributes(stored), strict=True):
            self.stored_names.add(name)
            if row in late:
                self.trigger(int(self.value[row]), STORE, Late(name), row)
            elif row not in by_call:
                self.trigger(int(self.value[row]), STORE, name, row)
        for row in np.flatnonzero(syntax.of_kind("Raise")).tolist():
            self.trigger(int(self._raised[row]), RAISED, None, row)
        for row in np.flatnonzero(~syntax.is_load & syntax.of_kind("Subscript")).tolist():
            if not self._slices[self.slice[row]]:
                self.trigger(int(self.value[row]), STORE_ITEM, self.key(int(self.slice[row])), row)
        for row in np.flatnonzero(~syntax.is_load & syntax.of_kind("Tuple", "List")).tolist():
            self._unpack(row)
        caught = syntax.child("type")
        for row in np.flatnonzero(syntax.of_kind("ExceptHandler")).tolist():
            if caught[row] >= 0:
                self.trigger(int(caught[row]), CAUGHT, None, row)
        subjects = syntax.child("subject")
        for row in np.flatnonzero(syntax.of_kind("MatchAs")).tolist():
            self._capture(row, subjects)

    def _stores_by_call(self, stored: Ints) -> set[int]:
        """Attributes of a method's object that are bound to its parameters as they came: told apart call by call."""
        syntax, program = self.program.syntax, self.program
        special = {f.name for f in program.functions.values() if f.class_row >= 0}
        if special & {"__setattr__", "__set__"}:
            return set()
        decorated = {f.name for f in program.functions.values() if f.class_row >= 0 and f.row in self._with_decorators}
        given = np.where(syntax.of_kind("Assign")[syntax.parent[stored]], self.value[syntax.parent[stored]], -1)
        names = syntax.of_kind("Name")
        kept = (given >= 0) & names[given] & names[self.value[stored]]
        wanted = {*given[kept].tolist(), *self.value[stored[kept]].tolist()}
        sites: dict[int, list[int]] = {}
        for use, site in zip(self.flow_uses.tolist(), self.flow_sites.tolist(), strict=True):
            if use in wanted:
                sites.setdefault(use, []).append(site)
        found: set[int] = set()
        attributes = program.attributes(stored[kept])
        for row, value, name in zip(stored[kept].tolist(), given[kept].tolist(), attributes, strict=True):
            function = program.functions.get(int(syntax.scope[row]))
            if function is None or not function.parameters or function.class_row < 0 or name in decorated:
                continue
            if function.is_static or sites.get(int(self.value[row])) != [function.parameters[0].row]:
                continue
            source = sites.get(value, [])
            if len(source) == 1 and source[0] in {
                p.row for p in function.parameters[1:] if not p.kind.startswith("var")
            }:
                function.stores.append((source[0], name))
                found.add(row)
        return found

    def _capture(self, row: int, subjects: Ints) -> None:
        """A capture that the whole subject goes to, directly or through `as` and `|`."""
        syntax, above = self.program.syntax, int(self.program.syntax.parent[row])
        through = syntax.of_kind("MatchAs", "MatchOr") if above >= 0 else None
        while above >= 0 and through is not None and through[above]:
            above = int(syntax.parent[above])
        match = int(syntax.parent[above]) if above >= 0 else -1
        if match >= 0 and subjects[match] >= 0:
            self._copy_one(int(subjects[match]), row)

    def _unpack(self, row: int) -> None:
        elements = self.elements.get(row, [])
        starred = [self.value[e] >= 0 and bool(self.is_starred[e]) for e in elements]
        before = starred.index(True) if True in starred else len(elements)
        for at, element in enumerate(elements):
            if starred[at]:
                self.trigger(row, REST, (before, len(elements) - at - 1), int(self.value[element]))
            else:
                self.trigger(row, UNPACK, at if at < before else at - len(elements), element)

    @property
    def is_starred(self) -> npt.NDArray[np.bool_]:
        """Which rows are `*x`."""
        if not hasattr(self, "_starred"):
            self._starred = self.program.syntax.of_kind("Starred")
        return self._starred

    def key(self, variable: int) -> Any:
        """The constant that a subscript or an argument is, else None; only variables of expressions stand in rows."""
        syntax = self.program.syntax
        row = variable if 0 <= variable < syntax.count else -1
        if row >= 0 and self._is_constant[row]:
            text = syntax.values[row]
            return int(text) if _is_index(text) else text
        if row >= 0 and self._is_negative[row]:
            # What a sign stands before comes right after it; of anything but a number there is no value.
            text = syntax.values[row + 1] if row + 1 < syntax.count else None
            return -int(text) if _is_index(text) else UNKNOWN_KEY
        if row >= 0 and self._holding[row]:
            return Held(row)
        if row >= 0 and self._tuples[row]:
            parts = tuple(self.key(element) for element in self.elements.get(row, ()))
            return ("tuple", *parts) if all(isinstance(part, str | int) for part in parts) else UNKNOWN_KEY
        return UNKNOWN_KEY

    def prefix(self, row: int) -> str | None:
        """The constant that a text which is put together at run time starts with."""
        syntax = self.program.syntax
        if not 0 <= row < syntax.count - 1 or not (self._is_sum[row] or self._joined[row]):
            return None
        text = syntax.values[row + 1] if self._is_constant[row + 1] and syntax.parent[row + 1] == row else None
        return text.strip("'\"") if text and text[0] in "'\"" else None

    def place(self, row: int, key: Any) -> int | None:
        """Which element of a display stands at a place, counted from either end; None when that is not known."""
        elements = self.elements.get(row, [])
        if not isinstance(key, int) or not -len(elements) <= key < len(elements):
            return len(elements) if not any(self.is_starred[e] for e in elements) else None
        starred = elements[: key + 1] if key >= 0 else elements[key:]
        return None if any(self.is_starred[e] for e in starred) else key % len(elements)

    def length_of(self, row: Any) -> int | None:
        """How many items a display has."""
        elements = self.elements.get(row) if isinstance(row, int) else None
        return None if elements is None or any(self.is_starred[e] for e in elements) else len(elements)

    def bounds(self, row: int) -> tuple[int | None, int | None]:
        """From where to where a slice goes; from nowhere where that is not known."""
        lower, upper, step = (int(self._parts[name][row]) for name in ("lower", "upper", "step"))
        first = 0 if lower < 0 else self.key(lower)
        last = None if upper < 0 else self.key(upper)
        if step >= 0 or not isinstance(first, int) or not (upper < 0 or isinstance(last, int)):
            return None, None
        return first, last

    @property
    def _is_negative(self) -> npt.NDArray[np.bool_]:
        if not hasattr(self, "_negatives"):
            signs = self.program.syntax
            self._negatives: npt.NDArray[np.bool_] = signs.of_kind("UnaryOp") & signs.is_negative
        return self._negatives

    @property
    def _is_constant(self) -> npt.NDArray[np.bool_]:
        if not hasattr(self, "_constants"):
            self._constants = self.program.syntax.of_kind("Constant")
        return self._constants

    def _add_expressions(self) -> None:
        """Expressions that hand on values, displays and comprehensions, attributes, items and texts."""
        syntax, program = self.program.syntax, self.program
        branches = syntax.under(np.flatnonzero(syntax.in_field("body", "orelse")), "IfExp")
        self._copy(branches, syntax.parent[branches])
        operands = syntax.under(np.flatnonzero(syntax.in_field("values")), "BoolOp")
        self._copy(operands, syntax.parent[operands])
        for name, type_name in CONTAINERS.items():
            for row in np.flatnonzero(syntax.of_kind(name) & (syntax.is_load | (name in ("Set", "Dict")))).tolist():
                self._add_display(row, type_name)
        elt = syntax.child("elt")
        for name, type_name in COMPREHENSIONS.items():
            for row in np.flatnonzero(syntax.of_kind(name)).tolist():
                made = self.objects.get(CONTAINER, row, type_name)
                self.comprehensions.add(row)
                copied = self._copied_by(row, int(elt[row]))
                if copied >= 0 and type_name != "dict":
                    self.trigger(copied, VIEW, ("list", row), row)
                    continue
                self.seeds.append((row, made))
                source = int(self.value[row]) if name == "DictComp" else int(elt[row])
                self._copy_one(source, program.variable("star" if name == "DictComp" else "all", made))
        loads = np.flatnonzero(syntax.of_kind("Attribute") & syntax.is_load)
        loads = self._without_resolved(loads)
        self._triggered += self.value[loads].tolist()
        self._triggers += zip(repeat(LOAD), program.attributes(loads), loads.tolist())
        items = self._without_resolved(np.flatnonzero(syntax.of_kind("Subscript") & syntax.is_load))
        self._parts = {name: syntax.child(name) for name in ("lower", "upper", "step")}
        for row, base, key in zip(items.tolist(), self.value[items].tolist(), self.slice[items].tolist(), strict=True):
            if self._slices[key]:
                self.trigger(base, SLICE, key, row)
            else:
                self.trigger(base, ITEM, self.key(key), row)
        self._add_sums()
        for row in np.flatnonzero(syntax.of_kind("Await")).tolist():
            self.trigger(int(self.value[row]), AWAIT, None, row)
        self._add_texts()

    def _without_resolved(self, rows: Ints) -> Ints:
        """Those of the reads that values are needed for; others give what the text says, or come too early for it."""
        resolved, early = self._straight.resolved, self._straight.early
        kept = np.array([row not in resolved and row not in early for row in rows.tolist()], bool)
        for row in rows[~kept].tolist():
            if row in early:
                self.trigger(int(self.value[row]), LOAD, Early(self.program.attributes(np.array([row]))[0]), row)
            for source in resolved.get(row, ()):
                self._copy_one(source, row)
        return np.asarray(rows[kept], np.int64)

    def _late(self) -> list[tuple[int, str]]:
        rows = sorted(self._straight.late)
        return list(zip(rows, self.program.attributes(np.array(rows, np.int64)), strict=True))

    def pairs_of(self, row: int) -> list[tuple[int, int]]:
        """Keys and values of a display; -1 for the keys of what is unpacked."""
        syntax = self.program.syntax
        keys = {int(syntax.ordinal[key]): key for key in self._keys.get(row, [])}
        return [(keys.get(int(syntax.ordinal[value]), -1), value) for value in self._values.get(row, [])]

    def arguments_of(self, row: int) -> tuple[list[int], list[tuple[str, int]]] | None:
        """What a call is given, by place and by name; None if something is unpacked."""
        call = self._calls_by_row.get(row)
        return None if call is None or call.star >= 0 or call.double_star >= 0 else (call.positional, call.named)

    def _add_texts(self) -> None:
        """Constants: what they spell is told where it may be a key, or where a key may be found that way."""
        syntax = self.program.syntax
        constants = self._is_constant
        as_keys = constants & (syntax.in_field("keys") | syntax.in_field("slice"))
        keys = {syntax.values[row] for row in np.flatnonzero(as_keys).tolist()}
        for row in np.flatnonzero(syntax.of_kind("JoinedStr")).tolist():
            self.seed(row, TEXT, "str")
        for row in np.flatnonzero(syntax.is_module_name).tolist():
            self.seed(row, TEXT, "str", repr(self.program.module_names.get(self.module_of(row), "")))
        for row in np.flatnonzero(constants).tolist():
            spelled = syntax.values[row]
            if syntax.is_text[row]:
                name = "bytes" if syntax.is_bytes[row] else "str"
                told: Any = spelled if spelled in keys or self._may_name(spelled) else None
            elif _is_index(spelled):
                name, told = "int", int(spelled)
            else:
                continue
            self.seed(row, TEXT, name, told)
            if told is not None:
                self.exact_texts.add(self.seeds[-1][1])

    def _may_name(self, text: str | None) -> bool:
        """Whether a text spells a name that a class or module binds."""
        if not hasattr(self, "_bound_names"):
            self._bound_names = {repr(name) for names in self.program.members.values() for name in names}
        return text in self._bound_names

    def names_from(self, start: str) -> list[str]:
        """The names that classes and modules bind which start so."""
        self._may_name(None)
        return sorted(name[1:-1] for name in self._bound_names if name[1:-1].startswith(start))

    def _add_sums(self) -> None:
        """`a + b` and `a | b` hold what their operands do if these are containers."""
        syntax = self.program.syntax
        right = syntax.child("right").tolist()
        for field in ("left", "right"):
            rows = np.flatnonzero(syntax.in_field(field))
            for row in syntax.under(rows, "BinOp").tolist():
                above = int(syntax.parent[row])
                if self._is_sum[above]:
                    hidden = self._keys_surely_in(right[above]) if field == "left" else ()
                    self.trigger(row, COMBINE, (field, hidden), above)

    def _copied_by(self, row: int, element: int) -> int:
        """What `[x for x in …]` goes over, if nothing else is done; -1 otherwise."""
        over = self._generators.get(row, ())
        if len(over) != 1 or over[0] in self._filtered or element < 0 or not self._simple[element]:
            return -1
        target = int(self.target[over[0]])
        is_same = self._simple[target] and self.program.syntax.name(target) == self.program.syntax.name(element)
        return int(self._iterated[over[0]]) if is_same else -1

    def _keys_surely_in(self, row: int) -> tuple[Any, ...]:
        """The constant keys of a display."""
        return tuple(name for name in map(self.key, self._keys.get(row, ())) if isinstance(name, str | int))

    def _add_display(self, row: int, type_name: str) -> None:
        made = self.objects.get(CONTAINER, row, type_name)
        self.seeds.append((row, made))
        whole = self.program.variable("all", made)
        if type_name == "dict":
            self._add_pairs(row, made, whole)
            return
        for element in self.elements.get(row, []):
            if self.is_starred[element]:
                self.trigger(int(self.value[element]), ITERATE, element, whole)
            else:
                self._copy_one(element, whole)

    def _add_pairs(self, row: int, made: int, whole: int) -> None:
        """What a display of a dictionary holds under its keys; the last one of a key counts."""
        seen: set[Any] = set()
        kept: list[tuple[int, int]] = []
        for key, value in reversed(self.pairs_of(row)):
            name = self.key(key)
            if value in self._straight.dead:
                continue
            if key < 0:
                self.trigger(value, MERGE, tuple(sorted(seen, key=repr)), made)
            elif name not in seen:
                kept.append((key, value))
                self._single.append((value, whole))
                if isinstance(name, Held):
                    self.trigger(row, STORE_ITEM, name, value)
                elif name is not None:
                    seen.add(name)
        self.pairs[row] = kept[::-1]

    def _add_definitions(self) -> None:
        """Functions and classes, what their decorators make of them, and defaults."""
        syntax, program = self.program.syntax, self.program
        decorators = syntax.listed("decorator_list")
        for row in program.functions:
            self._decorate(row, FUNCTION, decorators.get(row, []))
        for row in program.class_rows:
            self._decorate(row, CLASS, decorators.get(row, []))
        for row, default in zip(
            syntax.rows(program.inputs["parameters"]["parameter_id"]).tolist(),
            syntax.rows(program.inputs["parameters"]["default_id"]).tolist(),
            strict=True,
        ):
            if default >= 0:
                self.defaults[row] = default
        for function in program.functions.values():
            rows = (parameter.row for parameter in function.parameters)
            function.defaults = [(row, self.defaults[row]) for row in rows if row in self.defaults]

    def is_metaclass(self, class_row: int) -> bool:
        """Whether a class is one of classes."""
        return any(name == "builtins.type" for _, name in self.program.orders.get(class_row, ()))

    def class_named(self, row: int) -> int:
        """The class of the repository that a name stands for; -1 if it is none."""
        return int(self._named.get(row, -1))

    def is_decorated(self, row: int) -> bool:
        """Whether a definition has decorators."""
        return row in self._with_decorators

    def is_decorator(self, row: int) -> bool:
        """Whether an expression is a decorator."""
        return bool(0 <= row < len(self._decorators) and self._decorators[row])

    def metaclasses_of(self, class_row: int) -> list[int]:
        """The metaclasses that a class or one of its ancestors names."""
        order = self.program.orders.get(class_row, [])
        return [self.metaclasses[ancestor] for ancestor, _ in order if ancestor in self.metaclasses]

    def _read_doubted(self) -> set[int]:
        """Classes of whose order of ancestors too little is known, and those that inherit from them."""
        program, doubts = self.program, ("inconsistent", "cycle", "ambiguous")
        rows = program.syntax.rows(program.inputs["doubted"]["class_id"])
        order = program.inputs["mro"]
        sure = pc.is_in(order["reason"], pa.array(doubts)).to_numpy()
        found = {*rows.tolist(), *program.syntax.rows(order["class_id"])[sure].tolist()}
        heirs = (row for row, ancestors in program.orders.items() if any(a in found for a, _ in ancestors))
        return found.union(heirs)

    def _read_annotations(self) -> dict[int, int]:
        """What each parameter is annotated with; of a text, the module's name that it is."""
        syntax, table = self.program.syntax, self.program.inputs["parameters"]
        rows, annotations = syntax.rows(table["parameter_id"]), syntax.rows(table["annotation_id"])
        annotated = annotations >= 0
        return dict(zip(rows[annotated].tolist(), annotations[annotated].tolist(), strict=True))

    def _read_fields(self) -> dict[int, list[str]]:
        """The annotated names of each class body, in order."""
        syntax = self.program.syntax
        found: dict[int, list[str]] = {}
        for row in np.flatnonzero(syntax.of_kind("AnnAssign")).tolist():
            name = syntax.name(int(self.target[row])) if self.target[row] >= 0 else None
            if name and int(syntax.parent[row]) in self.program.class_rows:
                found.setdefault(int(syntax.parent[row]), []).append(name)
                self.stored_names.add(name)
        return found

    def name_at(self, row: int, name: str) -> int:
        """The variable of a name of the module that a row is in; -1 if it has none."""
        syntax, scope = self.program.syntax, int(self.program.syntax.scope[row])
        while scope >= 0 and scope not in self.program.module_names:
            scope = int(syntax.scope[scope]) if syntax.parent[scope] >= 0 else -1
        return self.member(scope, name) if name.isidentifier() else -1

    def module_of(self, row: int) -> int:
        """The module that a row is in."""
        syntax, scope = self.program.syntax, row
        while scope >= 0 and scope not in self.program.module_names:
            scope = int(syntax.scope[scope]) if syntax.parent[scope] >= 0 else -1
        return scope

    def functions_of(self, class_row: int, name: str) -> list[int]:
        """The functions that a class's name is defined as."""
        return [
            site for site in self.program.members.get(class_row, {}).get(name, ()) if site in self.program.functions
        ]

    def _decorate(self, row: int, kind: int, decorators: list[int]) -> None:
        if not decorators:
            self.seed(row, kind, row)
            return
        value = self.program.variable("raw", row)
        self.seed(value, kind, row)
        for decorator in reversed(decorators):
            is_last = decorator == decorators[0]
            result = row if is_last else self.program.variable("decorated", decorator)
            call = self.new_call(site=decorator, callee=decorator, way="decorator", positional=[value], result=result)
            self.trigger(decorator, CALL, call, result)
            value = result

    def _add_imports(self) -> None:
        program, table = self.program, self.program.inputs["imports"]
        rows = program.syntax.rows(table["import_id"]).tolist()
        names = ("kind", "name", "absolute_module", "target_module", "target_name", "target_kind", "bound_module")
        for row, kind, name, absolute, module, member, target_kind, bound in zip(
            rows, *(table[column].to_pylist() for column in names), strict=True
        ):
            if target_kind == "name" and member:
                self._import_member(row, module, member)
            elif target_kind in ("module", "package") and kind in ("import", "from"):
                self.seed(row, MODULE, bound or module)
            elif target_kind in ("module", "package"):
                self.seed(row, MODULE, module)
            elif target_kind in ("external", "standard_library") and absolute:
                whole = bound if bound else f"{absolute}.{name}" if kind == "from" else absolute
                self.seed(row, OUTSIDE, whole)

    def _import_member(self, row: int, module: str, name: str) -> None:
        variable = self.member(self.program.modules.get(module, -1), name)
        if variable >= 0:
            self._copy_one(variable, row)
        else:
            self.export(row, module, name)

    def export(self, row: int, module: str, name: str) -> bool:
        """Give a row what a module has from a star import or as a submodule; whether it has it."""
        found = self.program.exports.get((module, name))
        if found is None:
            return False
        kind, target_module, target_name = found
        if kind == "module":
            self.seed(row, MODULE, target_module)
        elif kind in ("definition", "binding"):
            self._copy_one(self.member(self.program.modules.get(target_module, -1), target_name or ""), row)
        elif kind in ("external", "standard_library"):
            self.seed(row, OUTSIDE, f"{target_module}.{target_name}" if target_name else target_module)
        return True

    def _add_calls(self) -> None:
        syntax, table = self.program.syntax, self.program.inputs["arguments"]
        callees = syntax.child("func")
        by_row = self._calls_by_row
        for row in np.flatnonzero(syntax.of_kind("Call")).tolist():
            call = Call(row, int(callees[row]), "call", result=row)
            by_row[row] = call
            self.calls.append(call)
            self.trigger(call.callee, CALL, len(self.calls) - 1, row)
        rows, values = syntax.rows(table["call_id"]).tolist(), syntax.rows(table["value_id"]).tolist()
        for row, value, kind, name in zip(
            rows, values, table["kind"].to_pylist(), table["name"].to_pylist(), strict=True
        ):
            made = by_row.get(row)
            if made is None:
                if kind == "keyword" and name == "metaclass" and value in self._named:
                    self.metaclasses[row] = self._named[value]
                continue
            if kind == "positional" and made.star < 0:
                made.positional.append(value)
            elif kind == "keyword":
                made.named.append((name, value))
            elif kind == "star":
                made.star = value
            elif kind == "double_star":
                made.double_star = value

    def _add_operations(self) -> None:
        """Operators and statements that call methods of their operands."""
        program, table = self.program, self.program.inputs["operations"]
        syntax = program.syntax
        known = {name for row in program.class_rows for name in program.members.get(row, {})}
        columns = (syntax.rows(table[name]).tolist() for name in ("site_node", "operand_id", "other_id"))
        kinds, methods = table["kind"].to_pylist(), table["methods"].to_pylist()
        wanted: dict[str, tuple[str, ...]] = {}
        # The operations of loops, `with` and `await` are triggers of their own.
        for site, operand, other, kind, tried in zip(*columns, kinds, methods, strict=True):
            names = wanted.get(tried)
            if names is None:
                names = wanted[tried] = tuple(name for name in tried.split(",") if name in known)
            own = tuple(name for name in names if name not in REFLECTED)
            if own and operand >= 0:
                self.trigger(operand, OPERATE, (own, kind, other), site)
            elif len(own) < len(names) and other >= 0:
                self.trigger(other, OPERATE, (names[len(own) :], kind, operand), site)


def _is_index(text: str | None) -> TypeGuard[str]:
    """Whether a constant spells a number that a place in a container may be."""
    return text is not None and len(text) < MOST_DIGITS and text.isascii() and text.isdecimal()
