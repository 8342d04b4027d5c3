"""The constraint graph of a program: what the text gives variables, in the order in which constructs are read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

import numpy as np

from pipeline_assets.cpg.points_to.constraints import (
    assignments,
    captures,
    declarations,
    displays,
    expressions,
    guards,
    imports,
    names,
    patterns,
    returns,
    sites,
    texts,
)
from pipeline_assets.cpg.points_to.constraints.captures import Capture, Kept
from pipeline_assets.cpg.points_to.constraints.keys import Keys
from pipeline_assets.cpg.points_to.constraints.narrowing import Told
from pipeline_assets.cpg.points_to.constraints.straight_line import StraightLine
from pipeline_assets.cpg.points_to.objects import Objects
from pipeline_assets.cpg.points_to.program import Call, Program
from pipeline_assets.cpg.points_to.syntax import Ints


class Constraints:
    """The constraint graph of a program before anything is solved."""

    def __init__(self, program: Program, objects: Objects) -> None:
        self.program = program
        self.objects = objects
        self.calls: list[Call] = []
        self.seeds: list[tuple[int, int]] = []
        self._triggers: list[tuple[int, Any, int]] = []
        self._triggered: list[int] = []
        self._sources: list[Ints] = []
        self._targets: list[Ints] = []
        self._single: list[tuple[int, int]] = []
        self.metaclasses: dict[int, int] = {}
        self.comprehensions: set[int] = set()
        self.defaults: dict[int, int] = {}
        self.calls_by_row: dict[int, Call] = {}
        self.stored_names: set[str] = set()
        self.tuples: dict[int, list[str]] = {}
        """The fields of named tuples, by class."""
        self.steps: dict[int, list[int]] = {}
        """What generators yield one after the other, by function."""
        self.exact_texts: set[int] = set()
        self.pairs: dict[int, list[tuple[int, int]]] = {}
        self.named: dict[int, int] = {}
        """Names that stand for classes of the repository."""
        self.named_builtin: set[int] = set()
        """Names that stand for builtins."""
        self.narrowed: dict[int, list[Told]] = {}
        """Names that are read where tests tell the class of what they hold."""
        self.captures: dict[int, list[Capture]] = {}
        """Parameters of functions around them that inner functions read, by inner function."""
        self.kept: dict[int, list[Kept]] = {}
        """What inner functions put under keys that they have captured, by inner function."""
        self.makers: set[int] = set()
        """Functions that make such functions."""
        self.rebound: list[int] = []
        """Names of outer scopes' variables that several bindings give values."""
        syntax = program.syntax
        self.flow_uses = self.flow_sites = np.empty(0, np.int64)
        """Names that are read, and the definitions that reach them."""
        self.keys = Keys(syntax)
        self.value, self.target, self.slice = syntax.child("value"), syntax.child("target"), syntax.child("slice")
        self._decorators = syntax.in_field("decorator_list")
        self._with_decorators = set(syntax.parent[self._decorators].tolist())
        self._bound_names = {repr(name) for members in program.members.values() for name in members}
        self._sorted_names = sorted(name[1:-1] for name in self._bound_names)
        self._bound_names.update(map(repr, program.modules))
        self._members: dict[int, dict[str, int]] = {}
        for scope, members in program.members.items():
            self.add_members(scope, members)
        self.has_registered = bool(len(syntax.named("register")))
        """Whether abstract classes may have been told of classes that count as theirs."""
        self.with_metaclass = declarations.read_with_metaclass(program)
        self._read()

    def _read(self) -> None:
        """All that the text tells, construct by construct."""
        names.add_names(self)
        returns.add_returns(self)
        sites.add_calls(self)
        self.returned = captures.read_returned(self)
        self.straight = StraightLine(self)
        self.late_names = {name for _, name in self._late()}
        assignments.add_assignments(self)
        expressions.add_choices(self)
        displays.add_displays(self)
        expressions.add_reads(self)
        texts.add_texts(self)
        declarations.add_definitions(self)
        self.imported = imports.add_imports(self)
        sites.add_operations(self)
        self.annotations = declarations.read_annotations(self)
        self.fields = declarations.read_fields(self)
        self.tuples |= declarations.read_tuples(self)
        guards.add_guards(self)
        self.always_set = assignments.read_always_set(self)
        self.stored_by = assignments.read_stored_by(self)
        self.factories = declarations.read_factories(self)
        self.forwarded = sites.read_forwarded(self)
        patterns.add_patterns(self)
        del self.straight, self.calls_by_row
        self.field_names = {name for fields in self.fields.values() for name in fields}
        self.doubted = declarations.read_doubted(self)
        self.computed_bases = declarations.read_computed_bases(self)

    # What is laid down while the text is read.

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

    def trigger_all(self, variables: Iterable[int], done: Iterable[tuple[int, Any, int]]) -> None:
        """Do something with every value of each of these variables."""
        self._triggered += variables
        self._triggers += done

    def copy_all(self, sources: Any, targets: Any) -> None:
        """Let what each variable of the first array holds flow to that of the second; -1 stands for none."""
        sources, targets = np.asarray(sources, np.int64), np.asarray(targets, np.int64)
        both = (sources >= 0) & (targets >= 0)
        self._sources.append(sources[both])
        self._targets.append(targets[both])

    def copy(self, source: int, target: int) -> None:
        """The same for one."""
        if source >= 0 and target >= 0:
            self._single.append((source, target))

    # What is known of names and definitions.

    def member(self, scope: int, name: str) -> int:
        """The variable of a module's or class's name; -1 when its code binds none."""
        members = self._members.get(scope)
        return -1 if members is None else members.get(name, -1)

    def add_members(self, scope: int, members: dict[str, list[int]]) -> None:
        """Give the names of a module or class their variables: the place that binds them, or one that several feed."""
        found = {name: places[0] for name, places in members.items() if places}
        for name, places in members.items():
            if len(places) > 1:
                found[name] = self.program.variable("member", scope, name)
                for site in places:
                    self.copy(site, found[name])
        self._members[scope] = found

    def _late(self) -> list[tuple[int, str]]:
        rows = sorted(self.straight.late)
        return list(zip(rows, self.program.attributes(np.array(rows, np.int64)), strict=True))

    def arguments_of(self, row: int) -> tuple[list[int], list[tuple[str, int]]] | None:
        """What a call is given, by place and by name; None if something is unpacked."""
        call = self.calls_by_row.get(row)
        return None if call is None or call.star >= 0 or call.double_star >= 0 else (call.positional, call.named)

    def may_name(self, text: str | None) -> bool:
        """Whether a text spells a name that a class or module binds."""
        return text in self._bound_names

    def starts_name(self, start: str) -> bool:
        """Whether a name that a class or module binds starts so."""
        place = bisect_left(self._sorted_names, start)
        return place < len(self._sorted_names) and self._sorted_names[place].startswith(start)

    def operand(self, row: int) -> int:
        """What an expression is an attribute, an item or the class of; -1 if it is none of these."""
        syntax = self.program.syntax
        if not 0 <= row < syntax.count - 2 or self.value[row] >= 0:
            return int(self.value[row]) if 0 <= row < syntax.count else -1
        # What a call calls comes right after it, and then what it is given.
        is_class = syntax.parent[row + 1] == row == syntax.parent[row + 2] and syntax.name(row + 1) == "type"
        return row + 2 if is_class else -1

    def is_receiver(self, row: int) -> bool:
        """Whether an expression is the name of the first parameter of the method that it stands in."""
        syntax = self.program.syntax
        function = self.program.functions.get(int(syntax.scope[row])) if 0 <= row < syntax.count else None
        if function is None or function.class_row < 0 or not function.parameters:
            return False
        # Attributes have a value.
        return bool(self.value[row] < 0) and syntax.name(row) == function.parameters[0].name

    def is_metaclass(self, class_row: int) -> bool:
        """Whether a class is one of classes."""
        return any(name == "builtins.type" for _, name in self.program.orders.get(class_row, ()))

    def class_named(self, row: int) -> int:
        """The class of the repository that a name stands for; -1 if it is none."""
        return self.named.get(row, -1)

    def is_decorated(self, row: int) -> bool:
        """Whether a definition has decorators."""
        return row in self._with_decorators

    def is_definition(self, row: int) -> bool:
        """Whether a row is a function or a class."""
        return row in self.program.functions or row in self.program.class_rows

    def is_decorator(self, row: int) -> bool:
        """Whether an expression is a decorator."""
        return bool(0 <= row < len(self._decorators) and self._decorators[row])

    def metaclasses_of(self, class_row: int) -> list[int]:
        """The metaclasses that a class or one of its ancestors names."""
        if not self.metaclasses:
            return []
        order = self.program.orders.get(class_row, ())
        return [self.metaclasses[ancestor] for ancestor, _ in order if ancestor in self.metaclasses]

    def name_at(self, row: int, name: str) -> int:
        """The variable of a name of the module that a row is in; -1 if it has none."""
        module = self.module_of(int(self.program.syntax.scope[row]))
        return self.member(module, name) if name.isidentifier() else -1

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
