"""Method resolution orders by C3 (The Python 2.3 Method Resolution Order, M. Simionato), outside classes by name."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Ancestor(NamedTuple):
    """One class of an order: of the repository when it has an id, else outside and known by name only."""

    definition_id: int | None
    name: str


OBJECT = Ancestor(None, "builtins.object")
KNOWN = ("definition", "builtin")
"""Resolutions of a base whose own ancestors are known."""


class Classes:
    """A hierarchy of classes and the order of each."""

    def __init__(self) -> None:
        self._bases: dict[Ancestor, list[Ancestor]] = {}
        self._named: dict[int, Ancestor] = {}
        self._orders: dict[Ancestor, list[Ancestor]] = {}
        self._reasons: dict[Ancestor, str] = {}
        self._has_cycle = False

    def add_class(self, definition_id: int, name: str) -> None:
        """Add a class of the repository."""
        self._named[definition_id] = Ancestor(definition_id, name)
        self._bases[self._named[definition_id]] = []

    def add_base(self, class_id: int, base: Ancestor, resolution: str) -> None:
        """Add the next base of a class; one whose own ancestors are not known leaves the order open."""
        this = self._named[class_id]
        self._bases[this].append(base)
        if resolution not in KNOWN:
            self._reasons[this] = "open"

    def order(self, definition_id: int) -> Sequence[Ancestor]:
        """The class and its ancestors, in the order in which attributes are looked up."""
        self._linearize(self._named[definition_id])
        return self._orders[self._named[definition_id]]

    def reason(self, definition_id: int) -> str | None:
        """Why the order may not be Python's: its own trouble, or that of an ancestor."""
        found = {self._reasons[ancestor] for ancestor in self.order(definition_id) if ancestor in self._reasons}
        return next((reason for reason in ("cycle", "inconsistent", "open") if reason in found), None)

    def _linearize(self, start: Ancestor) -> None:
        """Order `start` after its ancestors; a stack instead of recursion, as hierarchies may be deep."""
        stack, open_classes = [start], {start}
        while stack:
            this = stack[-1]
            waiting = [base for base in self._bases_of(this) if base not in self._orders]
            ahead = next((base for base in waiting if base not in open_classes), None)
            if ahead is not None:
                stack.append(ahead)
                open_classes.add(ahead)
                continue
            if waiting:
                self._reasons[this] = "cycle"
                self._has_cycle = True
            self._orders.setdefault(this, self._merged(this))
            open_classes.discard(stack.pop())

    def _merged(self, this: Ancestor) -> list[Ancestor]:
        bases = self._bases_of(this)
        orders: list[Sequence[Ancestor]] = [self._orders.get(base, [base]) for base in bases]
        merged = orders[0] if len(orders) == 1 else _merge([*orders, bases])
        if merged is None:
            self._reasons.setdefault(this, "inconsistent")
            merged = [*dict.fromkeys(ancestor for order in orders for ancestor in order)]
        if self._has_cycle:
            merged = [ancestor for ancestor in merged if ancestor != this]
        return [this, *merged]

    def _bases_of(self, this: Ancestor) -> Sequence[Ancestor]:
        """The bases as Python sees them: those of a builtin are asked of the interpreter, all others have `object`."""
        if this == OBJECT:
            return ()
        found = self._bases.get(this, ())
        return found or tuple(_builtin_bases(this.name)) or (OBJECT,)


def _builtin_bases(name: str) -> Iterator[Ancestor]:
    module, _, builtin = name.partition(".")
    found = getattr(builtins, builtin, None) if module == "builtins" else None
    if isinstance(found, type):
        yield from (Ancestor(None, f"builtins.{base.__name__}") for base in found.__bases__)


def _merge(orders: Sequence[Sequence[Ancestor]]) -> list[Ancestor] | None:
    """C3: take the first head that is in no other order's tail, until nothing is left; None when there is none."""
    behind = Counter(ancestor for order in orders for ancestor in order[1:])
    at = [0] * len(orders)
    merged: list[Ancestor] = []
    while heads := [(i, order[at[i]]) for i, order in enumerate(orders) if at[i] < len(order)]:
        head = next((first for _, first in heads if not behind[first]), None)
        if head is None:
            return None
        merged.append(head)
        for i, first in heads:
            if first == head:
                at[i] += 1
                behind.subtract(orders[i][at[i] : at[i] + 1])
    return merged
