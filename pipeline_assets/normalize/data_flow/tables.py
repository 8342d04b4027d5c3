"""Events and pairs laid out as tables."""

from __future__ import annotations

import dis
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.arrow import coded
from pipeline_assets.extract.ids import FACT, row_ids
from pipeline_assets.normalize.data_flow.code import NONE, Bools, Ints, numbers, places
from pipeline_assets.normalize.data_flow.events import CLOSURE, MADE_CLASS, PARAMETER
from pipeline_assets.normalize.data_flow.flow import Flow, Program
from pipeline_assets.normalize.data_flow.operations import (
    ATTRIBUTE,
    DEFINITION,
    DELETION,
    GLOBAL,
    NAME,
    STAR,
    USE,
)

EVENTS = ("def", "use", "delete")
KINDS = ("local", "cell", "free", "global", "builtin", "class_member", "self_attribute")
METHODS = ("flow", "closure", "global", "class")
WAY_OF_BINDING = {
    "parameter": "parameter",
    "variable": "assignment",
    "declaration": "assignment",
    "import": "import",
    "function": "function",
    "class": "class",
    "for_target": "for_target",
    "with_target": "with_target",
    "except_target": "except_target",
    "comprehension": "comprehension",
    "walrus": "walrus",
    "match": "match",
    "type_parameter": "type_parameter",
    "type_alias": "type_alias",
    "del": "del",
}
"""How a variable gets or loses its value, by the kind of the binding site."""
OTHER_WAYS = ("augmented", "star_import", "closure", "class_cell", "except_end", "implicit")
WAYS = (*dict.fromkeys(WAY_OF_BINDING.values()), *OTHER_WAYS)

Columns = dict[str, Any]


class Tables:
    """The tables of several files."""

    def __init__(self, flow: Flow, inputs: Mapping[str, pa.Table]) -> None:
        self.flow, self.program, self.inputs = flow, flow.program, inputs
        self.units = self.program.events.units
        self.files = numbers(inputs["units"], "file_id")
        repositories = inputs["units"]["repository"].combine_chunks().dictionary_encode()
        self.repositories = repositories.dictionary.to_pylist()
        self.repository_codes = repositories.indices.to_numpy()
        self.event_ids = self._event_ids()
        self.texts = _Texts(self.program)
        self.kinds = _variable_kinds(flow)

    def _event_ids(self) -> Ints:
        files, counts = np.unique(self.files[self.units], return_counts=True)
        return row_ids(files, counts, FACT)

    def def_use(self) -> Columns:
        """Columns of `def_use`."""
        program, events = self.program, self.program.events
        instructions, code = events.instructions, program.code
        at_entry = instructions == NONE
        bindings, ways = _ways(program, self.inputs["bindings"])
        firsts = np.searchsorted(self.units, np.arange(len(code.unit_ids)))
        must = np.zeros(len(events), np.bool_)
        must[self.flow.pairs.uses[self.flow.is_must]] = True
        return {
            **self._of_files(self.units),
            "event_id": self.event_ids,
            "code_unit_id": code.unit_ids[self.units],
            "scope_node": _known(program.scopes[self.units]),
            "instruction_id": pa.array(code.instruction_ids[instructions], mask=at_entry),
            "part": events.parts.astype(np.int8),
            "node_id": _known(program.nodes),
            "block_id": pa.array(code.block_ids[code.block_of[instructions]], mask=at_entry),
            "position": (np.arange(len(events)) - firsts[self.units]).astype(np.int32),
            "event": _coded(_EVENT_OF_ROLE[events.roles], EVENTS),
            "variable": self.texts.of(program.variables.of_event),
            "variable_kind": _coded(self.kinds[program.variables.of_event], KINDS),
            "way": _coded(ways, WAYS),
            "binding_id": _known(bindings),
            "is_must": must | (events.roles == DEFINITION) | (events.roles == DELETION),
            # At the end of its handler, the name is given None before it is deleted.
            "is_possibly_unbound": self.flow.is_unbound & ~events.ends_handler,
        }

    def reaching_defs(self) -> Columns:
        """Columns of `reaching_defs`."""
        pairs, nodes = self.flow.pairs, self.program.nodes
        variables = self.program.variables.of_event[pairs.uses]
        return {
            **self._of_files(self.units[pairs.uses]),
            "use_event_id": self.event_ids[pairs.uses],
            "def_event_id": self.event_ids[pairs.definitions],
            "use_node_id": _known(nodes[pairs.uses]),
            "def_node_id": _known(nodes[pairs.definitions]),
            "variable": self.texts.of(variables),
            "variable_kind": _coded(self.kinds[variables], KINDS),
            "method": _coded(pairs.methods, METHODS),
            "is_must": self.flow.is_must,
        }

    def data_flow_limits(self) -> Columns:
        """Columns of `data_flow_limits`: the most that was left out, by code unit and variable."""
        rows: dict[tuple[int, int], tuple[int, int]] = {}
        for unit, variable, limit, actual in self.flow.limits:
            known = rows.get((unit, variable))
            rows[unit, variable] = max(known, (actual, limit)) if known else (actual, limit)
        places = sorted(rows)
        units = np.array([unit for unit, _ in places], np.int64)
        return {
            **self._of_files(units),
            "code_unit_id": self.program.code.unit_ids[units],
            "variable": self.texts.of(np.array([variable for _, variable in places], np.int64)),
            "what": pa.array(["definitions_of_a_use"] * len(places), pa.string()),
            "limit": np.array([rows[place][1] for place in places], np.int32),
            "actual": np.array([rows[place][0] for place in places], np.int32),
        }

    def _of_files(self, units: Ints) -> Columns:
        return {"repository": coded(self.repository_codes[units], self.repositories), "file_id": self.files[units]}


