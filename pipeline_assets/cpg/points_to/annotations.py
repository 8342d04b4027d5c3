"""Annotations as weak evidence: what stands where nothing else is known of a parameter, an attribute or a result."""

from __future__ import annotations

import ast
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline_assets.cpg.points_to import classes, containers
from pipeline_assets.cpg.points_to.objects import ANY, CLASS, CONTAINER, INSTANCE, SOME
from pipeline_assets.cpg.points_to.triggers import ANNOTATED

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.program import Program
    from pipeline_assets.cpg.points_to.solver import Solver

MOST_SUBCLASSES = 5
"""Of a class with more subclasses than this one object stands for those of all."""
_SEQUENCES = frozenset((
    "list", "List", "Sequence", "MutableSequence", "Iterable", "Iterator", "Collection", "set", "Set", "frozenset",
    "FrozenSet", "AbstractSet", "deque", "Deque", "Generator", "AsyncIterator", "AsyncIterable", "tuple", "Tuple",
))  # fmt: skip
_MAPPINGS = frozenset(("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "DefaultDict", "OrderedDict"))
_SAME = frozenset(("Optional", "Union", "Final", "ClassVar", "Annotated", "Awaitable", "Coroutine", "Required"))
_CLASSES = frozenset(("type", "Type"))


class Annotations:
    """Every variable that is annotated, with what it is annotated with."""

    def __init__(self, program: Program) -> None:
        self.syntax = program.syntax
        self._left = self.syntax.child("left")
        self._right = self.syntax.child("right")
        self._kinds = {
            name: self.syntax.of_kind(name) for name in ("BinOp", "Subscript", "Constant", "Tuple", "Name", "Attribute")
        }

    def fill(self, solver: Solver) -> None:
        """Let variables that hold nothing hold objects of what they are annotated with."""
        for parameter, annotation in solver.constraints.annotations.items():
            self._offer(solver, parameter, annotation)
        syntax, program = self.syntax, solver.program
        returns = syntax.child("returns")
        for row, function in program.functions.items():
            if returns[row] >= 0 and not function.is_generator and not function.passed_on:
                self._offer(solver, program.variable("return", row), int(returns[row]))
        annotated = syntax.child("annotation")
        for row in np.flatnonzero(syntax.of_kind("AnnAssign")).tolist():
            target = int(solver.constraints.target[row])
            if target >= 0 and annotated[row] >= 0:
                self._offer_target(solver, target, int(annotated[row]))

    def fill_tested(self, solver: Solver) -> None:
        """Let names that tests tell the class of hold objects of it if they hold nothing."""
        objects = solver.objects
        for use, tests in solver.constraints.narrowed.items():
            classes = [row for told in tests if told.is_one for row in told.classes]
            if classes and not solver.values[use]:
                solver.guessed.add(use)
                for row in classes:
                    annotated(solver, objects.get(CLASS, row), False, use)

    def _offer_target(self, solver: Solver, target: int, annotation: int) -> None:
        """An annotated name or attribute; of a class, it tells of the attribute of its objects."""
        scope = int(self.syntax.scope[target])
        if self._kinds["Attribute"][target]:
            self._offer(solver, target, annotation)
        elif scope in solver.program.class_rows:
            name = self.syntax.name(target)
            readers = chain.from_iterable(solver.annotated.get((scope, name), ()))
            idle = [reader for reader in readers if not solver.values[reader]]
            if idle:
                variable = solver.program.variable("annotated", scope, name)
                self._offer(solver, variable, annotation)
                for reader in idle:
                    solver.copy(variable, reader)
        else:
            self._offer(solver, target, annotation)

    def _offer(self, solver: Solver, variable: int, annotation: int) -> None:
        if not solver.values[variable]:
            solver.guessed.add(variable)
            self._stand_for(solver, annotation, variable)

    def _stand_for(self, solver: Solver, row: int, variable: int) -> None:
        """Give a variable objects of what an annotation names."""
        if row < 0:
            return
        if row >= self.syntax.count:
            solver.on(row, ANNOTATED, False, variable)
        elif self._kinds["BinOp"][row]:
            self._stand_for(solver, int(self._left[row]), variable)
            self._stand_for(solver, int(self._right[row]), variable)
        elif self._kinds["Subscript"][row]:
            self._stand_for_generic(solver, row, variable)
        elif self._kinds["Constant"][row]:
            self._stand_for_text(solver, row, self.syntax.values[row] or "", variable)
        elif self._kinds["Name"][row] or self._kinds["Attribute"][row]:
            solver.on(row, ANNOTATED, False, variable)

    def _stand_for_generic(self, solver: Solver, row: int, variable: int) -> None:
        constraints = solver.constraints
        name = self.syntax.name(int(constraints.value[row]))
        part = int(constraints.slice[row])
        parts = constraints.keys.elements.get(part, [part]) if part >= 0 else []
        if name in _SAME:
            for each in parts[-1:] if name == "Coroutine" else parts:
                self._stand_for(solver, each, variable)
        elif name in _CLASSES:
            for each in parts:
                solver.on(each, ANNOTATED, True, variable)
        elif name in _SEQUENCES or name in _MAPPINGS:
            type_name = "dict" if name in _MAPPINGS else "tuple" if name in ("tuple", "Tuple") else "list"
            made = solver.objects.get(CONTAINER, ("annotated", row), type_name)
            solver.give(variable, made)
            for at, each in enumerate(parts):
                into = (
                    containers.item_of(solver, made, at) if type_name == "tuple" else containers.star_of(solver, made)
                )
                if type_name == "dict" and at == 0 and len(parts) > 1:
                    into = containers.keys_of(solver, made)
                self._stand_for(solver, each, into)

    def _stand_for_text(self, solver: Solver, row: int, text: str, variable: int) -> None:
        """`"Shop"`, `"Shop | None"`, `"list[Shop]"`: names of the module's."""
        for name in _names_in(text.strip("'\"")):
            member = solver.constraints.name_at(row, name)
            if member >= 0:
                solver.on(member, ANNOTATED, False, variable)


def annotated(solver: Solver, value: int, is_class: bool, variable: int) -> None:
    """One of the objects that an annotation is."""
    objects = solver.objects
    kind, first = objects.kinds[value], objects.firsts[value]
    if kind == CLASS and first in solver.program.class_rows:
        below = solver.program.subclasses.get(first, [])
        if len(below) > MOST_SUBCLASSES and not is_class:
            solver.give(variable, objects.get(INSTANCE, first, ANY))
            return
        for row in [first, *(below if len(below) <= MOST_SUBCLASSES else ())]:
            place = 0 if classes.is_enumeration(solver, row) else SOME
            solver.give(variable, objects.get(CLASS, row) if is_class else objects.get(INSTANCE, row, place))
    elif kind == CONTAINER and objects.seconds[value] == "tuple":
        solver.on(containers.whole(solver, value), ANNOTATED, is_class, variable)


def _names_in(text: str) -> list[str]:
    """The names that an annotation in quotes stands for by itself."""
    try:
        found: Any = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return []
    todo, names = [found], []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name):
            names.append(node.id)
        elif isinstance(node, ast.BinOp):
            todo += [node.right, node.left]
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in _SAME:
            todo += node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return names
