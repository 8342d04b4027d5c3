"""The fixpoint: values flow along copies, and what is done with them adds copies, calls and objects."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from pipeline_assets.cpg.points_to import (
    builtin_models,
    classes,
    closures,
    containers,
    dispatch,
    exceptions,
    instances,
    outside_callers,
    reads,
)
from pipeline_assets.cpg.points_to.annotations import Annotations
from pipeline_assets.cpg.points_to.constraints.graph import Constraints
from pipeline_assets.cpg.points_to.handlers import HANDLERS
from pipeline_assets.cpg.points_to.layout import Layout
from pipeline_assets.cpg.points_to.objects import FUNCTION, TEXT, Objects
from pipeline_assets.cpg.points_to.program import Program
from pipeline_assets.cpg.points_to.triggers import BIND

MOST_VALUES = 10
"""A variable that may hold more objects than this holds no further ones, and counts as unknown."""
MOST_IN_ALL, MOST_OF_SMALL = 6_000_000, 100
"""Small repositories can afford more: so many for each variable's share of so many in all."""
MOST_OF_TABLE = 100
"""Functions of one scope, as a table of them has, are no objects that are made again and again."""
MOST_TEXTS = 4
"""A variable that may hold more constants than this holds any."""
MOST_STEPS = 4_000_000
"""Values handed on, after which the analysis stops as it is."""


