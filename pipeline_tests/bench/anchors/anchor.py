"""Anchor the instructions of one code object."""

from __future__ import annotations

import ast
from collections import Counter
from itertools import pairwise

from pipeline_tests.bench.anchors.locate import Anchor, locate
from pipeline_tests.bench.anchors.owners import FLOWING, FUSED, correct_owner
from pipeline_tests.bench.anchors.syntax import leaf_name, span_of
from pipeline_tests.bench.anchors.tree import Tree
from pipeline_tests.bench.anchors.units import Unit, mangled


def anchor_unit(unit: Unit, tree: Tree) -> list[Anchor]:
    """Anchor every instruction of a code object: position, then owner, then order among equals."""
    anchors = [locate(unit, at, tree) for at in range(len(unit.instructions))]
    for at, anchor in enumerate(anchors):
        correct_owner(unit, at, anchor, tree)
    number_siblings(unit, anchors, tree)
    anchor_fused(unit, anchors, tree)
    return anchors


def number_siblings(unit: Unit, anchors: list[Anchor], tree: Tree) -> None:
    """Where equal positions hold several siblings (imported names, parts of an f-string) take them in order."""
    turn: Counter[tuple[int, str]] = Counter()
    for anchor in anchors:
        node = tree.nodes[anchor.node] if anchor.node is not None else None
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            take_alias(anchor, node, turn, tree)
        elif anchor.rule == "order":
            take_part(anchor, unit, turn, tree)


def take_alias(anchor: Anchor, statement: ast.Import | ast.ImportFrom, turn: Counter, tree: Tree) -> None:
    """Import instructions carry the whole statement's position; each store ends one alias's turn."""
    at, name = anchor.node, anchor.instruction.opname
    aliases = [i for i in range(at, tree.end[at]) if isinstance(tree.nodes[i], ast.alias)]
    shared = ("LOAD_CONST", "IMPORT_NAME", "POP_TOP") if isinstance(statement, ast.ImportFrom) else ()
    if name in shared or name in FLOWING or anchor.rule != "exact":
        return
    anchor.node, anchor.rule = aliases[turn[at, ""] % len(aliases)], "order"
    turn[at, ""] += name.startswith("STORE_")


def take_part(anchor: Anchor, unit: Unit, turn: Counter, tree: Tree) -> None:
    """The k-th part of an f-string whose parts all carry the string's position (3.11); inner values end first."""
    kind, span = type(tree.nodes[anchor.node]), span_of(tree.nodes[anchor.node])
    parts = sorted((i for i in unit.spans[span] if type(tree.nodes[i]) is kind), key=lambda i: (tree.end[i], -i))
    first = parts[0]
    anchor.node = parts[turn[first, kind.__name__] % len(parts)]
    turn[first, kind.__name__] += 1


def anchor_fused(unit: Unit, anchors: list[Anchor], tree: Tree) -> None:
    """3.13 fuses two name instructions under the first one's position; the second name is the next evaluated.

    Where that name differs (swapped targets, a jump between) it is the equal name nearest to what follows.
    """
    for anchor, following in pairwise(anchors):
        if anchor.instruction.opname not in FUSED or not leaf_name(tree.nodes[anchor.node]):
            continue
        wanted = anchor.instruction.argval[1]
        nearby = [n for n in unit.names if n != anchor.node and mangled(leaf_name(tree.nodes[n]), unit) == wanted]
        anchor.second = unit.next_name.get(anchor.node)
        if anchor.second not in nearby and nearby:
            aim = anchor.node if "STORE_FAST_STORE" in anchor.instruction.opname else following.node
            anchor.second = min(nearby, key=lambda n: abs(n - (aim or 0)))
            anchor.ambiguous = True
