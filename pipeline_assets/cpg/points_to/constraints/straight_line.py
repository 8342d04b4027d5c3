"""Places that are bound anew before they are read: within one scope, the last binding before a read is what it gives.

`table["f"] = g; table["f"]()` calls `g` alone if nothing between the two can put something else there. What is known of
a variable is read off the events of its uses in the order of the text: reads, writes and whatever may hand it on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints

GROWING = ("append",)
CHANGING = frozenset((
    "append", "update", "pop", "clear", "insert", "extend", "remove", "sort", "reverse", "setdefault", "popitem", "add",
    "discard", "appendleft", "popleft",
))  # fmt: skip
ASKING = frozenset(("get", "keys", "values", "items", "index", "count", "copy"))
_LISTS = ("body", "orelse", "finalbody")
_LOOPS = ("For", "AsyncFor", "While", "ListComp", "SetComp", "DictComp", "GeneratorExp")
READ, WRITE, CHANGE, ESCAPE = range(4)


class Event(NamedTuple):
    """One use of a variable: where, what is done, to which place, and the row that holds what is put there."""

    row: int
    kind: int
    key: Any
    value: int
    anchor: int
    """The innermost statement that it is in."""


@dataclass
class Variable:
    """A binding of a variable and its uses in the scope that binds it."""

    site: int
    events: list[Event] = field(default_factory=list)
    is_shared: bool = False
    """Whether another scope may change what it holds."""
    is_captured: bool = False
    """Whether another scope sees it."""


class StraightLine:
    """What reads of attributes and items give where the text alone tells."""

    def __init__(self, constraints: Constraints) -> None:
        self.constraints = constraints
        self.syntax = constraints.program.syntax
        self.resolved: dict[int, list[int]] = {}
        """Rows of reads, and the rows that hold what they give."""
        self.early: set[int] = set()
        """Reads of attributes that come before what is written to them later on."""
        self.late: set[int] = set()
        """Those writes."""
        self.dead: set[int] = set()
        """Values of displays that are replaced before anything sees them."""
        syntax = self.syntax
        self._is_loop = syntax.of_kind(*_LOOPS)
        self._in_list = syntax.in_field(*_LISTS) & ~syntax.of_kind("IfExp", "Lambda")[syntax.parent]
        self._is = {
            kind: syntax.of_kind(kind) for kind in ("Subscript", "Attribute", "Call", "Dict", "List", "Tuple", "Assign")
        }
        self._in = {name: syntax.in_field(name) for name in ("value", "func", "iter", "targets")}
        self._scopes = syntax.of_kind("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef", "Module")
        self._calls = np.cumsum(self._is["Call"])
        self._ends: dict[int, int] = {}
        variables = self._variables()
        self._count_other_writers()
        for variable in variables:
            if not variable.is_shared:
                self._follow(variable)

    # Events.

    def _variables(self) -> list[Variable]:
        """Bindings whose objects are changed through them, with all their uses."""
        constraints, syntax = self.constraints, self.syntax
        uses, sites = constraints.flow_uses, constraints.flow_sites
        stored = np.flatnonzero(~syntax.is_load & (self._is["Subscript"] | self._is["Attribute"]))
        bases = constraints.value[stored]
        changed = [*bases[bases >= 0].tolist(), *self._changed_by_method()]
        wanted = np.isin(uses, np.array(changed, np.int64))
        chosen = np.unique(sites[wanted])
        chosen = chosen[~syntax.of_kind("arg")[chosen]]
        kept = np.isin(sites, chosen)
        counts = np.bincount(uses, minlength=syntax.count + 1) if len(uses) else np.zeros(syntax.count + 1, np.int64)
        above = syntax.parent[uses[kept]]
        above = above[self._is["Attribute"][above]]
        self._names = dict(zip(above.tolist(), constraints.program.attributes(above), strict=True))
        found: dict[int, Variable] = {}
        for use, site in zip(uses[kept].tolist(), sites[kept].tolist(), strict=True):
            variable = found.setdefault(site, Variable(site))
            event = self._event(use)
            if counts[use] > 1:
                event = event._replace(kind=ESCAPE)
            if syntax.scope[use] != syntax.scope[site] or event.anchor < 0:
                variable.is_shared |= event.kind != READ
                variable.is_captured = True
            else:
                variable.events.append(event)
        for variable in found.values():
            variable.events.sort()
        return list(found.values())

    def _changed_by_method(self) -> list[int]:
        methods = np.flatnonzero(self._is["Attribute"] & self._in["func"])
        names = self.constraints.program.attributes(methods)
        bases = self.constraints.value[methods].tolist()
        return [base for base, name in zip(bases, names, strict=True) if name in CHANGING]

    def _event(self, use: int) -> Event:
        syntax, constraints = self.syntax, self.constraints
        anchor = self._anchor(use)
        above = int(syntax.parent[use])
        if above < 0 or not self._in["value"][use]:
            kind = READ if self._in["iter"][use] else ESCAPE
            return Event(use, kind, None, -1, anchor)
        is_load = bool(syntax.is_load[above])
        if self._is["Subscript"][above]:
            key = constraints.keys.key(int(constraints.slice[above]))
            place = ("item", key) if isinstance(key, str | int) else None
            return Event(above, READ if is_load else WRITE, place, above, anchor)
        if not self._is["Attribute"][above]:
            return Event(use, ESCAPE, None, -1, anchor)
        name = self._names[above]
        if is_load and self._in["func"][above] and name in CHANGING:
            return Event(above, CHANGE, None, int(syntax.parent[above]), anchor)
        if is_load and self._in["func"][above] and name in ASKING:
            return Event(above, READ, None, above, anchor)
        return Event(above, READ if is_load else WRITE, ("attribute", name), above, anchor)

    def _count_other_writers(self) -> None:
        """Writes through anything but these variables."""
        syntax, constraints = self.syntax, self.constraints
        functions = constraints.program.functions
        stored = np.flatnonzero(~syntax.is_load & self._is["Attribute"])
        self._stores: dict[Any, int] = {}
        for row, name in zip(stored.tolist(), constraints.program.attributes(stored), strict=True):
            function = functions.get(int(syntax.scope[row]))
            if function is None or function.name != "__init__":
                key = ("attribute", name)
                self._stores[key] = self._stores.get(key, 0) + 1
        for row in np.flatnonzero(~syntax.is_load & self._is["Subscript"]).tolist():
            key = constraints.keys.key(int(constraints.slice[row]))
            place = ("item", key) if isinstance(key, str | int) else None
            self._stores[place] = self._stores.get(place, 0) + 1
        changes = len(self._changed_by_method())
        self._stores[None] = self._stores.get(None, 0) + changes
        self._special = {f.name for f in functions.values() if f.class_row >= 0 and constraints.is_decorated(f.row)}
        if any(f.name in ("__setattr__", "__set__", "__getattribute__") for f in functions.values()):
            self._special.add("*")

    def _may_be_written_elsewhere(self, variable: Variable, key: Any) -> bool:
        own = sum(event.kind in (WRITE, CHANGE) and event.key == key for event in variable.events)
        unknown = sum(event.kind in (WRITE, CHANGE) and event.key is None for event in variable.events)
        is_item = key[0] == "item"
        return self._stores.get(key, 0) > own or (is_item and self._stores.get(None, 0) > unknown)

    # Places in the text.

    def _anchor(self, row: int) -> int:
        """The innermost statement that a row is in."""
        while row >= 0 and not self._in_list[row]:
            row = int(self.syntax.parent[row])
        return row

    def _around(self, row: int) -> list[tuple[int, int]]:
        """The statements around a row within its scope, with their lists, from the inside."""
        syntax, found = self.syntax, []
        while row >= 0 and not self._scopes[row]:
            if self._in_list[row]:
                found.append((int(syntax.parent[row]), int(syntax.field[row])))
            row = int(syntax.parent[row])
        return found

    def _loops(self, row: int, site: int) -> list[int]:
        """The loops around a row that the binding is not in."""
        syntax, found = self.syntax, []
        while row >= 0 and not self._scopes[row]:
            if self._is_loop[row] and not row <= site < self.end(row):
                found.append(row)
            row = int(syntax.parent[row])
        return found

    def end(self, row: int) -> int:
        """The first row behind everything that is inside one."""
        if row not in self._ends:
            at = row + 1
            parents, count = self.syntax.parent, self.syntax.count
            while at < count and parents[at] >= row:
                at += 1
            self._ends[row] = at
        return self._ends[row]

    # What a read gives.

    def _follow(self, variable: Variable) -> None:
        for event in variable.events:
            if event.kind != READ or event.key is None:
                continue
            if event.key[0] == "attribute" and (event.key[1] in self._special or "*" in self._special):
                continue
            found = self._read(variable, event)
            if found:
                self.resolved[event.row] = found
        self._find_dead(variable)

    def _read(self, variable: Variable, read: Event) -> list[int] | None:
        """The rows of what a read may give; None where that is not known."""
        lists, found = self._around(read.row), list[int]()
        loops = self._loops(read.row, variable.site)
        is_known = False
        escaped = variable.is_captured or any(
            self._hands_on(event) and (event.row < read.row or loops) for event in variable.events
        )
        grown: list[Event] = []
        for event in reversed(variable.events):
            if event.anchor >= read.anchor or event.kind in (READ, ESCAPE):
                continue
            given = self._written(event, read.key)
            if given is None:
                return None
            if given < 0:
                if event.kind == CHANGE and self._is_growth(event):
                    grown.append(event)
                continue
            found.append(given)
            if self._list_of(event) in lists:
                is_known = True
                first = event.row
                break
        if not is_known:
            first = variable.site
        for event in variable.events:
            comes_again = any(loop < event.row < self.end(loop) and first < loop for loop in loops)
            is_later = event.kind in (WRITE, CHANGE) and event.row > read.row
            if comes_again and is_later and self._touches(event, read.key):
                return None
        if not is_known:
            if read.key[0] == "attribute":
                if not found:
                    self._mark_early(variable, read)
                return None
            base = self._base(variable, read, lists, grown[::-1], loops)
            if base is None:
                return None
            found += base
        if (escaped or not self._is_fresh(variable)) and self._may_be_written_elsewhere(variable, read.key):
            return None
        return found

    def _hands_on(self, event: Event) -> bool:
        """Whether a use may let others change the object: methods get it, too."""
        is_method = event.kind == READ and event.key is not None and event.key[0] == "attribute"
        return event.kind == ESCAPE or (is_method and bool(self._in["func"][event.row]))

    def _list_of(self, event: Event) -> tuple[int, int]:
        return int(self.syntax.parent[event.anchor]), int(self.syntax.field[event.anchor])

    def _touches(self, event: Event, key: Any) -> bool:
        given = self._written(event, key)
        return given is None or given >= 0

    def _is_growth(self, event: Event) -> bool:
        return self._names[event.row] in GROWING

    def _written(self, event: Event, key: Any) -> int | None:
        """The row of what an event puts at a place, -1 if it leaves it alone, None if that is not known."""
        if event.kind == WRITE:
            if event.key == key:
                return event.value if self._is["Assign"][self.syntax.parent[event.value]] else None
            if event.key is None:
                return -1 if key[0] == "attribute" else None
            return None if _may_be_same(event.key[1], key[1]) else -1
        if key[0] == "attribute":
            return -1
        name = self._names[event.row]
        if name in GROWING:
            return -1
        if name == "update":
            return self._updated(event.value, key[1])
        return None

    def _updated(self, call: int, key: Any) -> int | None:
        """What `update` puts under a key."""
        arguments = self.constraints.arguments_of(call)
        if arguments is None:
            return None
        positional, named = arguments
        given = {repr(name): value for name, value in named}
        for row in positional:
            if not self._is["Dict"][row] or not self._are_told(row):
                return None
            given |= {self.constraints.keys.key(k): value for k, value in self.constraints.keys.pairs_of(row)}
        return given.get(key, -1)

    def _are_told(self, row: int) -> bool:
        pairs = self.constraints.keys.pairs_of(row)
        return all(key >= 0 and isinstance(self.constraints.keys.key(key), str | int) for key, _ in pairs)

    def _value_of(self, variable: Variable) -> int:
        above = int(self.syntax.parent[variable.site])
        if above < 0 or not self._is["Assign"][above] or not self._in["targets"][variable.site]:
            return -1
        return int(self.constraints.value[above])

    def _is_fresh(self, variable: Variable) -> bool:
        value = self._value_of(variable)
        if value < 0:
            return False
        if self._is["Call"][value]:
            return self.constraints.class_named(value + 1) >= 0
        return bool(self._is["Dict"][value] or self._is["List"][value] or self._is["Tuple"][value])

    def _base(
        self, variable: Variable, read: Event, lists: list[tuple[int, int]], grown: list[Event], loops: list[int]
    ) -> list[int] | None:
        """What the display that the variable is bound to holds at the place."""
        value, key = self._value_of(variable), read.key[1]
        if value < 0:
            return None
        if self._is["Dict"][value]:
            if not self._are_told(value):
                return None
            return [row for k, row in self.constraints.keys.pairs_of(value) if self.constraints.keys.key(k) == key][-1:]
        length = self.constraints.keys.length_of(value)
        if length is None or not isinstance(key, int) or not (self._is["List"][value] or self._is["Tuple"][value]):
            return None
        elements = [*self.constraints.keys.elements.get(value, ())]
        if 0 <= key < length:
            return [elements[key]]
        for event in grown:
            arguments = self.constraints.arguments_of(event.value)
            in_loop = bool(self._loops(event.row, variable.site))
            if self._list_of(event) not in lists or in_loop or not arguments or len(arguments[0]) != 1:
                return None
            elements += arguments[0]
        later = [event for event in variable.events if event.kind == CHANGE and event.row > read.row]
        if (loops and later) or not -len(elements) <= key < len(elements):
            return None
        return [elements[key]]

    def _mark_early(self, variable: Variable, read: Event) -> None:
        """Part what is read from what is written to the attribute later on in this scope."""
        value = self._value_of(variable)
        in_module = int(self.syntax.scope[variable.site]) in self.constraints.program.module_names
        is_new = value >= 0 and self._is["Call"][value] and self.constraints.class_named(value + 1) >= 0
        later = [event for event in variable.events if event.kind == WRITE and event.key == read.key]
        if not later or not (in_module or is_new) or any(event.anchor <= read.anchor for event in later):
            return
        loops = self._loops(read.row, variable.site)
        if all(not loop < event.row < self.end(loop) for event in later for loop in loops):
            self.early.add(read.row)
            self.late.update(event.row for event in later)

    def _find_dead(self, variable: Variable) -> None:
        """Values of a display whose places are bound anew before the display is handed on."""
        value = self._value_of(variable)
        if value < 0 or not self._is["Dict"][value] or not self._are_told(value):
            return
        anchor = self._anchor(variable.site)
        home = (int(self.syntax.parent[anchor]), int(self.syntax.field[anchor]))
        values = {("item", self.constraints.keys.key(key)): row for key, row in self.constraints.keys.pairs_of(value)}
        calls = self._calls
        for event in variable.events:
            if variable.is_captured and calls[event.row] > calls[variable.site]:
                return
            if event.kind == WRITE and event.key in values and self._list_of(event) == home:
                self.dead.add(values[event.key])
            elif event.kind == CHANGE and self._list_of(event) == home:
                for key, row in values.items():
                    given = self._written(event, key)
                    if given is not None and given >= 0:
                        self.dead.add(row)
            elif event.key is None or (event.kind == READ and event.row not in self.resolved):
                return


def _may_be_same(one: Any, other: Any) -> bool:
    """Whether two keys may be one place: those of lists are counted from either end."""
    return isinstance(one, int) and isinstance(other, int) and (one < 0) != (other < 0)
