"""Which basic blocks control reaches from which, without going back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline_assets.normalize.anchoring.columns import Rows, integers


class Edges(NamedTuple):
    """Ways from one block to another, by code unit."""

    units: Rows
    sources: Rows
    targets: Rows


def read_edges(edges: pa.Table, unused_handlers: pa.Table) -> Edges:
    """The edges between blocks, with those to handlers that nothing can raise to: their code is there all the same."""
    names = ("code_unit_id", "src_block_id", "dst_block_id"), ("code_unit_id", "block_id", "handler_block_id")
    taken = [integers(edges[name]) for name in names[0]]
    unused = [integers(unused_handlers[name]) for name in names[1]]
    both = [np.concatenate(pair) for pair in zip(taken, unused, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return Edges(*(column[order] for column in both))


def forward_reach(blocks: Rows, edges: Edges) -> Callable[[int, int], bool]:
    """Whether one of these blocks is another, or leads to it in the same unit without a back edge."""
    units, sources, targets = edges
    wanted = np.unique(units[np.isin(sources, blocks)])
    kept = np.isin(units, wanted)
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    for entry, pairs in _by_unit(units[kept], sources[kept], targets[kept]):
        reached = _reached(pairs, entry)
        found.update(reached)
        first.update(dict.fromkeys(reached, entry))

    def reaches(start: int, block: int) -> bool:
        return start == block or bool(found.get(start, 0) >> (block - first.get(start, block)) & 1)

    return reaches


def _by_unit(units: Rows, sources: Rows, targets: Rows) -> Iterator[tuple[int, dict[int, list[int]]]]:
    """The lowest block of each unit, and the successors of its blocks."""
    cuts = np.flatnonzero(np.diff(units, prepend=-1)).tolist()
    for start, end in pairwise([*cuts, len(units)]):
        successors: dict[int, list[int]] = {}
        for source, target in zip(sources[start:end].tolist(), targets[start:end].tolist(), strict=True):
            successors.setdefault(source, []).append(target)
        yield min(successors), successors


def _reached(successors: dict[int, list[int]], entry: int) -> dict[int, int]:
    """Per block that control reaches from the entry, the blocks it leads to without a back edge, as bits."""
    reach: dict[int, int] = {}
    opened = {entry}
    stack = [(entry, iter(sorted(successors.get(entry, ()))))]
    while stack:
        block, remaining = stack[-1]
        for successor in remaining:
            if successor not in opened:
                opened.add(successor)
                stack.append((successor, iter(sorted(successors.get(successor, ())))))
                break
        else:
            # a block that is open but not done lies on the way here: the edge to it leads back
            bits = 0
            for successor in successors.get(block, ()):
                if successor in reach:
                    bits |= reach[successor] | 1 << successor - entry
            reach[block] = bits
            stack.pop()
    return reach
