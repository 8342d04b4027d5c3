"""Names whose values a test tells the class of: `if isinstance(x, Shop): x.open()`, `case Shop(): x.open()`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline_assets.cpg.points_to.syntax import Ints
from pipeline_assets.cpg.points_to.triggers import NARROW

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints

_LEAVING = ("Return", "Raise", "Continue", "Break")
_FIRST_LOOK = 64


class Told(NamedTuple):
    """What a test tells of a value: whether it is of one of these classes."""

    classes: tuple[int, ...]
    others: bool
    """Whether it may be of a builtin class instead."""
    is_one: bool


class _Test(NamedTuple):
    """A name that is tested, what that tells of it, and from where to where it holds."""

    name: int
    told: Told
    first: int
    last: int


def narrowed_names(constraints: Constraints) -> dict[int, list[Told]]:
    """Names that are read where tests have told the class of what they hold."""
    tests = list(_Tests(constraints).found())
    if not tests:
        return {}
    syntax = constraints.program.syntax
    order = np.argsort(constraints.flow_uses, kind="stable")
    uses, sites = constraints.flow_uses[order], constraints.flow_sites[order]
    found: dict[int, list[Told]] = {}
    for test in tests:
        name, defined = syntax.name(test.name), _sites_of(uses, sites, test.name)
        begin, end = np.searchsorted(uses, (test.first, test.last))
        for use in np.unique(uses[begin:end]).tolist() if len(defined) else ():
            if syntax.name(use) == name and np.array_equal(_sites_of(uses, sites, use), defined):
                found.setdefault(use, []).append(test.told)
    return found


def add_narrowed(constraints: Constraints, narrowed: dict[int, list[Told]], uses: Ints, sites: Ints) -> None:
    """Hand on what definitions hold to such names, but for what a test rules out."""
    for use, site in zip(uses.tolist(), sites.tolist(), strict=True):
        constraints.trigger(site, NARROW, tuple(narrowed[use]), use)


def told_by_classes(constraints: Constraints, rows: list[int], is_one: bool = True) -> Told | None:
    """What it tells that something is of one of the classes that these rows name; None where that is not known."""
    named, builtin = constraints.named, constraints.named_builtin
    if not rows or any(row not in named and row not in builtin for row in rows):
        return None
    classes = tuple(named[row] for row in rows if row in named)
    if any(_has_other_heirs(constraints, row) for row in classes):
        return None
    return Told(classes, len(classes) < len(rows), is_one)


def _has_other_heirs(constraints: Constraints, class_row: int) -> bool:
    """Whether objects may count as a class's that do not inherit from it."""
    order = constraints.program.orders.get(class_row, ())
    if any(name in ("typing.Protocol", "typing_extensions.Protocol") for _, name in order):
        return True
    members = constraints.program.members
    if any("__subclasshook__" in members.get(row, ()) or row in constraints.with_metaclass for row, _ in order):
        return True
    return constraints.has_registered and any(name == "abc.ABC" for _, name in order)


def _sites_of(uses: Ints, sites: Ints, use: int) -> Ints:
    begin, end = np.searchsorted(uses, (use, use + 1))
    return sites[begin:end]


