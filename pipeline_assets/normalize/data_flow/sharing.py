"""Variables of several code units: what inner functions, other functions and the module do to one another's."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, places, spread
from pipeline_assets.normalize.data_flow.events import CLOSURE, Events
from pipeline_assets.normalize.data_flow.operations import (
    ATTRIBUTE,
    DEFINITION,
    DELETION,
    FROM_CLASS,
    GLOBAL,
    NAME,
    SLOT,
    STAR,
    USE,
)
from pipeline_assets.normalize.data_flow.reaching import Limit, Openness, Reaching
from pipeline_assets.normalize.data_flow.variables import Keys, Variables, modules_of
from pipeline_assets.normalize.environment_names import IMPLICIT_NAMES

FLOW, BY_CLOSURE, BY_MODULE, BY_CLASS = range(4)
"""How a pair is known: by the flow of one code unit; or, whatever the order, through a closure, the module's namespace,
or the class body around an annotation."""

MOST_OUTSIDE = 200
"""Definitions in other code units that are listed for one use."""
MOST_SHARED_PAIRS = 500_000
"""Pairs that one variable may have across code units before fewer definitions are listed for each of its uses."""
FEWEST = 8
"""Definitions that are listed for one use in any case."""

PROVIDED = frozenset(dir(builtins)) | frozenset(IMPLICIT_NAMES)
"""Names that a module need not bind."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Uses with definitions, and how each pair is known."""

    uses: Ints
    definitions: Ints
    methods: Ints


