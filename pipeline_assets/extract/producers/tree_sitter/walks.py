"""Walks over trees of tree-sitter: with its cursor, so that no depth is too deep, and without visiting what is fine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tree_sitter import Node, Tree, TreeCursor

NODE_COLUMNS = ("kind", "bstart", "bend", "is_extra", "field", "parent")
_BATCH = len(NODE_COLUMNS) * 50_000
"""Numbers that are kept as Python objects at a time."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A place where a tree departs from the grammar."""

    ordinal: int
    """The node's place in preorder."""
    issue: str
    """ERROR or MISSING."""
    kind: str | None
    """What is missing; none for errors, and for tokens that have no nodes."""
    start: int
    end: int
    parent: str | None


def issues(tree: Tree) -> Iterator[Issue]:
    """The nodes that are errors or missing, in preorder.

    A token that has no node of its own, such as an indent, is missing from the innermost node that is marked and
    contains no reason: that node stands for it.
    """
    cursor = tree.walk()
    parents: list[str | None] = [None]
    while True:
        node = cursor.node
        assert node is not None
        yield from _issue(node, cursor, parents[-1])
        if node.has_error and cursor.goto_first_child():
            parents.append(node.type)
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            parents.pop()


def node_rows(tree: Tree) -> npt.NDArray[np.int32]:
    """One row of `NODE_COLUMNS` per node in preorder; kinds and fields as the grammar numbers them.

    The parent is the row of the node above, the root's its own. Lists of numbers are turned into arrays as they grow:
    as objects, the numbers of a big file take a gigabyte.
    """
    cursor = tree.walk()
    blocks: list[npt.NDArray[np.int32]] = []
    numbers: list[int] = []
    add = numbers.extend
    above: list[int] = []
    parent = ordinal = 0
    while True:
        node = cursor.node
        assert node is not None
        add((node.kind_id, node.start_byte, node.end_byte, node.is_extra, cursor.field_id or 0, parent))
        if cursor.goto_first_child():
            above.append(parent)
            parent = ordinal
        else:
            while not cursor.goto_next_sibling():
                if not cursor.goto_parent():
                    blocks.append(np.array(numbers, np.int32))
                    return np.concatenate(blocks).reshape(-1, len(NODE_COLUMNS))
                parent = above.pop()
            if len(numbers) >= _BATCH:
                blocks.append(np.array(numbers, np.int32))
                numbers.clear()
        ordinal += 1


def _issue(node: Node, cursor: TreeCursor, parent: str | None) -> Iterator[Issue]:
    """The issue that a node is: a character that fits nowhere is an error without being marked as having one."""
    start, end = node.start_byte, node.end_byte
    if node.is_error:
        yield Issue(cursor.descendant_index, "ERROR", None, start, end, parent)
    elif node.is_missing:
        yield Issue(cursor.descendant_index, "MISSING", node.type, start, end, parent)
    elif node.has_error and not any(child.has_error or child.is_error for child in node.children):
        yield Issue(cursor.descendant_index, "MISSING", None, start, end, node.type)
