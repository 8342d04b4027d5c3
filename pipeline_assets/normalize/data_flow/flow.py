"""From code to events and pairs: the steps in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, numbers, read_code
from pipeline_assets.normalize.data_flow.events import CLOSURE, PARAMETER, Events, find_events
from pipeline_assets.normalize.data_flow.inlined import find_inlined
from pipeline_assets.normalize.data_flow.names import Names, read_names
from pipeline_assets.normalize.data_flow.operations import ATTRIBUTE, DELETION, GLOBAL, NAME, STAR, USE
from pipeline_assets.normalize.data_flow.reaching import Limit, Reaching, solve
from pipeline_assets.normalize.data_flow.self_attributes import add_self_attributes
from pipeline_assets.normalize.data_flow.sharing import BY_CLOSURE, FLOW, PROVIDED, Pairs, Sharing
from pipeline_assets.normalize.data_flow.sites import find_sites
from pipeline_assets.normalize.data_flow.variables import Keys, Variables, find_variables


@dataclass(frozen=True, slots=True)
class Program:
    """The code of several files with its events and their variables."""

    code: Code
    names: Names
    events: Events
    nodes: Ints
    """The syntax node of each event; `NONE` where there is none."""
    scopes: Ints
    """By code unit: the node that opens its scope."""
    variables: Variables
    keys: Keys


@dataclass(frozen=True, slots=True)
class Flow:
    """A program with what reaches what."""

    program: Program
    pairs: Pairs
    is_must: Bools
    """By pair: the use can have no other definition, and has one."""
    is_unbound: Bools
    """By event: the variable may have no value."""
    is_builtin: Bools
    """By variable: nothing in the file binds it, and the interpreter provides it."""
    limits: tuple[Limit, ...]


def read_program(inputs: Mapping[str, pa.Table]) -> Program:
    """Find the events and tell their variables apart."""
    code, names = read_code(inputs), read_names(inputs)
    inlined = find_inlined(code, inputs, names)
    found = find_events(code, inputs, names, inlined)
    code = code.without_raising(found.instructions[found.ends_handler])
    sites = find_sites(code, inputs, names, found)
    plain, variables, keys = find_variables(code, found.take(found.storages != ATTRIBUTE), names, inlined)
    counts = numbers(inputs["units"], "argcount")
    events, variables, chosen = add_self_attributes(code, found, plain, variables, sites.nodes, counts)
    return Program(code, names, events, sites.nodes[chosen], sites.scopes, variables, keys)


def solve_program(program: Program) -> Flow:
    """Pair uses with definitions, inside code units by their flow and across them by what they share."""
    code, events, variables = program.code, program.events, program.variables
    sharing = Sharing(code, events, variables, program.keys)
    reaching = solve(code, events, variables, sharing.openness())
    across = sharing.pairs(reaching)
    closures = _closures(events, variables, reaching)
    flows = np.zeros(len(reaching.uses) + len(closures.uses), np.int64) + FLOW
    pairs = Pairs(
        np.concatenate([reaching.uses, closures.uses, across.uses]),
        np.concatenate([reaching.definitions, closures.definitions, across.definitions]),
        np.concatenate([flows, across.methods]),
    )
    is_builtin, is_unbound = _unbound(program, sharing, reaching)
    order = np.lexsort((pairs.definitions, pairs.uses))
    pairs = Pairs(pairs.uses[order], pairs.definitions[order], pairs.methods[order])
    is_must = _must(program, pairs, reaching, sharing) & ~is_unbound[pairs.uses]
    return Flow(program, pairs, is_must, is_unbound, is_builtin, (*reaching.limits, *sharing.limits))


def _closures(events: Events, variables: Variables, reaching: Reaching) -> Pairs:
    """Uses that the value of an enclosing function's variable at entry may reach, with the events that stand for it."""
    entries = np.full(len(variables), NONE)
    given = np.flatnonzero(events.origins == CLOSURE)
    entries[variables.of_event[given]] = given
    uses = np.flatnonzero(reaching.outside & (events.roles == USE) & (entries[variables.of_event] != NONE))
    return Pairs(uses, entries[variables.of_event[uses]], np.zeros(len(uses), np.int64) + FLOW)


def _unbound(program: Program, sharing: Sharing, reaching: Reaching) -> tuple[Bools, Bools]:
    """Which variables are builtins, and which events may find their variable without a value.

    Names in a module, and those that a class body has not bound, fall through to the module's and to the builtins.
    """
    events, variables, code = program.events, program.variables, program.code
    provided = np.array([name in PROVIDED for name in program.names.spelled])[variables.names]
    is_named = (variables.storages == NAME) | (variables.storages == GLOBAL)
    starred = np.isin(sharing.modules[variables.units], events.units[events.roles == STAR])
    is_class = (variables.storages == NAME) & (code.is_class[variables.units])
    bound = sharing.are_bound(np.where(is_class, sharing.module_keys(variables), variables.homes))
    is_builtin = is_named & ~is_class & ~bound & provided
    is_missing = (variables.storages == GLOBAL) & ~bound & ~provided & ~starred
    falls_through = is_named & (provided | (is_class & (bound | starred)))
    of_event = variables.of_event
    reads = (events.roles == USE) | (events.roles == DELETION)
    is_deleted = reaching.outside & (sharing.deletes > 0)[of_event]
    unbound = (reaching.unbound & ~falls_through[of_event]) | (reads & is_missing[of_event]) | is_deleted
    return is_builtin, unbound


def _must(program: Program, pairs: Pairs, reaching: Reaching, sharing: Sharing) -> Bools:
    """Whether each pair's definition is the only one: copies that the compiler made of one node are one.

    What a closure gives is one definition at entry; it is that of the function around if nothing else defines it.
    """
    events, variables = program.events, program.variables
    flowing = np.flatnonzero(pairs.methods == FLOW)
    definitions = pairs.definitions[flowing]
    sources = np.where(program.nodes[definitions] == NONE, -2 - definitions, program.nodes[definitions])
    is_single = _agree(pairs.uses[flowing], sources, len(events))
    is_single &= ~reaching.unbound & ~(reaching.outside & ~variables.is_free[variables.of_event])
    must = is_single[pairs.uses] & (events.roles[pairs.definitions] != STAR)
    is_given = np.zeros(len(events), np.bool_)
    is_given[pairs.uses[flowing][events.origins[definitions] == CLOSURE]] = True
    once = is_given & is_single & (sharing.writes[variables.of_event] == 1)
    by_closure = (pairs.methods == BY_CLOSURE) & once[pairs.uses] & (events.origins[pairs.definitions] == PARAMETER)
    found: Bools = (must & (pairs.methods == FLOW)) | by_closure
    return found


def _agree(owners: Ints, values: Ints, count: int) -> Bools:
    """By owner, in whose order the values come: whether there are values, all the same."""
    agreeing = np.zeros(count, np.bool_)
    if len(owners):
        starts = np.flatnonzero(np.append(True, owners[1:] != owners[:-1]))
        agreeing[owners[starts]] = np.minimum.reduceat(values, starts) == np.maximum.reduceat(values, starts)
    return agreeing
