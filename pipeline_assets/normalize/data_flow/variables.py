"""Variables, told apart by where they are kept, and the variable of another code unit that each of them really is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, places
from pipeline_assets.normalize.data_flow.events import Codes, Events
from pipeline_assets.normalize.data_flow.inlined import Inlined
from pipeline_assets.normalize.data_flow.names import Lists, Names
from pipeline_assets.normalize.data_flow.operations import ATTRIBUTE, DEFINITION, DELETION, GLOBAL, NAME, SLOT

_STORAGES = 4


@dataclass(frozen=True, slots=True)
class Variables:
    """One place a variable of a code unit."""

    of_event: Ints
    """The variable of each event."""
    units: Ints
    storages: Codes
    bases: Ints
    """Of an attribute: the name of what it is taken from; `NONE` for others."""
    names: Ints
    homes: Ints
    """A number that is the same for variables of several units that are one; `NONE` for those of one unit only."""
    is_owned: Bools
    """Whether it is its own home."""
    is_free: Bools
    is_cell: Bools

    def __len__(self) -> int:
        return len(self.units)

    def extended(self, units: Ints, bases: Ints, names: Ints) -> Variables:
        """With attributes of variables behind them."""
        nothing, no = np.full(len(units), NONE), np.zeros(len(units), np.bool_)
        added = (units, np.full(len(units), ATTRIBUTE, np.int8), bases, names, nothing, no, no, no)
        fields = ("units", "storages", "bases", "names", "homes", "is_owned", "is_free", "is_cell")
        values = {name: np.concatenate([getattr(self, name), more]) for name, more in zip(fields, added, strict=True)}
        return Variables(of_event=self.of_event, **values)


@dataclass(frozen=True, slots=True)
class Keys:
    """Numbers for variables, whatever the file and whether or not an event has them."""

    width: int
    units: int

    def key(self, units: Ints, storages: Codes | int, names: Ints) -> Ints:
        """The number of a name in a place of a code unit."""
        return (units * _STORAGES + storages) * self.width + names

    def of_owner(self, owners: Ints) -> Ints:
        """The number of the variable that a comprehension has of its own."""
        return self.units * _STORAGES * self.width + owners


def find_variables(code: Code, events: Events, names: Names, inlined: Inlined) -> tuple[Events, Variables, Keys]:
    """Tell the variables of the events apart; class bodies read what they never bind from the module."""
    keys = Keys(len(names.spelled), len(code.unit_ids))
    events = _place(code, events, keys)
    is_own = events.owners != NONE
    event_keys = np.where(is_own, keys.of_owner(events.owners), keys.key(events.units, events.storages, events.names))
    unique, first, of_event = np.unique(event_keys, return_index=True, return_inverse=True)
    chosen = events.take(first)
    homes, is_free, is_cell = _homes(code, chosen, unique, keys, names, inlined)
    variables = Variables(
        of_event=of_event,
        units=chosen.units,
        storages=chosen.storages,
        bases=np.full(len(chosen), NONE),
        names=chosen.names,
        homes=homes,
        is_owned=homes == unique,
        is_free=is_free,
        is_cell=is_cell,
    )
    return events, variables, keys


def modules_of(code: Code) -> Ints:
    """The module's code unit of each code unit."""
    found: Ints = np.maximum.accumulate(np.where(code.parents == NONE, np.arange(len(code.parents)), 0))
    return found


def _place(code: Code, events: Events, keys: Keys) -> Events:
    """A module's globals are its own names; a class body's names that it never binds are globals."""
    storages = np.where((events.storages == GLOBAL) & code.is_module[events.units], NAME, events.storages)
    in_class = (storages == NAME) & code.is_class[events.units]
    wanted = keys.key(events.units, storages, events.names)
    binds = in_class & ((events.roles == DEFINITION) | (events.roles == DELETION))
    reads = np.flatnonzero(in_class & ~binds)
    storages[reads[~np.isin(wanted[reads], wanted[binds])]] = GLOBAL
    return replace(events, storages=storages)


def _homes(
    code: Code, chosen: Events, unique: Ints, keys: Keys, names: Names, inlined: Inlined
) -> tuple[Ints, Bools, Bools]:
    """The home of each variable, and whether it comes from an enclosing function or is lent to inner ones."""
    is_slot = (chosen.storages == SLOT) & (chosen.owners == NONE)
    by_name = keys.key(chosen.units, SLOT, chosen.names)
    free = Lists(names.free.units, names.free.positions, names.free.names)
    free_keys, cell_keys = (np.sort(keys.key(each.units, SLOT, each.names)) for each in (free, names.cells))
    is_free = is_slot & (places(free_keys, by_name) != NONE)
    is_cell = is_slot & (places(cell_keys, by_name) != NONE)
    own_cells = np.isin(chosen.owners, np.array([*inlined.cells], np.int64)) & (chosen.owners != NONE)
    homes = np.where(is_cell | own_cells | (chosen.storages == NAME), unique, NONE)
    is_global = chosen.storages == GLOBAL
    homes[is_global] = keys.key(modules_of(code)[chosen.units[is_global]], NAME, chosen.names[is_global])
    homes[is_free] = _climb(code, chosen.units[is_free], chosen.names[is_free], cell_keys, keys, inlined)
    return homes, is_free, is_cell | own_cells


def _climb(code: Code, units: Ints, names: Ints, cells: Ints, keys: Keys, inlined: Inlined) -> Ints:
    """The nearest variable around each free one that is lent to inner code."""
    lent = _lent(inlined)
    lent_keys = keys.key(lent[:, 0], SLOT, lent[:, 1])
    homes = np.full(len(units), NONE)
    inner = units.copy()
    waiting = np.arange(len(units))
    while len(waiting):
        at = places(lent_keys, keys.key(inner[waiting], SLOT, names[waiting]))
        homes[waiting[at != NONE]] = keys.of_owner(lent[at[at != NONE], 2])
        waiting = waiting[at == NONE]
        inner[waiting] = code.parents[inner[waiting]]
        waiting = waiting[inner[waiting] != NONE]
        wanted = keys.key(inner[waiting], SLOT, names[waiting])
        is_home = places(cells, wanted) != NONE
        homes[waiting[is_home]] = wanted[is_home]
        waiting = waiting[~is_home]
    return homes


def _lent(inlined: Inlined) -> Ints:
    """By row: a code unit, a name that it is lent by a comprehension around it, and whose variable that is."""
    rows = [
        (unit, inlined.names[owner], owner) for unit, owners in inlined.lent.items() for owner in owners & inlined.cells
    ]
    return np.array(sorted(rows), np.int64).reshape(-1, 3)
