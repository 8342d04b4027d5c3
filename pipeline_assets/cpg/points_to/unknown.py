"""What may hold more than the fixpoint knows: one pass over what it left, from what lies outside to what is called.

A variable is unknown if something may flow into it that nobody here can see: what callers outside pass, what functions
outside give back, what an expression gives that the analysis does not follow, what a limit cut off. Receivers are told
apart: the first argument of a method is an object of its class or of one that inherits from it, whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.cpg.points_to import members
from pipeline_assets.cpg.points_to.knowledge import gives_known, is_followed, is_plain_slot
from pipeline_assets.cpg.points_to.layout import by_variable
from pipeline_assets.cpg.points_to.objects import (
    BOUND,
    BUILTIN,
    CLASS,
    CONTAINER,
    CONTAINER_METHOD,
    DESCRIPTOR_CALL,
    FUNCTION,
    INSTANCE,
    MODULE,
    OUTSIDE,
    PARTIAL,
    SUPER,
    TEXT,
)
from pipeline_assets.cpg.points_to.program import Function
from pipeline_assets.cpg.points_to.solver import MOST_STEPS, Solver
from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import (
    BIND,
    CALL,
    CAUGHT,
    HASH,
    KEY,
    KEYED,
    LOAD,
    MADE,
    MAKE,
    MERGE,
    OPERATE,
    OPERATE_EITHER,
    RECEIVE,
    SEARCH,
    START,
    STORE,
    STORE_ITEM,
    SUPER_OF,
)

REASONS = MappingProxyType(
    {
        "limit": "objects that a limit of the analysis cut off",
        "undefined": "a name that nothing here binds",
        "rebinding": "what other assignments of a variable of an outer scope give it",
        "outside": "what something outside gives back",
        "exception": "an exception that is caught",
        "expression": "what an expression gives that is not followed",
        "attribute": "an attribute that is not known, or is set where it is not known of which object",
        "override": "a member of another class that inherits from the receiver's",
        "parameter": "what callers outside pass",
    }
)
"""Why a variable is unknown; of several reasons the one that is met first."""
_LIMIT, _UNDEFINED, _REBINDING, _OUTSIDE, _EXCEPTION, _EXPRESSION, _ATTRIBUTE, _OVERRIDE, _PARAMETER = range(1, 10)
_NOT_PASSED = (STORE, STORE_ITEM, RECEIVE, START, MADE, CAUGHT, OPERATE, OPERATE_EITHER, HASH, KEY, SEARCH)
"""What is done with a variable that has no result which would be unknown with it; operators are looked at apart."""
_NOT_CHECKED = (*_NOT_PASSED, BIND, MAKE, MERGE, SUPER_OF)
_CALLED = (FUNCTION, BOUND, CLASS, BUILTIN, OUTSIDE, CONTAINER_METHOD, DESCRIPTOR_CALL, PARTIAL)
Codes = npt.NDArray[np.int8]


class Unknown:
    """For every variable, why it may hold more than is known (0: it does not), and so for every call."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.program, self.constraints, self.objects = solver.program, solver.constraints, solver.objects
        self.count = len(solver.values)
        self.has_value = np.fromiter(map(bool, solver.values), bool, self.count)
        self._loads: dict[tuple[frozenset[int], str, int | None], int] = {}
        self._read_triggers()
        self.receivers = {f.parameters[0].row: f for f in self.program.functions.values() if self._has_receiver(f)}
        self.heirs = self._find_heirs()
        self.definers = self._find_definers()
        self._members: dict[tuple[int, str, int], int] = {}
        self._inherited: dict[tuple[int, str, bool], set[int]] = {}
        self.strays = {n for row in self.constraints.doubted for n in self.program.members.get(row, ())}
        """Members of classes that may inherit from any other."""
        self.given = {name for f in self.program.functions.values() for _, name in f.stores}
        """Attributes that hold what methods are given, told apart call by call: callers outside give more."""
        sources, targets = _copies(solver)
        self.has_source = np.zeros(self.count, bool)
        self.has_source[targets] = True
        self.sole = self._sole_sources(sources, targets)
        self.is_receiver = np.zeros(self.count, bool)
        receiving = _Flow(sources, targets, self.count)
        self.is_receiver = receiving.spread(np.zeros(self.count, np.int8), dict.fromkeys(self.receivers, 1)) > 0
        more = self._passed()
        self.flow = _Flow(np.append(sources, more[0]), np.append(targets, more[1]), self.count)
        self.why = self._solve()

    def _read_triggers(self) -> None:
        """What is done with variables, as columns: where, what, with what, and where the result goes."""
        variables, done = self.constraints.triggers()
        added = self.solver.added
        self.bases = np.append(variables, np.fromiter(map(itemgetter(0), added), np.int64, len(added)))
        done = [*done, *map(itemgetter(1), added)]
        self.kinds = np.fromiter(map(itemgetter(0), done), np.int8, len(done))
        self.whats = list(map(itemgetter(1), done))
        self.results = np.fromiter(map(itemgetter(2), done), np.int64, len(done))
        self.kinds[self.bases < 0] = -1

    def _solve(self) -> Codes:
        """Spread what is unknown; what is stored on unknown objects makes that attribute of all objects unknown."""
        why = self.flow.spread(np.zeros(self.count, np.int8), dict(self._own_starts()))
        why = self.flow.spread(why, dict(self._found_starts(why)))
        loads = np.flatnonzero((self.kinds == LOAD) & (self.results >= 0)).tolist()
        wild: set[str] = set()
        while True:
            more = self._wild_names(why) - wild
            if not more:
                return why
            wild |= more
            found = (int(self.results[at]) for at in loads if self.whats[at] in more)
            why = self.flow.spread(why, {result: _ATTRIBUTE for result in found if not why[result]})

    def _wild_names(self, why: Codes) -> set[str]:
        """Attributes that something which may be called is assigned to, on objects that are not known."""
        callable_kinds = (FUNCTION, BOUND, CLASS, PARTIAL, INSTANCE)
        kinds, values = self.objects.kinds, self.solver.values
        stores = np.flatnonzero(self.kinds == STORE)
        stores = stores[why[self.bases[stores]] > 0]
        return {
            self.whats[at]
            for at, source in zip(stores.tolist(), self.results[stores].tolist(), strict=True)
            if any(kinds[value] in callable_kinds for value in values[source])
        }

    # -- where it starts

    def _own_starts(self) -> Iterator[tuple[int, int]]:
        """Variables that are unknown by themselves, and why; the last reason counts."""
        program, syntax = self.program, self.program.syntax
        for function in program.functions.values():
            for parameter in function.parameters:
                if parameter.row not in self.receivers:
                    yield parameter.row, _PARAMETER
        targets = syntax.under(np.flatnonzero(syntax.in_field("target")), "AugAssign")
        sent = np.flatnonzero(syntax.of_kind("Yield"))
        yield from ((row, _EXPRESSION) for row in (*targets.tolist(), *sent.tolist(), *self.solver.guessed))
        yield from self._computed()
        yield from ((row, _EXCEPTION) for row in np.flatnonzero(syntax.of_kind("ExceptHandler")).tolist())
        yield from ((row, _REBINDING) for row in self.constraints.rebound)
        yield from ((row, _UNDEFINED) for row in self._without_source())
        everything = range(self.count) if self.solver.steps >= MOST_STEPS else self.solver.full
        yield from ((variable, _LIMIT) for variable in everything)

    def _found_starts(self, why: Codes) -> Iterator[tuple[int, int]]:
        """Results that are unknown though what they come from is known."""
        places = np.flatnonzero((self.results >= 0) & ~np.isin(self.kinds, (-1, *_NOT_CHECKED)))
        bases, results = self.bases[places], self.results[places]
        chosen = (why[bases] == 0) & (why[results] == 0) & (self.has_value[bases] | self.is_receiver[bases])
        places, bases, results = places[chosen], bases[chosen], results[chosen]
        columns = (places.tolist(), bases.tolist(), self.kinds[places].tolist(), results.tolist())
        for at, base, kind, result in zip(*columns, strict=True):
            code = self._of_trigger(base, kind, self.whats[at])
            if code:
                yield result, code

    def _without_source(self) -> list[int]:
        """Names, imports and captures that nothing flows to."""
        syntax = self.program.syntax
        rows = syntax.of_kind("Name", "alias", "MatchAs", "MatchStar", "MatchMapping", "Yield")
        results = self.results[(self.results >= 0) & ~np.isin(self.kinds, (-1, STORE, STORE_ITEM, MERGE))]
        has_source = self.has_source.copy()
        has_source[results] = True
        has_source[[variable for variable, _ in self.constraints.seeds]] = True
        return np.flatnonzero(rows & ~has_source[: syntax.count]).tolist()

    def _computed(self) -> Iterator[tuple[int, int]]:
        """Operators on anything but texts: what they give is followed only where a method of the repository is run."""
        syntax, kinds, values = self.program.syntax, self.objects.kinds, self.solver.values
        operands = self._operands()
        for row, parent in zip(operands.tolist(), syntax.parent[operands].tolist(), strict=True):
            known = (TEXT, CONTAINER) if syntax.is_sum[parent] else (TEXT,)
            if any(kinds[value] not in known for value in values[row]):
                yield parent, _EXPRESSION

    def _of_trigger(self, variable: int, kind: int, what: Any) -> int:
        """Why the result of something that is done with a variable's values is unknown, though they are not."""
        values = self.solver.values[variable]
        if not values:
            return _OVERRIDE if self.is_receiver[variable] else 0
        is_receiver = bool(self.is_receiver[variable])
        if kind == LOAD:
            key = (values, what, int(self.sole[variable]) if is_receiver else None)
            code = self._loads.get(key)
            if code is None:
                code = self._loads[key] = self._of_load(variable, what, values, is_receiver)
            return code
        if is_receiver:
            return _OVERRIDE
        if kind == CALL:
            call = self.solver.calls[what]
            return 0 if all(gives_known(self.solver, call, value) for value in values) else _OUTSIDE
        return 0 if all(is_followed(self.solver, kind, value) for value in values) else _EXPRESSION

    def _of_load(self, variable: int, name: str, values: frozenset[int], is_receiver: bool) -> int:
        """The same for an attribute that is read."""
        if not all(self._has(value, name) for value in values):
            return _ATTRIBUTE
        if is_receiver and name in self.given:
            return _PARAMETER
        return _OVERRIDE if self._may_be_overridden(variable, name, values) else 0

    # -- attributes

    def _has(self, value: int, name: str) -> bool:
        """Whether it is known what an object's attribute is, if it has it."""
        kind, first = self.objects.kinds[value], self.objects.firsts[value]
        if kind in (INSTANCE, CLASS):
            if first in self.constraints.doubted:
                return False
            return self._member(first, name) != -1 or self._has_field(value, name)
        if kind == MODULE:
            return self._module_has(first, name)
        if kind == BUILTIN:
            return f"{first}.{name}" in self.program.environment
        if kind == SUPER:
            return True
        return kind not in (PARTIAL, BOUND, FUNCTION) or name.startswith("__") or self._has_field(value, name)

    def _has_field(self, value: int, name: str) -> bool:
        field = self.program.extra.get(("field", value, name), -1)
        if field >= 0 and self.solver.values[field]:
            return True
        return self.objects.kinds[value] == CLASS and bool(self.constraints.metaclasses_of(self.objects.firsts[value]))

    def _module_has(self, module: str, name: str) -> bool:
        program = self.program
        return (
            name in program.members.get(program.modules.get(module, -1), ())
            or (module, name) in program.exports
            or f"{module}.{name}" in program.modules
        )

    def _member(self, class_row: int, name: str, start: int = 0) -> int:
        """What a search along a resolution order ends at: a variable, -2 for something outside, -1 for nothing."""
        key = (class_row, name, start)
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = self._search(class_row, name, start)
        return found

    def _search(self, class_row: int, name: str, start: int) -> int:
        outside = -1
        for ancestor, full_name in self.program.orders.get(class_row, [])[start:]:
            if ancestor < 0:
                bare = full_name.removeprefix("builtins.")
                if bare != full_name and f"{bare}.{name}" in self.program.environment:
                    return -2
                outside = -2 if bare == full_name else outside
            elif name in self.program.members.get(ancestor, ()):
                return self.constraints.member(ancestor, name)
        if outside == -1 and any(
            "__getattr__" in self.program.members.get(a, ()) for a, _ in self.program.orders.get(class_row, [])
        ):
            return -2
        return outside

    def _may_be_overridden(self, variable: int, name: str, values: Iterable[int]) -> bool:
        """Whether a class that inherits has another member than those that were looked at."""
        supers = [value for value in values if self.objects.kinds[value] == SUPER]
        if supers:
            return self._super_may_differ(name, supers)
        if not self.is_receiver[variable]:
            return False
        function = self.receivers.get(int(self.sole[variable]))
        if function is None or name in self.strays or self.constraints.is_metaclass(function.class_row):
            return True
        kinds, firsts = self.objects.kinds, self.objects.firsts
        seen = {self._member(firsts[value], name) for value in values if kinds[value] in (INSTANCE, CLASS)}
        return not self._of_heirs(function.class_row, name, is_super=False) <= seen

    def _super_may_differ(self, name: str, supers: list[int]) -> bool:
        seen, every = set(), set()
        for value in supers:
            class_row, receiver = self.objects.firsts[value], self.objects.firsts[self.objects.seconds[value]]
            searched = receiver if receiver in self.heirs.get(class_row, ()) else class_row
            seen.add(self._member(searched, name, self._place_after(searched, class_row)))
            every |= self._of_heirs(class_row, name, is_super=True)
            if class_row in self.constraints.doubted:
                return True
        return -1 in seen or not every <= seen

    def _of_heirs(self, class_row: int, name: str, is_super: bool) -> set[int]:
        """The members that objects of a class may have, or may have after it; only heirs of a definer differ."""
        key = (class_row, name, is_super)
        found = self._inherited.get(key)
        if found is None:
            own = self.heirs.get(class_row, set())
            differing = {class_row}.union(*(self.heirs[row] & own for row in self.definers.get(name, ())))
            place = {row: self._place_after(row, class_row) if is_super else 0 for row in differing}
            found = self._inherited[key] = {self._member(row, name, at) for row, at in place.items()}
        return found

    def _place_after(self, class_row: int, before: int) -> int:
        """Where `super()` in a class starts to search the order of one that inherits from it."""
        order = self.program.orders.get(class_row, ())
        return 1 + next((at for at, (ancestor, _) in enumerate(order) if ancestor == before), 0)

    def _find_heirs(self) -> dict[int, set[int]]:
        """Classes of the repository that inherit from each, itself included."""
        found: dict[int, set[int]] = {row: {row} for row in self.program.class_rows}
        for row, order in self.program.orders.items():
            for ancestor, _ in order:
                if ancestor >= 0:
                    found.setdefault(ancestor, set()).add(row)
        return found

    def _find_definers(self) -> dict[str, list[int]]:
        """Classes with a member of each name."""
        found: dict[str, list[int]] = {}
        for row in self.program.class_rows:
            for name in self.program.members.get(row, ()):
                found.setdefault(name, []).append(row)
        return found

    def _has_receiver(self, function: Function) -> bool:
        if function.class_row < 0 or function.is_static or not function.ordered:
            return False
        return function.ordered[0] is function.parameters[0]

    # -- how it spreads

    def _passed(self) -> tuple[Ints, Ints]:
        """Where what is done with an unknown value, or computed from it, goes."""
        passing = (self.results >= 0) & ~np.isin(self.kinds, (-1, MERGE, *_NOT_PASSED))
        merges = np.flatnonzero(self.kinds == MERGE)
        stars = [self.program.extra.get(("star", result), -1) for result in self.results[merges].tolist()]
        known = np.array(stars, np.int64) >= 0
        operands = self._operands()
        keys, places = self._by_key()
        captures = [each for inner in self.constraints.captures.values() for each in inner]
        parameters, uses = (np.array([each[at] for each in captures], np.int64) for at in (0, 1))
        return (
            np.concatenate([self.bases[passing], self.bases[merges[known]], operands, keys, parameters]),
            np.concatenate(
                [
                    self.results[passing],
                    np.array(stars, np.int64)[known],
                    self.program.syntax.parent[operands],
                    places,
                    uses,
                ]
            ),
        )

    def _by_key(self) -> tuple[Ints, Ints]:
        """From keys that variables hold to what is read there, or to any place that is written to."""
        pairs = []
        for at in np.flatnonzero(self.kinds == KEYED).tolist():
            container, is_store, other = self.whats[at]
            written = self.program.extra.get(("star", container), -1)
            pairs.append((int(self.bases[at]), other if is_store is False else written))
        for item in (each for kept in self.constraints.kept.values() for each in kept):
            # Whoever calls from outside may put something there, too.
            stars = (self.program.extra.get(("star", value), -1) for value in self.solver.values[item.container])
            pairs += ((item.parameter, star) for star in stars)
        found = np.array(pairs, np.int64).reshape(-1, 2)
        found = found[found[:, 1] >= 0]
        return found[:, 0], found[:, 1]

    def _operands(self) -> Ints:
        syntax = self.program.syntax
        return syntax.under(np.flatnonzero(syntax.in_field("left", "right")), "BinOp")

    def _sole_sources(self, sources: Ints, targets: Ints) -> Ints:
        """The variable that alone flows to each; -1 where there is none, or are several."""
        found = np.full(self.count, -1, np.int64)
        found[targets] = sources
        found[np.bincount(targets, minlength=self.count) != 1] = -1
        return found

    # -- what it says of calls

    def sites(self) -> tuple[Ints, Codes]:
        """The call expressions that may call more than is known, and why: what is first met of a site counts."""
        places = np.flatnonzero((self.kinds == CALL) | (self.kinds == START) | (self.kinds == MAKE))
        bases, is_call = self.bases[places], self.kinds[places] == CALL
        codes = self.why[bases]
        open_ones = is_call & (codes == 0)
        codes[open_ones & self.is_receiver[bases]] = _OVERRIDE
        asked = np.flatnonzero(open_ones & ~self.is_receiver[bases])
        values, known = self.solver.values, dict[frozenset[int], int]()
        for at, variable in zip(asked.tolist(), bases[asked].tolist(), strict=True):
            held = values[variable]
            if held not in known:
                known[held] = self._of_callees(held)
            codes[at] = known[held]
        made_at = {key[1] for key in self.program.extra if key[0] == "made"}
        for at in np.flatnonzero(is_call & (codes == 0)).tolist() if made_at else ():
            site = self._site(int(places[at]))
            if site in made_at:
                codes[at] = self._of_makers(int(bases[at]), site)
        doubted = np.flatnonzero(codes)
        found = np.array([self._site(at) for at in places[doubted].tolist()], np.int64)
        kept = found >= 0
        sites, first = np.unique(found[kept], return_index=True)
        return sites, codes[doubted][kept][first]

    def _site(self, at: int) -> int:
        """The call expression that is called at; -1 if no such is written."""
        what = self.whats[at]
        call = self.solver.calls[what[0] if self.kinds[at] == START else what]
        return call.site if call.way == "call" and call.site < self.program.syntax.count else -1

    def _of_callees(self, values: frozenset[int]) -> int:
        """Why a call of these objects may call more."""
        kinds, firsts = self.objects.kinds, self.objects.firsts
        for value in values:
            if kinds[value] == BUILTIN and not is_plain_slot(firsts[value]):
                return _OUTSIDE
            if kinds[value] == INSTANCE and members.has(self.solver, value, "__call__"):
                continue
            if kinds[value] not in _CALLED or (kinds[value] == CLASS and firsts[value] in self.constraints.doubted):
                return _EXPRESSION
        return 0 if values else _EXPRESSION

    def _of_makers(self, variable: int, site: int) -> int:
        """Why what a `__new__` of the repository gives may be initialised by something else than its class says."""
        found = self.program.extra
        made = (found.get(("made", site, value), -1) for value in self.solver.values[variable])
        codes = (int(self.why[each]) for each in made if each >= 0)
        # The class that is called is known here, though `__new__` may be given others elsewhere.
        return next((code for code in codes if code not in (0, _OVERRIDE)), 0)


class _Flow:
    """Where the values of each variable go."""

    def __init__(self, sources: Ints, targets: Ints, count: int) -> None:
        order, self._bounds = by_variable(sources, count)
        self._following = targets[order]

    def spread(self, found: Codes, starts: dict[int, int]) -> Codes:
        """Give what a variable flows to its reason, unless it has one."""
        front = np.fromiter(starts, np.int64, len(starts))
        found[front] = np.fromiter(starts.values(), np.int8, len(starts))
        while len(front):
            begins, counts = self._bounds[front], self._bounds[front + 1] - self._bounds[front]
            places = np.repeat(begins - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            reached, codes = self._following[places], np.repeat(found[front], counts)
            is_new = found[reached] == 0
            reached, codes = reached[is_new], codes[is_new]
            found[reached] = codes
            front = np.unique(reached)
        return found


def _copies(solver: Solver) -> tuple[Ints, Ints]:
    sources, targets = solver.constraints.edges()
    more = np.fromiter(solver.copied, np.int64, len(solver.copied))
    return np.append(sources, more >> 32), np.append(targets, more & 0xFFFFFFFF)