class Solver:
    """What every variable may hold, and what every call may call."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.objects = Objects()
        self.constraints = Constraints(program, self.objects)
        self.calls = self.constraints.calls
        self.triggers: dict[int, list[tuple[int, Any, int]]] = {}
        self.added: list[tuple[int, tuple[int, Any, int]]] = []
        """What is done beside what the text itself does: with which variable, and what."""
        self.values = program.held
        self.full: set[int] = set()
        self.found: dict[tuple[int, str, int, int], None] = {}
        self.looked_up: dict[Any, tuple[list[int], list[int], int, int]] = {}
        """What searches along resolution orders came to, by class, place, name and whether attributes have it."""
        self.class_fields: dict[str, list[tuple[int, int, bool]]] = {}
        """Classes that something is stored in, by name of the attribute: with the variable, and whether it is late."""
        self.class_readers: dict[str, list[tuple[list[int], bool, tuple[int, int, str], int]]] = {}
        """Who reads such attributes: the classes that are asked, whether early, how, and where the result goes."""
        self.reads: dict[tuple[bool, bool], dict[tuple[int, str], reads.Read]] = {
            (is_stored, is_early): {} for is_stored in (False, True) for is_early in (False, True)
        }
        """What reading attributes gives: of names that are stored somewhere or not, early or not."""
        self.reads_of: dict[str, list[tuple[list[int], bool, reads.Read]]] = {}
        """Those of each name, with the classes that are asked, and whether they are early."""
        self.unstored: dict[str, list[tuple[int, str]]] = {}
        """Who reads attributes that nothing is known to be stored in, by name."""
        self.closures: dict[int, set[Any]] = {}
        """The calls that make inner functions, by function."""
        self.entered: set[tuple[int, Any]] = set()
        """Inner functions that are called, with the call that has made them."""
        self.sites: dict[int, int] = {}
        """Where attributes are read into variables that have no row."""
        self.more: dict[int, list[int]] = {}
        self.copied: set[int] = set()
        """Copies beside those of the text: both variables in one number."""
        self._waiting: dict[int, frozenset[int]] = {}
        self._queue: deque[int] = deque()
        self.bound: set[int] = set()
        """Calls whose arguments a function has got: call, function, and whether it was given a receiver."""
        self.known_members: dict[tuple[int, str], bool] = {}
        """Whether a class of the repository in a class's order has a member."""
        self.enumerations: dict[int, bool] = {}
        self.makings: dict[int, instances.Making] = {}
        self.once: set[Any] = set()
        self.implied: dict[Any, int] = {}
        self._todo: deque[tuple[int, Any, int, Iterable[int]]] = deque()
        self.places: dict[int, dict[int, int]] = {}
        self.items: dict[int, list[Any]] = {}
        self.merged: dict[int, list[tuple[int, tuple[Any, ...]]]] = {}
        self.annotated: dict[tuple[int, str], list[list[int]]] = {}
        self.raised: dict[str | int, list[int]] = {}
        """What is raised, by the classes that it may be caught as."""
        self.handlers: dict[str | int, list[int]] = {}
        self.views: dict[int, containers.View] = {}
        self.enumerated: dict[int, list[int]] = {}
        """The objects of enumerations."""
        self.inner_types: dict[int, str] = {}
        """The builtin containers that classes inherit from."""
        self.factories: dict[int, int] = {}
        """What a container puts where nothing was: the variable of a function."""
        self.enrolled: dict[int, list[tuple[int, int]]] = {}
        """The functions of generic ones, with the variables of the classes that they are for."""
        self.undecided: list[tuple[int, int, int, int]] = []
        self.guessed: set[int] = set()
        """Variables that hold what they are annotated with, as nothing else is known of them."""
        self.unnamed: list[tuple[int, int, int]] = []
        """Names that are asked of a method's own object: with the object, and where the attribute goes."""
        self.pending: list[tuple[int, int, bool, int]] = []
        self._annotations = Annotations(program)
        self.steps = 0
        self.most = max(MOST_VALUES, min(MOST_OF_SMALL, MOST_IN_ALL // max(1, program.syntax.count)))
        """So many objects may a variable hold."""
        self._lay_out()

    def _lay_out(self) -> None:
        """Copies and triggers that the text itself has, by variable: `…[starts[v] : starts[v + 1]]`."""
        text = Layout(self.constraints, len(self.values))
        self._size, self._roots = len(self.values), text.roots
        self._starts, self._next = text.starts, text.targets
        self._firsts, self._done = text.firsts, text.done

    def solve(self) -> None:
        """From what the code itself does to what others may do with it."""
        self._sow()
        classes.make_classes(self)
        self._settle()
        scripts = outside_callers.scripts(self)
        closures.read_unentered(self, scripts)
        outside_callers.call_from_outside(self, scripts)
        for _ in range(2):
            self._annotations.fill(self)
            self._settle()
        closures.read_unentered(self, scripts)
        self._annotations.fill_tested(self)
        builtin_models.settle_names(self)
        self._settle()
        self.values[: self._size] = [self.values[root] for root in self._roots]

    def _sow(self) -> None:
        """Give variables what they hold from the start; where nothing is done with it, nothing has to wait."""
        starts, firsts, values, alone = self._starts, self._firsts, self.values, self.objects.alone
        for variable, value in self.constraints.seeds:
            is_idle = starts[variable] == starts[variable + 1] and firsts[variable] == firsts[variable + 1]
            if is_idle and not values[variable]:
                values[variable] = alone[value]
            else:
                self.give(variable, value)

    def _settle(self) -> None:
        """Hand on values, then those that only stand in for others."""
        self.run()
        exceptions.catch_unraised(self)
        self.run()
        while self.pending or self.undecided:
            containers.settle_keys(self)
            dispatch.settle(self)
            self.run()

    def first_time(self, *what: Any) -> bool:
        """Whether this is done for the first time."""
        if what in self.once:
            return False
        self.once.add(what)
        return True

    def give(self, variable: int, value: int) -> None:
        """Let a variable hold an object."""
        self.give_all(variable, self.objects.alone[value])

    def give_all(self, variable: int, values: frozenset[int]) -> None:
        """Let a variable hold these objects."""
        if variable < 0 or variable in self.full:
            return
        waiting = self._waiting.get(variable)
        if waiting is not None:
            if not values <= waiting:
                self._waiting[variable] = _joined(waiting, values)
        elif not values <= self.values[variable]:
            self._waiting[variable] = values
            self._queue.append(variable)

    def copy(self, source: int, target: int) -> None:
        """Let what one variable holds flow to another, now and later."""
        if source < 0 or target < 0 or source == target:
            return
        pair = source << 32 | target
        if pair in self.copied:
            return
        self.copied.add(pair)
        root = self._roots[source] if source < self._size else source
        self.more.setdefault(root, []).append(target)
        held = self.values[root]
        if held:
            self.give_all(target, held)

    def on(self, variable: int, kind: int, what: Any, result: int) -> None:
        """Do something with what a variable holds, now and later."""
        key = (variable, kind, what, result)
        if variable < 0 or key in self.once:
            return
        self.once.add(key)
        done = (kind, what, result)
        root = self._roots[variable] if variable < self._size else variable
        self.triggers.setdefault(root, []).append(done)
        self.added.append((variable, done))
        held = self.values[root]
        if held:
            self._todo.append((kind, what, result, sorted(held)))

    def held(self, variable: int) -> frozenset[int]:
        """What a variable holds by now."""
        return self.values[self._roots[variable] if variable < self._size else variable]

    def on_member(self, member: int, how: tuple[int, int, str], result: int) -> None:
        """Bind what a class's member holds, now and later; a method without decorators is all that it ever holds."""
        held = self.values[member]
        if held and member in self.program.functions and not self.constraints.is_decorated(member):
            self._todo.append((BIND, how, result, held))
        else:
            self.on(member, BIND, how, result)

    def run(self) -> None:
        """Hand on values until nothing changes."""
        # Millions of turns: what a turn does is written out here, `give_all` for what is handed on among it.
        queue, todo, waiting, values, full = self._queue, self._todo, self._waiting, self.values, self.full
        starts, following, firsts, done_by_text = self._starts, self._next, self._firsts, self._done
        size, more, triggers, handlers = self._size, self.more, self.triggers, HANDLERS
        exact = self.constraints.exact_texts
        most = self.most
        while (queue or todo) and self.steps < MOST_STEPS:
            if todo:
                kind, what, result, found = todo.popleft()
                handle = handlers[kind]
                for value in found:
                    handle(self, value, what, result)
                continue
            variable = queue.popleft()
            held, new = values[variable], waiting.pop(variable)
            if held:
                new -= held
            if not exact.isdisjoint(new):
                new = self._without_many_texts(held, new)
            if len(new) > most - len(held):
                new = self._cut(variable, held, new, most)
            if not new:
                continue
            values[variable] = held | new if held else new
            self.steps += len(new)
            targets, done = more.get(variable, ()), triggers.get(variable, ())
            if variable < size:
                targets = [*following[starts[variable] : starts[variable + 1]], *targets]
                done = [*done_by_text[firsts[variable] : firsts[variable + 1]], *done]
            for target in targets:
                pending = waiting.get(target)
                if pending is not None:
                    if not new <= pending:
                        waiting[target] = _joined(pending, new)
                elif target not in full and not new <= values[target]:
                    waiting[target] = new
                    queue.append(target)
            if done:
                ordered = sorted(new) if len(new) > 1 else tuple(new)
                # What is done may add to the triggers; what it adds sees these values by itself.
                for kind, what, result in tuple(done):
                    handle = handlers[kind]
                    for value in ordered:
                        handle(self, value, what, result)

    def _cut(self, variable: int, held: frozenset[int], new: frozenset[int], most: int) -> frozenset[int]:
        """As many as a variable may hold; a table of functions that are all defined in one scope may be longer."""
        kinds, firsts, parents = self.objects.kinds, self.objects.firsts, self.program.parents
        every = held | new
        if all(kinds[value] == FUNCTION for value in every) and len({parents[firsts[value]] for value in every}) == 1:
            most = MOST_OF_TABLE
        if len(every) > most:
            self.full.add(variable)
        return frozenset(sorted(new)[: max(0, most - len(held))])

    def _without_many_texts(self, held: frozenset[int], new: frozenset[int]) -> frozenset[int]:
        """Of more than a few different texts it is only known that they are texts."""
        exact = self.constraints.exact_texts
        if len(exact & held) + len(exact & new) <= MOST_TEXTS:
            return new
        types = {self.objects.firsts[text] for text in exact & new}
        return (new - exact | {self.objects.get(TEXT, name) for name in types}) - held


def _joined(waiting: frozenset[int], values: frozenset[int]) -> frozenset[int]:
    """What waits for a variable with more; of many only those that it may come to hold beside what it has."""
    joined = waiting | values
    return joined if len(joined) < 4 * MOST_OF_SMALL else frozenset(sorted(joined)[: 2 * MOST_OF_SMALL])