_EVENT_OF_ROLE = np.zeros(8, np.int64)
_EVENT_OF_ROLE[[DEFINITION, STAR, USE, DELETION]] = [0, 0, 1, 2]


class _Texts:
    """Names of variables; those of attributes are spelled with what they are taken from."""

    def __init__(self, program: Program) -> None:
        variables, spelled = program.variables, program.names.spelled
        attributes = np.flatnonzero(variables.storages == ATTRIBUTE)
        columns = (variables.bases[attributes].tolist(), variables.names[attributes].tolist())
        self.pool = pa.array(
            [*spelled, *(f"{spelled[a]}.{spelled[b]}" for a, b in zip(*columns, strict=True))], pa.string()
        )
        self.places = variables.names.copy()
        self.places[attributes] = len(spelled) + np.arange(len(attributes))

    def of(self, variables: Ints) -> pa.Array:
        """The names of variables."""
        return pa.DictionaryArray.from_arrays(pa.array(self.places[variables], pa.int32()), self.pool)


def _variable_kinds(flow: Flow) -> Ints:
    variables, code = flow.program.variables, flow.program.code
    is_class = (variables.storages == NAME) & (code.is_class[variables.units])
    conditions = (
        (variables.storages == ATTRIBUTE, "self_attribute"),
        (flow.is_builtin, "builtin"),
        (is_class, "class_member"),
        ((variables.storages == NAME) | (variables.storages == GLOBAL), "global"),
        (variables.is_free, "free"),
        (variables.is_cell, "cell"),
    )
    chosen = [KINDS.index(kind) for _, kind in conditions]
    return np.select([condition for condition, _ in conditions], chosen, KINDS.index("local"))


def _ways(program: Program, table: pa.Table) -> tuple[Ints, Ints]:
    """By event: the binding site, and how the variable gets or loses its value; `NONE` for uses."""
    writes = np.flatnonzero(program.events.roles != USE)
    events, nodes = program.events.take(writes), program.nodes[writes]
    # What starts or ends a scope is done at the node that opens it, which is itself a site in the scope around.
    is_own = nodes == program.scopes[events.units]
    at = np.where(is_own, NONE, places(numbers(table, "site_node"), nodes))
    kinds = pc.index_in(table["kind"], pa.array(WAY_OF_BINDING)).to_numpy()
    way_of_kind = np.array([WAYS.index(way) for way in WAY_OF_BINDING.values()])
    ways = np.append(way_of_kind[kinds], WAYS.index("implicit"))[at]
    ways[events.storages == ATTRIBUTE] = WAYS.index("assignment")
    ways[_augmented(program, writes, ways == WAYS.index("assignment"))] = WAYS.index("augmented")
    ways[events.roles == DELETION] = WAYS.index("del")
    ways[events.ends_handler], at[events.ends_handler] = WAYS.index("except_end"), NONE
    for origin, way in ((PARAMETER, "parameter"), (CLOSURE, "closure"), (MADE_CLASS, "class_cell")):
        ways[events.origins == origin] = WAYS.index(way)
    ways[events.roles == STAR] = WAYS.index("star_import")
    found = np.full((2, len(program.events)), NONE)
    found[:, writes] = np.append(numbers(table, "binding_id"), NONE)[at], ways
    return found[0], found[1]


def _augmented(program: Program, writes: Ints, is_assigned: Bools) -> Ints:
    """Places among `writes` of augmented assignments: the one statement that reads and stores at one node."""
    opcodes, nodes = program.code.opcodes, program.nodes
    instructions = program.events.instructions[writes]
    # Between the operation and what stores its result: what brings an attribute's object to the top, a longer argument.
    is_near = np.any([opcodes[instructions - distance] == dis.opmap["BINARY_OP"] for distance in (1, 2, 3)], axis=0)
    chosen = np.flatnonzero(is_near & is_assigned & (instructions != NONE))
    stored = np.unique(nodes[writes[chosen]])
    is_read = np.zeros(len(stored) + 1, np.bool_)
    is_read[places(stored, nodes[program.events.roles == USE])] = True
    is_read[-1] = False
    found: Ints = chosen[is_read[places(stored, nodes[writes[chosen]])]]
    return found


def _known(ids: Ints) -> pa.Array:
    return pa.array(ids, mask=ids == NONE)


def _coded(codes: Ints, texts: Sequence[str]) -> pa.Array:
    return coded(codes, texts, codes == NONE)
