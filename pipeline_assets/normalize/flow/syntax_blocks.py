"""Blocks of code that has no bytecode, cut from its flow as the syntax tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa


class Step(NamedTuple):
    """One way of `syntax_flow`: None is the scope's entry as source, its exit as target."""

    scope: int
    source: int | None
    target: int | None
    kind: str


@dataclass
class Region:
    """Blocks of one scope: nodes in the order of their evaluation, and the ways between blocks and out of them."""

    scope: int
    blocks: list[list[int]] = field(default_factory=list)
    of_node: dict[int, int] = field(default_factory=dict)
    """The block that each node is in."""
    entries: list[int | None] = field(default_factory=list)
    """Where the scope's entry leads: a node, or None for the exit; empty where bytecode has the entry."""
    steps: list[Step] = field(default_factory=list)
    """The ways that end a block, and those of exceptions."""


def read_steps(flow: pa.Table) -> list[Step]:
    """The rows of `syntax_flow`."""
    return [Step(*row.values()) for row in flow.select(["scope_node", "src_node", "dst_node", "kind"]).to_pylist()]


def regions(steps: Iterable[Step], live: Mapping[int, object]) -> list[Region]:
    """The blocks of every scope that steps are told of; nodes that bytecode evaluates (`live`) are left to it."""
    by_scope: defaultdict[int, list[Step]] = defaultdict(list)
    for step in steps:
        if step.source not in live:
            by_scope[step.scope].append(step)
    return [_region(scope, found, live) for scope, found in sorted(by_scope.items())]


def _region(scope: int, steps: list[Step], live: Mapping[int, object]) -> Region:
    region = Region(scope, entries=[step.target for step in steps if step.source is None])
    follower = dict(_followers(steps, live))
    followed = set(follower.values())
    ends = (node for step in steps for node in (step.source, step.target) if node is not None and node not in live)
    nodes = list(dict.fromkeys(ends))
    heads = [node for node in nodes if node not in followed]
    for node in (*heads, *nodes):  # a ring has no head
        if node not in region.of_node:
            _add_block(region, node, follower)
    region.steps = [step for step in steps if step.source is not None and not _is_inside(region, step, follower)]
    return region


def _followers(steps: list[Step], live: Mapping[int, object]) -> Iterator[tuple[int, int]]:
    """Nodes that are always evaluated right one after the other, with the same handler."""
    out: defaultdict[int | None, list[Step]] = defaultdict(list)
    arriving: defaultdict[int | None, int] = defaultdict(int)
    for step in steps:
        out[step.source].append(step)
        arriving[step.target] += 1
    handlers = {source: frozenset(s.target for s in found if s.kind == "exception") for source, found in out.items()}
    for source, found in out.items():
        ways = [step for step in found if step.kind != "exception"]
        if source is None or len(ways) != 1 or ways[0].kind != "next":
            continue
        target = ways[0].target
        if target is None or target in live or target == source or arriving[target] != 1:
            continue
        if handlers[source] == handlers.get(target, frozenset()):
            yield source, target


def _add_block(region: Region, head: int, follower: Mapping[int, int]) -> None:
    block: list[int] = []
    node: int | None = head
    while node is not None and node not in region.of_node:
        region.of_node[node] = len(region.blocks)
        block.append(node)
        node = follower.get(node)
    region.blocks.append(block)


def _is_inside(region: Region, step: Step, follower: Mapping[int, int]) -> bool:
    """Whether a way only leads from one node of a block to the next."""
    source, target = step.source, step.target
    if source is None or target is None or step.kind != "next" or follower.get(source) != target:
        return False
    return region.of_node[source] == region.of_node[target] and region.blocks[region.of_node[source]][0] != target