class _Tests:
    """The tests of a program."""

    def __init__(self, constraints: Constraints) -> None:
        self._constraints = constraints
        self._syntax = syntax = constraints.program.syntax
        self._is = {
            name: syntax.of_kind(name) for name in ("Name", "Tuple", "Call", "UnaryOp", "BoolOp", "If", "Assert")
        }
        self._is_test, self._is_filter = syntax.in_field("test"), syntax.in_field("ifs")
        self._leaving = syntax.of_kind(*_LEAVING)
        self._ends: dict[int, int] = {}
        self._in_body, self._otherwise = syntax.in_field("body"), syntax.in_field("orelse")

    def found(self) -> Iterator[_Test]:
        """Every test, with every place where it holds."""
        for row in self._syntax.named("isinstance").tolist():
            yield from self._of_call(row)
        yield from self._of_patterns()

    def _of_call(self, row: int) -> Iterator[_Test]:
        """`isinstance(name, classes)`: what is called comes right after a call, then what it is given."""
        syntax = self._syntax
        call, name, classes = row - 1, row + 1, row + 2
        if classes >= syntax.count or not self._is["Name"][name]:
            return
        if any(syntax.parent[each] != call for each in (row, name, classes)) or not self._is["Call"][call]:
            return
        rows = self._constraints.keys.elements.get(classes, []) if self._is["Tuple"][classes] else [classes]
        told = told_by_classes(self._constraints, rows)
        if told is not None:
            for is_one, first, last in self._where(call):
                if is_one or told.classes:
                    yield _Test(name, told._replace(is_one=is_one), first, last)

    def _where(self, row: int) -> Iterator[tuple[bool, int, int]]:
        """Where it is known how a test has come out."""
        syntax, top = self._syntax, row
        if_true: bool | None = True
        if_false: bool | None = False
        while True:
            above = int(syntax.parent[top])
            if self._is["UnaryOp"][above]:
                if_true, if_false = if_false, if_true
            elif self._is["BoolOp"][above]:
                # What stands behind it is only asked if it has come out true (`and`), or false (`or`).
                behind = if_true if syntax.is_and[above] else if_false
                yield from self._known(behind, self._end(top), self._end(above))
                if_true, if_false = (if_true, None) if syntax.is_and[above] else (None, if_false)
            else:
                break
            top = above
        yield from self._branches(top, int(syntax.parent[top]), if_true, if_false)

    def _branches(
        self, test: int, above: int, if_true: bool | None, if_false: bool | None
    ) -> Iterator[tuple[bool, int, int]]:
        """The parts of statements and expressions that are run after a test, by how it comes out."""
        if self._is_filter[test]:
            # The elements of a comprehension stand before what it goes over.
            yield from self._known(if_true, int(self._syntax.parent[above]), above)
        elif self._is_test[test] and self._is["Assert"][above]:
            yield from self._known(if_true, *self._rest(above))
        elif self._is_test[test]:
            body, otherwise = self._parts(above, "body"), self._parts(above, "orelse")
            if body:
                yield from self._known(if_true, body[0], self._end(body[-1]))
            if otherwise:
                yield from self._known(if_false, otherwise[0], self._end(otherwise[-1]))
            if self._is["If"][above] and body and self._leaving[body[-1]]:
                yield from self._known(if_false, *self._rest(above))
            if self._is["If"][above] and otherwise and self._leaving[otherwise[-1]]:
                yield from self._known(if_true, *self._rest(above))

    def _known(self, is_one: bool | None, first: int, last: int) -> Iterator[tuple[bool, int, int]]:
        if is_one is not None and first < last:
            yield is_one, first, last

    def _parts(self, row: int, field: str) -> list[int]:
        """The statements, or the expression, in a field of a row, in order."""
        syntax, at, last, found = self._syntax, row + 1, self._end(row), list[int]()
        chosen = self._in_body if field == "body" else self._otherwise
        while at < last:
            if chosen[at] and syntax.parent[at] == row:
                found.append(at)
            at = self._end(at)
        return found

    def _rest(self, row: int) -> tuple[int, int]:
        """What follows a statement in its list."""
        syntax, first = self._syntax, self._end(row)
        last = first
        parent, field = syntax.parent[row], syntax.field[row]
        while last < syntax.count and syntax.parent[last] == parent and syntax.field[last] == field:
            last = self._end(last)
        return first, last

    def _end(self, row: int) -> int:
        """The first row behind everything that is inside one."""
        found = self._ends.get(row)
        if found is None:
            found = self._ends[row] = self._find_end(row)
        return found

    def _find_end(self, row: int) -> int:
        parents, at, width = self._syntax.parent, row + 1, _FIRST_LOOK
        while at < len(parents):
            is_outside = parents[at : at + width] < row
            if is_outside.any():
                return at + int(is_outside.argmax())
            at, width = at + width, 2 * width
        return len(parents)

    def _of_patterns(self) -> Iterator[_Test]:
        """`match name: case Class(): …`."""
        syntax, constraints = self._syntax, self._constraints
        rows = syntax.under(np.flatnonzero(syntax.in_field("pattern")), "match_case")
        if not len(rows):
            return
        subjects, of_class, classes = syntax.child("subject"), syntax.of_kind("MatchClass"), syntax.child("cls")
        is_as, inner = syntax.of_kind("MatchAs"), syntax.child("pattern")
        for row in rows.tolist():
            case, pattern = int(syntax.parent[row]), int(inner[row]) if is_as[row] else row
            subject = int(subjects[syntax.parent[case]])
            if pattern < 0 or not of_class[pattern] or subject < 0 or not self._is["Name"][subject]:
                continue
            told = told_by_classes(constraints, [int(classes[pattern])])
            if told is not None:
                yield _Test(subject, told, self._end(row), self._end(case))
