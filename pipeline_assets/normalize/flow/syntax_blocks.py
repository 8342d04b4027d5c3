"""Blocks of code that has no bytecode, cut from its flow as the syntax tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from pipeline_assets.normalize.flow.arrays import codes
from pipeline_assets.normalize.flow.labels import EXCEPTION, KINDS, NEXT

Scope = tuple[int, str]
"""A syntax node, and which of its scopes is meant."""


class Step(NamedTuple):
    """One row of `syntax_flow`. A point is one evaluation of a node; None as source is the scope's entry.

    A target without a point is evaluated by bytecode; one without a node as well is the exit.
    """

    source: int | None
    source_node: int | None
    target: int | None
    target_node: int | None
    kind: int


@dataclass
class Region:
    """Blocks of one scope: points in the order of their evaluation, and the ways between blocks and out of them."""

    scope: Scope
    blocks: list[list[int]] = field(default_factory=list)
    block_of: dict[int, int] = field(default_factory=dict)
    nodes: dict[int, int] = field(default_factory=dict)
    """The node that is evaluated at each point."""
    steps: list[Step] = field(default_factory=list)
    """The ways from the entry, those that end a block, and those of exceptions."""


def regions(flow: pa.Table) -> list[Region]:
    """The blocks of every scope that `flow` tells of."""
    by_scope: defaultdict[Scope, list[Step]] = defaultdict(list)
    kinds = codes(flow["kind"], KINDS).tolist()
    scopes = zip(flow["scope_node"].to_pylist(), flow["role"].to_pylist(), strict=True)
    ends = (flow[name].to_pylist() for name in ("src_point", "src_node", "dst_point", "dst_node"))
    for scope, step in zip(scopes, map(Step, *ends, kinds), strict=True):
        by_scope[scope].append(step)
    return [_region(scope, steps) for scope, steps in by_scope.items()]


def _region(scope: Scope, steps: list[Step]) -> Region:
    region = Region(scope)
    for step in steps:
        ends = ((step.source, step.source_node), (step.target, step.target_node))
        region.nodes.update((point, node) for point, node in ends if point is not None and node is not None)
    follower = dict(_followers(steps))
    followed = set(follower.values())
    heads = (point for point in region.nodes if point not in followed)
    for point in (*heads, *region.nodes):  # a ring has no head
        if point not in region.block_of:
            _add_block(region, point, follower)
    region.steps = [step for step in steps if not _is_inside(region, step, follower)]
    return region


def _followers(steps: Iterable[Step]) -> Iterator[tuple[int, int]]:
    """Points that control always passes right one after the other, with the same handler."""
    leaving: defaultdict[int | None, list[Step]] = defaultdict(list)
    arriving: defaultdict[int | None, int] = defaultdict(int)
    for step in steps:
        leaving[step.source].append(step)
        arriving[step.target] += 1
    for source, found in list(leaving.items()):
        ways = [step for step in found if step.kind != EXCEPTION]
        if source is None or len(ways) != 1 or ways[0].kind != NEXT:
            continue
        target = ways[0].target
        if target is None or target == source or arriving[target] != 1:
            continue
        if _handlers(found) == _handlers(leaving.get(target, ())):
            yield source, target


def _handlers(steps: Iterable[Step]) -> set[tuple[int | None, int | None]]:
    return {(step.target, step.target_node) for step in steps if step.kind == EXCEPTION}


def _add_block(region: Region, head: int, follower: Mapping[int, int]) -> None:
    block: list[int] = []
    point: int | None = head
    while point is not None and point not in region.block_of:
        region.block_of[point] = len(region.blocks)
        block.append(point)
        point = follower.get(point)
    region.blocks.append(block)


def _is_inside(region: Region, step: Step, follower: Mapping[int, int]) -> bool:
    """Whether a way only leads from one point of a block to the next."""
    source, target = step.source, step.target
    if source is None or target is None or step.kind != NEXT or follower.get(source) != target:
        return False
    block = region.block_of[source]
    return region.block_of[target] == block and region.blocks[block][0] != target
