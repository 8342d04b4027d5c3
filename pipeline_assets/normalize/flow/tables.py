"""The rows of the flow's datasets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.normalize.flow.arrays import Bool, Ids, Places, find, numbers
from pipeline_assets.normalize.flow.assembly import Ordered
from pipeline_assets.normalize.flow.labels import KINDS
from pipeline_assets.normalize.flow.lifting import Lifted
from pipeline_assets.normalize.flow.own_blocks import OwnBlocks
from pipeline_assets.normalize.flow.spans import Spans, covering, evaluated_spans, headed

Columns = Mapping[str, Any]
ORIGINS = ("bytecode", "syntax")
BLOCK_KINDS = ("body", "exit")


class Rows:
    """What the blocks evaluate, row by row: nodes of bytecode's blocks, then of those of syntax."""

    def __init__(self, lifted: Lifted, own: OwnBlocks, order: Ordered, own_nodes: pa.Table) -> None:
        found, vertices = lifted.evaluations, order.vertices
        first_own = lifted.points.count + len(own.scopes)
        points = np.concatenate([found.blocks, first_own + own.owners])
        by_vertex = np.argsort(vertices.places[points], kind="stable")
        self.owners: Places = vertices.places[points][by_vertex]
        self.nodes: Ids = np.concatenate([found.nodes, own.nodes])[by_vertex]
        ids = lifted.program.instruction_ids[found.instructions]
        self.instructions: Ids = np.concatenate([ids, np.full(len(own.nodes), -1)])[by_vertex]
        places = find(numbers(own_nodes["node_id"]), own.nodes)
        calm = own_nodes["kind"].combine_chunks().take(pa.array(places)).to_pylist() if len(places) else []
        raising = np.array([kind != "Constant" for kind in calm], np.bool_)
        self.raises: Bool = np.concatenate([found.raises, raising])[by_vertex]
        own_spans = Spans(*(numbers(own_nodes[name])[places] for name in ("bstart", "bend", "line", "end_line")))
        parts = evaluated_spans(lifted.program, lifted.syntax, found), headed(lifted.syntax, own.nodes, own_spans)
        names = ("bstarts", "bends", "lines", "end_lines")
        self.spans = Spans(*(np.concatenate([getattr(part, name) for part in parts])[by_vertex] for name in names))
        self.firsts: Places = np.searchsorted(self.owners, np.arange(len(vertices.ids) + 1))


def block_table(lifted: Lifted, order: Ordered, rows: Rows, repositories: Mapping[int, str]) -> pa.Table:
    """Rows of `cfg_blocks`."""
    vertices = order.vertices
    count = len(vertices.ids)
    spans = covering(rows.spans, rows.owners, count)
    is_body = rows.firsts[1:] > rows.firsts[:-1]
    nodes = np.append(rows.nodes, -1)
    raises = np.zeros(count, np.bool_)
    raises[rows.owners[rows.raises]] = True
    handles = np.zeros(count, np.bool_)
    handles[order.edges.targets[order.edges.is_exceptional]] = True
    is_entry = np.zeros(count, np.bool_)
    is_entry[vertices.entries] = True
    has_code = vertices.unit_ids[vertices.units] >= 0
    is_own = (vertices.points >= lifted.points.count) | (vertices.is_exit & ~has_code)
    return pa.table(
        {
            **_file_columns(vertices.files, repositories),
            "cfg_block_id": vertices.ids,
            "scope_node": vertices.unit_scopes[vertices.units],
            "code_unit_id": _known(vertices.unit_ids[vertices.units], pa.int64()),
            "exit_id": vertices.ids[vertices.exits[vertices.units]],
            "ordinal": order.ordinals.astype(np.int32),
            "kind": coded(vertices.is_exit.astype(np.int32), BLOCK_KINDS),
            "origin": coded(is_own.astype(np.int32), ORIGINS),
            "first_node_id": _known(np.where(is_body, nodes[rows.firsts[:-1]], -1), pa.int64()),
            "last_node_id": _known(np.where(is_body, nodes[rows.firsts[1:] - 1], -1), pa.int64()),
            "bstart": _known(spans.bstarts),
            "bend": _known(spans.bends),
            "line": _known(spans.lines),
            "end_line": _known(spans.end_lines),
            "is_entry": is_entry,
            "is_handler": handles & ~vertices.is_exit,
            "is_reachable": order.is_reachable,
            "can_raise": raises,
        }
    )


def node_table(order: Ordered, rows: Rows, repositories: Mapping[int, str]) -> pa.Table:
    """Rows of `cfg_nodes`."""
    vertices = order.vertices
    ids = vertices.ids[rows.owners]
    table = pa.table(
        {
            **_file_columns(vertices.files[rows.owners], repositories),
            "cfg_block_id": ids,
            "position": (np.arange(len(rows.nodes)) - rows.firsts[rows.owners]).astype(np.int32),
            "node_id": rows.nodes,
            "instruction_id": _known(rows.instructions, pa.int64()),
            "can_raise": rows.raises,
        }
    )
    # blocks of syntax, which few files have, are numbered behind all others
    return table if (ids[1:] >= ids[:-1]).all() else table.take(np.argsort(ids, kind="stable"))


def edge_table(order: Ordered, repositories: Mapping[int, str]) -> pa.Table:
    """Rows of `cfg_edges`."""
    vertices, edges = order.vertices, order.edges
    return pa.table(
        {
            **_file_columns(vertices.files[edges.sources], repositories),
            "edge_id": order.edge_ids,
            "src_block_id": vertices.ids[edges.sources],
            "dst_block_id": vertices.ids[edges.targets],
            "kind": coded(edges.kinds.astype(np.int32), KINDS),
            "src_node_id": edges.source_nodes,
            "dst_node_id": _known(edges.target_nodes, pa.int64()),
            "is_exceptional": edges.is_exceptional,
        }
    )


def _file_columns(files: Ids, repositories: Mapping[int, str]) -> Columns:
    distinct, places = np.unique(files, return_inverse=True)
    return {"repository": repeated([repositories[file] for file in distinct.tolist()], places), "file_id": files}


def _known(values: npt.NDArray[np.int64], kind: pa.DataType | None = None) -> pa.Array:
    """Numbers, null where negative."""
    return pa.array(values, kind or pa.int32(), mask=values < 0)
