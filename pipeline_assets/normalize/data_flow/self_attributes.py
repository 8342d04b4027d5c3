"""Attributes of a method's first parameter, where nothing gives that another value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline_assets.normalize.data_flow.code import NONE, Bools, Code, Ints, places
from pipeline_assets.normalize.data_flow.events import CLOSURE, PARAMETER, Events
from pipeline_assets.normalize.data_flow.operations import ATTRIBUTE, DEFINITION, DELETION, USE
from pipeline_assets.normalize.data_flow.variables import Variables


def add_self_attributes(
    code: Code, found: Events, plain: Events, variables: Variables, nodes: Ints, argument_counts: Ints
) -> tuple[Events, Variables, Ints]:
    """Put events of such attributes among the plain ones, as variables; and the place of each event in `found`.

    `plain` are the events of `found` that are of no attribute, in the same order.
    """
    is_attribute = found.storages == ATTRIBUTE
    others = np.flatnonzero(~is_attribute)
    is_self = _first_parameters(code, plain, variables, argument_counts)
    reads = others[is_self[variables.of_event] & (plain.roles == USE)]
    attributes = np.flatnonzero(is_attribute)
    read = _reads_of(attributes, found.units, nodes, reads)
    attributes, read = attributes[read != NONE], read[read != NONE]
    order = np.argsort(np.concatenate([others, attributes]), kind="stable")
    chosen = np.concatenate([others, attributes])[order]
    events = plain.join(found.take(attributes)).take(order)
    extended, of_attribute = _extended(variables, found.take(attributes), found.names[read])
    of_event = np.concatenate([variables.of_event, of_attribute])[order]
    return events, replace(extended, of_event=of_event), chosen


def _first_parameters(code: Code, events: Events, variables: Variables, argument_counts: Ints) -> Bools:
    """By variable: whether it is the first parameter of a method, or is that of a function around, never written."""
    roots = np.where(variables.homes != NONE, variables.homes, -2 - np.arange(len(variables)))
    written = ((events.roles == DEFINITION) | (events.roles == DELETION)) & (events.origins != CLOSURE)
    is_first = np.ones(len(events), np.bool_)
    is_first[1:] = events.units[1:] != events.units[:-1]
    is_first &= (events.origins == PARAMETER) & (argument_counts[events.units] > 0) & _methods(code)[events.units]
    candidates = np.unique(roots[variables.of_event[is_first]])
    at = places(candidates, roots)[variables.of_event[written]]
    counts = np.bincount(at[at != NONE], minlength=len(candidates))
    chosen: Bools = np.isin(roots, candidates[counts == 1])
    return chosen


def _methods(code: Code) -> Bools:
    """Functions and lambdas directly in a class body; type parameters do not come between."""
    around = np.where(code.parents == NONE, 0, code.parents)
    is_generic = code.is_of_types[around] & (code.parents[around] != NONE)
    around = np.where(is_generic, code.parents[around], around)
    methods: Bools = code.is_class[around] & code.is_function
    return methods


def _reads_of(attributes: Ints, units: Ints, nodes: Ints, reads: Ints) -> Ints:
    """For each attribute's event: the read of the parameter that it is an attribute of; `NONE` for any other.

    In syntax order a node's first child follows it, and an attribute's first child is what it is taken from.
    """
    ordered = reads[np.argsort(nodes[reads], kind="stable")]
    at = places(nodes[ordered], np.where(nodes[attributes] == NONE, NONE - 1, nodes[attributes] + 1))
    found = np.append(ordered, NONE)[at]
    same: Ints = np.where((found != NONE) & (units[found] == units[attributes]), found, NONE)
    return same


def _extended(variables: Variables, events: Events, bases: Ints) -> tuple[Variables, Ints]:
    """The variables with those of attributes behind them, and which of all each attribute's event has."""
    width = 1 + int(max(bases.max(initial=0), events.names.max(initial=0)))
    keys = (events.units * width + bases) * width + events.names
    unique, of_event = np.unique(keys, return_inverse=True)
    found, names = np.divmod(unique, width)
    return variables.extended(*np.divmod(found, width), names), len(variables) + of_event
