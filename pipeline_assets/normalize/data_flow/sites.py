"""Where events stand in the syntax, and which binding site each definition is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.data_flow.code import NONE, Code, Ints, numbers, places
from pipeline_assets.normalize.data_flow.events import PARAMETER, Events
from pipeline_assets.normalize.data_flow.names import Names


@dataclass(frozen=True, slots=True)
class Sites:
    """By event: the syntax node, and by code unit the node that opens its scope; `NONE` where there is none."""

    nodes: Ints
    scopes: Ints


def find_sites(code: Code, inputs: Mapping[str, pa.Table], names: Names, events: Events) -> Sites:
    """Take nodes from the anchors of instructions; those of parameters from their binding sites."""
    scopes = _aligned(inputs["scopes"], "code_unit_id", "scope_node", code.unit_ids)
    nodes = np.full(len(events), NONE)
    for part, name in enumerate(("anchors", "second_anchors")):
        chosen = np.flatnonzero((events.parts == part) & (events.instructions != NONE))
        wanted = code.instruction_ids[events.instructions[chosen]]
        nodes[chosen] = _aligned(inputs[name], "instruction_id", "node_id", wanted)
    parameters = np.flatnonzero(events.origins == PARAMETER)
    nodes[parameters] = _parameter_nodes(
        inputs["parameters"], names, scopes[events.units[parameters]], events.names[parameters]
    )
    return Sites(nodes, scopes)


def _aligned(table: pa.Table, key: str, value: str, wanted: Ints) -> Ints:
    """The values of the wanted keys."""
    found: Ints = np.append(numbers(table, value), NONE)[places(numbers(table, key), wanted)]
    return found


def _parameter_nodes(table: pa.Table, names: Names, scopes: Ints, wanted: Ints) -> Ints:
    """The nodes of parameters, by the scope they belong to and their name."""
    spelled = dict(zip(names.spelled, range(len(names.spelled)), strict=True))
    numbered = np.array([spelled.get(name, NONE) for name in table["symbol_name"].to_pylist()], np.int64)
    of_scope = np.unique(np.concatenate([numbers(table, "scope_node"), scopes]), return_inverse=True)[1]
    width = len(names.spelled) + 1
    have = of_scope[: table.num_rows] * width + numbered
    order = np.argsort(have, kind="stable")
    at = places(have[order], of_scope[table.num_rows :] * width + wanted)
    found: Ints = np.append(numbers(table, "site_node")[order], NONE)[at]
    return found
