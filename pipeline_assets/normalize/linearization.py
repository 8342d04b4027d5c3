"""Method resolution orders by C3 (The Python 2.3 Method Resolution Order, M. Simionato), outside classes by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline_assets.normalize.outside_classes import (
    GENERIC,
    PROTOCOL,
    REPLACED,
    class_behind,
    is_generic_alias,
    outside_bases,
)


class Ancestor(NamedTuple):
    """One class of an order: of the repository when it has an id, else outside and known by name only."""

    definition_id: int | None
    name: str


class Base(NamedTuple):
    """One base as it is written: the class that it names, and whether that is subscripted."""

    ancestor: Ancestor
    is_subscripted: bool = False


OBJECT = Ancestor(None, "builtins.object")
TYPED_DICT = "typing.TypedDict"
REASONS = ("cycle", "inconsistent", "ambiguous", "decorated", "open")
"""Why an order may not be Python's, the worst first."""


class Classes:
    """A hierarchy of classes and the order of each."""

    def __init__(self) -> None:
        self._written: dict[Ancestor, list[Base]] = {}
        self._named: dict[int, Ancestor] = {}
        self._generic: set[Ancestor] = set()
        self._typed_dicts: set[Ancestor] = set()
        self._generic_class = Ancestor(None, GENERIC)
        self._orders: dict[Ancestor, list[Ancestor]] = {}
        self._reasons: dict[Ancestor, str] = {}
        self._has_cycle = False

    def add_class(self, definition_id: int, name: str, *, is_generic: bool = False) -> None:
        """Add a class of the repository; `is_generic` says that it has type parameters of its own (PEP 695)."""
        self._named[definition_id] = Ancestor(definition_id, name)
        self._written[self._named[definition_id]] = []
        if is_generic:
            self._generic.add(self._named[definition_id])
        if name == GENERIC:
            self._generic_class = self._named[definition_id]

    def add_base(self, class_id: int, base: Base) -> None:
        """Add the next base of a class; one outside goes by the one name of the class that it is."""
        ancestor = base.ancestor
        if ancestor.definition_id is None and not _is_special(ancestor):
            base = base._replace(ancestor=Ancestor(None, class_behind(ancestor.name)))
        self._written[self._named[class_id]].append(base)

    def doubt(self, class_id: int, reason: str) -> None:
        """Say why the order of a class may be another one; the worst of several reasons stays."""
        this = self._named[class_id]
        self._reasons[this] = min(reason, self._reasons.get(this, reason), key=REASONS.index)

    def order(self, definition_id: int) -> Sequence[Ancestor]:
        """The class and its ancestors, in the order in which attributes are looked up."""
        self._linearize(self._named[definition_id])
        return self._orders[self._named[definition_id]]

    def reason(self, definition_id: int) -> str | None:
        """Why the order may not be Python's: its own trouble, or that of an ancestor."""
        found = {self._reasons[ancestor] for ancestor in self.order(definition_id) if ancestor in self._reasons}
        return next((reason for reason in REASONS if reason in found), None)

    def _linearize(self, start: Ancestor) -> None:
        """Order `start` after its ancestors; a stack instead of recursion, as hierarchies may be deep."""
        stack, open_classes = [start], {start}
        while stack:
            this = stack[-1]
            waiting = [base for base in self._needed(this) if base not in self._orders]
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

    def _needed(self, this: Ancestor) -> Sequence[Ancestor]:
        """The classes whose orders come first: the bases, and what typing may put in their place."""
        if this == OBJECT:
            return ()
        if this.definition_id is None:
            return self._outside_bases(this)
        bases = [_behind(base.ancestor) for base in self._written[this]]
        may_be_generic = this in self._generic or any(_is_alias(base) for base in self._written[this])
        if may_be_generic and this != self._generic_class:
            bases.append(self._generic_class)
        return (*bases, OBJECT)

    def _outside_bases(self, this: Ancestor) -> Sequence[Ancestor]:
        known = outside_bases(this.name)
        if known is None:
            self._reasons.setdefault(this, "open")
        return tuple(Ancestor(None, name) for name in known or ()) or (OBJECT,)

    def _merged(self, this: Ancestor) -> list[Ancestor]:
        if this == OBJECT:
            return [this]
        bases = self._outside_bases(this) if this.definition_id is None else self._bases_of(this)
        orders: list[Sequence[Ancestor]] = [self._orders.get(base, [base]) for base in bases]
        merged = orders[0] if len(orders) == 1 else _merge([*orders, bases])
        if merged is None or len({*bases}) < len(bases):
            self._reasons.setdefault(this, "inconsistent")
            merged = [*dict.fromkeys(ancestor for order in orders for ancestor in order)]
        if self._has_cycle:
            merged = [ancestor for ancestor in merged if ancestor != this]
        return [this, *merged]

    def _bases_of(self, this: Ancestor) -> Sequence[Ancestor]:
        """`__bases__`: the bases as written, but for what typing makes of its own (`__mro_entries__`, PEP 560)."""
        written = self._written[this]
        if any(base.ancestor.name == TYPED_DICT or base.ancestor in self._typed_dicts for base in written):
            self._typed_dicts.add(this)
            is_generic = this in self._generic or any(map(self._is_generic, written))
            return (*([self._generic_class] if is_generic else []), Ancestor(None, "builtins.dict"))
        made = [entry for place in range(len(written)) for entry in self._entries(this, written, place)]
        if this in self._generic and not _names_protocol(written):
            made.append(self._generic_class)
        return tuple(made) or (OBJECT,)

    def _entries(self, this: Ancestor, written: Sequence[Base], place: int) -> Iterator[Ancestor]:
        """What one base becomes; `Generic` stands among the bases once, and only if no later one brings it."""
        base, later = written[place], written[place + 1 :]
        if _is_special(base.ancestor):
            behind = _behind(base.ancestor)
            if base.ancestor.name in REPLACED or all(other.ancestor != behind for other in written):
                yield behind
            if is_generic_alias(base.ancestor.name) and this not in self._generic:
                yield from () if any(map(self._is_generic, later)) else (self._generic_class,)
        elif base.ancestor.name == GENERIC and base.is_subscripted:
            brings = any(_is_alias(other) and self._is_generic(other) for other in later)
            yield from () if brings or _names_protocol(written) else (base.ancestor,)
        else:
            yield base.ancestor

    def _is_generic(self, base: Base) -> bool:
        """Whether a base is a subclass of `Generic`, or puts one among the bases."""
        return is_generic_alias(base.ancestor.name) or self._generic_class in self._orders.get(base.ancestor, ())


def _is_special(ancestor: Ancestor) -> bool:
    return ancestor.definition_id is None and (ancestor.name in REPLACED or is_generic_alias(ancestor.name))


def _behind(ancestor: Ancestor) -> Ancestor:
    """The class that stands among the bases for one of typing's own names."""
    if not _is_special(ancestor):
        return ancestor
    return Ancestor(None, class_behind(REPLACED.get(ancestor.name, ancestor.name)))


def _is_alias(base: Base) -> bool:
    return base.is_subscripted or is_generic_alias(base.ancestor.name)


def _names_protocol(written: Sequence[Base]) -> bool:
    return any(base.ancestor.name == PROTOCOL and not base.is_subscripted for base in written)


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