class Sharing:
    """Who writes the variables that are shared."""

    def __init__(self, code: Code, events: Events, variables: Variables, keys: Keys) -> None:
        self.code, self.events, self.variables, self.keys = code, events, variables, keys
        self.modules = modules_of(code)
        self.homes = variables.homes[variables.of_event]
        writes = (events.roles == DEFINITION) | (events.roles == DELETION)
        chosen = np.flatnonzero(writes & (events.origins != CLOSURE) & (self.homes != NONE))
        self.written, of_write, self.counts = np.unique(self.homes[chosen], return_inverse=True, return_counts=True)
        self.places = places(self.written, variables.homes)
        self.writes = np.append(self.counts, 0)[self.places]
        """By variable: how often it is written in all code units."""
        self.own_writes = np.bincount(variables.of_event[chosen], minlength=len(variables))
        deletes = chosen[events.roles[chosen] == DELETION]
        total = np.bincount(of_write[events.roles[chosen] == DELETION], minlength=len(self.written))
        own = np.bincount(variables.of_event[deletes], minlength=len(variables))
        self.deletes = np.append(total, 0)[self.places] - np.where(variables.is_owned, own, 0)
        """By variable: how often it is deleted where this code unit's flow does not tell."""
        defines = chosen[events.roles[chosen] == DEFINITION]
        self.definitions = defines[np.argsort(self.homes[defines], kind="stable")]
        self.limits: list[Limit] = []

    def openness(self) -> Openness:
        """What the world outside each variable's code unit can do to it."""
        variables = self.variables
        starts_outside = variables.is_free | np.isin(variables.storages, (GLOBAL, ATTRIBUTE))
        return Openness(starts_outside, starts_outside | (variables.is_owned & (self.writes > self.own_writes)))

    def pairs(self, reaching: Reaching) -> Pairs:
        """Pairs across code units, for uses that something from outside reaches."""
        events, variables = self.events, self.variables
        is_use = events.roles == USE
        in_class = is_use & reaching.unbound & (events.storages == NAME) & (self.code.is_class[events.units])
        wanted = np.flatnonzero(is_use & reaching.outside & (self.homes != NONE))
        falling, (annotating, class_homes) = np.flatnonzero(in_class), self._annotating()
        uses = np.concatenate([wanted, falling, annotating])
        homes = np.concatenate([self.homes[wanted], self.module_homes(falling), class_homes])
        methods = np.where(events.storages[uses] == SLOT, BY_CLOSURE, BY_MODULE)
        methods[len(wanted) + len(falling) :] = BY_CLASS
        owners, definitions = self._definitions_of(uses, homes)
        starred, stars = self._stars(uses, methods)
        owners, definitions = np.concatenate([owners, starred]), np.concatenate([definitions, stars])
        elsewhere = events.units[uses[owners]] != events.units[definitions]
        kept = elsewhere | ~variables.is_owned[variables.of_event[uses[owners]]]
        owners, definitions = owners[kept], definitions[kept]
        return self._without(Pairs(uses[owners], definitions, methods[owners]), reaching)

    def module_keys(self, variables: Variables) -> Ints:
        """The module's variable of the name of each variable."""
        return self.keys.key(self.modules[variables.units], NAME, variables.names)

    def are_bound(self, homes: Ints) -> Bools:
        """Whether something in the file defines the variable."""
        bound: Bools = places(np.unique(self.homes[self.definitions]), homes) != NONE
        return bound

    def module_homes(self, chosen: Ints) -> Ints:
        """The module's variables of the names of events."""
        return self.keys.key(self.modules[self.events.units[chosen]], NAME, self.events.names[chosen])

    def _definitions_of(self, uses: Ints, homes: Ints) -> tuple[Ints, Ints]:
        """All definitions of the homes, as pairs of a place in `uses` and an event."""
        ordered = self.homes[self.definitions]
        first = np.searchsorted(ordered, homes)
        counts = np.searchsorted(ordered, homes, "right") - first
        of_use, uses_of_home = np.unique(homes, return_inverse=True, return_counts=True)[1:]
        most = np.clip(MOST_SHARED_PAIRS // np.maximum(uses_of_home, 1), FEWEST, MOST_OUTSIDE)[of_use]
        for place in np.flatnonzero(counts > most).tolist():
            event = int(uses[place])
            limit = (int(self.events.units[event]), int(self.variables.of_event[event]), int(most[place]))
            self.limits.append((*limit, int(counts[place])))
        owners, positions = spread(first, np.minimum(counts, most))
        return owners, self.definitions[positions]

    def _annotating(self) -> tuple[Ints, Ints]:
        """Reads in the type parameters of a class body's definitions, and the class's variables of their names."""
        code, events = self.code, self.events
        stated = np.flatnonzero((events.instructions != NONE) & (events.roles == USE))
        reads = stated[FROM_CLASS[code.opcodes[events.instructions[stated]]]]
        around = code.parents[events.units[reads]]
        while (is_between := code.is_of_types[around]).any():
            around = np.where(is_between, code.parents[around], around)
        return reads, self.keys.key(around, NAME, events.names[reads])

    def _stars(self, uses: Ints, methods: Ints) -> tuple[Ints, Ints]:
        """Star imports, which may define what functions and classes of their module read: places in `uses`, events."""
        events = self.events
        stars = np.flatnonzero(events.roles == STAR)
        reading = np.flatnonzero(methods == BY_MODULE)
        reading = reading[self.code.parents[events.units[uses[reading]]] != NONE]
        modules = self.modules[events.units[uses[reading]]]
        first = np.searchsorted(events.units[stars], modules)
        owners, positions = spread(first, np.searchsorted(events.units[stars], modules, "right") - first)
        return reading[owners], stars[positions]

    def _without(self, pairs: Pairs, reaching: Reaching) -> Pairs:
        """Only pairs that the flow does not tell already."""
        events = self.events
        inside = events.units[pairs.uses] == events.units[pairs.definitions]
        open_ended = np.flatnonzero(~self.variables.is_owned[self.variables.of_event[reaching.uses]])
        known = (reaching.uses * len(events) + reaching.definitions)[open_ended]
        told = np.isin((pairs.uses * len(events) + pairs.definitions)[inside], known)
        kept = np.ones(len(pairs.uses), np.bool_)
        kept[np.flatnonzero(inside)[told]] = False
        return Pairs(pairs.uses[kept], pairs.definitions[kept], pairs.methods[kept])
