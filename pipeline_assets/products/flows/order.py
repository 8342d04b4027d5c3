"""What comes after what inside a function, as far as the syntax says: for changes of objects and stores over them."""

from __future__ import annotations

from pipeline_assets.products.flows.program import Program

_LISTS = ("body", "orelse", "finalbody", "handlers", "cases")
_LOOPS = ("For", "AsyncFor", "While")
_SCOPES = ("FunctionDef", "AsyncFunctionDef", "Lambda", "ClassDef", "Module")
_TARGETS = ("targets", "target")

Place = tuple[str, int]
"""In which list of a statement, and the row there."""


class Order:
    """Statements around rows, each looked up once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._chains: dict[int, dict[int, Place]] = {}

    def is_later(self, first: int, then: int, made: int) -> bool:
        """Whether `then` may see what `first` did to an object that the definition `made` gave its name."""
        found = self._meeting(first, then)
        if found is None:
            return True
        holder, (field, one), (other_field, other) = found
        if self._is_before(holder, first, then, (field, one), (other_field, other)):
            return True
        around = [row for row in self.chain(first) if row in self.chain(then) and row <= holder]
        return any(self.program.kinds[row] in _LOOPS and not self._holds(row, made) for row in around)

    def is_surely_between(self, store: int, then: int) -> bool:
        """Whether every way to `then` comes past the earlier `store`."""
        found = self._meeting(store, then)
        if found is None:
            return False
        _, (field, one), (other_field, other) = found
        return field == other_field and one < other and self._statement(store) == one

    def chain(self, row: int) -> dict[int, Place]:
        """What is around a row up to its function, and where in it the row is, from the inside out."""
        found = self._chains.get(row)
        if found is None:
            found = self._chains[row] = {}
            kinds, fields, parent = self.program.kinds, self.program.fields, self.program.parent
            above = parent[row]
            while above >= 0:
                field = fields[row] or ""
                if field in _LISTS and kinds[above] not in ("IfExp", "Lambda"):
                    found[above] = (field, row)
                if kinds[above] in _SCOPES:
                    break
                row, above = above, parent[above]
        return found

    def _statement(self, row: int) -> int:
        return next(iter(self.chain(row).values()), ("", -1))[1]

    def _meeting(self, one: int, other: int) -> tuple[int, Place, Place] | None:
        first, second = self.chain(one), self.chain(other)
        holder = next((row for row in first if row in second), None)
        return None if holder is None else (holder, first[holder], second[holder])

    def _is_before(self, holder: int, first: int, then: int, one: Place, other: Place) -> bool:
        if one[1] == other[1]:
            return self._evaluation(first, one[1]) < self._evaluation(then, one[1])
        is_either = one[0] != other[0] and self.program.kinds[holder] == "If"
        is_either |= one[0] == other[0] and one[0] in ("handlers", "cases")
        return one[1] < other[1] and not is_either

    def _evaluation(self, row: int, statement: int) -> tuple[bool, int]:
        """Targets of an assignment come after its value, though they are written before it."""
        at, is_target = row, False
        while at != statement and at >= 0:
            is_target |= (
                self.program.fields[at] in _TARGETS and self.program.kinds[self.program.parent[at]] != "comprehension"
            )
            at = self.program.parent[at]
        return is_target and self.program.kinds[statement] not in _LOOPS, row

    def _holds(self, row: int, inner: int) -> bool:
        return row <= inner < int(self.program.end[row])
