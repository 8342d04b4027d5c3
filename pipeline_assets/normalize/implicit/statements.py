"""Decorators, class statements, imports and exception groups."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.implicit.calls import Calls
from pipeline_assets.normalize.implicit.trees import MARKS, Rows

CREATION = (
    ("__prepare__", True),
    ("__call__", True),
    ("__new__", True),
    ("__set_name__", False),
    ("__init_subclass__", True),
    ("__init__", True),
)
"""What the end of a class statement calls, and whether for every class; all but two are the metaclass's."""

OF_THE_METACLASS = ("__prepare__", "__call__", "__new__", "__init__")


def add_decorations(calls: Calls) -> None:
    """Add the application of each decorator, the last one first."""
    trees = calls.trees
    decorators = trees.held_by("decorator_list")
    calls.add("decorator", "__call__", decorators, operand=decorators, other=trees.parent[decorators], order=1 << 30)


def add_classes(calls: Calls) -> None:
    """Add what makes a class of a class statement."""
    trees = calls.trees
    bases = trees.in_field(trees.held_by("bases"), "bases")
    odd = bases[~trees.is_kind(bases, "Name", "Attribute", "Starred")]
    calls.add("class", "__mro_entries__", trees.parent[odd], operand=odd, order=trees.ordinal[odd], is_certain=False)
    classes = trees.of_kind("ClassDef")
    metaclass = _metaclasses(calls)[classes]
    for order, (method, is_certain) in enumerate(CREATION):
        operand = metaclass if method in OF_THE_METACLASS else -1
        calls.add("class", method, classes, operand=operand, order=(1 << 24) + order, is_certain=is_certain)


def add_imports(calls: Calls) -> None:
    """Add what imports: one call per module that a statement names."""
    trees = calls.trees
    aliases = trees.of_kind("alias")
    single = aliases[trees.is_kind(trees.parent[aliases], "Import")]
    calls.add("import", "__import__", np.concatenate((single, trees.of_kind("ImportFrom"))))


def add_exception_groups(calls: Calls) -> None:
    """Add `except*`, which splits the group that it meets."""
    trees = calls.trees
    handlers = trees.of_kind("ExceptHandler")
    starred = handlers[trees.is_kind(trees.parent[handlers], "TryStar")]
    calls.add("exception_group", "split", starred, other=starred + 1, at=starred + 1, is_certain=False)


def _metaclasses(calls: Calls) -> Rows:
    """By row, the class's `metaclass=` expression; -1 where there is none."""
    trees = calls.trees
    keywords = trees.of_kind("keyword")
    named = keywords[(trees.mark[keywords] == MARKS["metaclass"]) & trees.is_kind(trees.parent[keywords], "ClassDef")]
    found = np.full(len(trees.ids), -1)
    found[trees.parent[named]] = named + 1
    return found
