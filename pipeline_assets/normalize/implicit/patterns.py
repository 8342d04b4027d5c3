"""`match`: what patterns ask of their subject."""

from __future__ import annotations

import numpy as np

from pipeline_assets.normalize.implicit.calls import NONE, Calls
from pipeline_assets.normalize.implicit.iteration import HINT, ITER, NEXT
from pipeline_assets.normalize.implicit.operators import COMPARISONS, TRUTH
from pipeline_assets.normalize.implicit.trees import Bool, Rows

TRANSPARENT = ("MatchAs", "MatchOr")
"""Patterns that hand their subject on."""


def add_patterns(calls: Calls) -> None:
    """Add what patterns call; most depends on what the subject is, so little of it is certain."""
    subjects = _subjects(calls)
    _add_values(calls, subjects)
    _add_sequences(calls, subjects)
    _add_mappings(calls, subjects)
    _add_classes(calls, subjects)


def _subjects(calls: Calls) -> Rows:
    """By row, the expression whose whole value a pattern is matched against."""
    trees = calls.trees
    found = np.full(len(trees.ids), NONE)
    patterns = trees.in_field(trees.held_by("pattern", "patterns"), "pattern", "patterns")
    for row in patterns.tolist():  # patterns are few, and each needs what the one above was given
        parent = trees.parent[row]
        if trees.is_kind(parent[None], "match_case")[0]:
            found[row] = trees.parent[parent] + 1
        elif trees.is_kind(parent[None], *TRANSPARENT)[0]:
            found[row] = found[parent]
    return found


def _add_values(calls: Calls, subjects: Rows) -> None:
    site = calls.trees.of_kind("MatchValue")
    calls.add("comparison", COMPARISONS["Eq"], site, operand=subjects[site], other=site + 1)
    calls.add("truth", TRUTH, site, order=1)


def _add_sequences(calls: Calls, subjects: Rows) -> None:
    """Length first; the items by iterating, or one by one where a `*_` keeps nothing."""
    trees = calls.trees
    site = trees.of_kind("MatchSequence")
    items = trees.held_by("patterns")
    items = items[trees.is_kind(trees.parent[items], "MatchSequence")]
    wild = _is_wildcard(calls, items)
    stars = trees.is_kind(items, "MatchStar")
    size, star = trees.count(items)[site], trees.count(items[stars])[site]
    wild_star = trees.count(items[stars & wild])[site] > 0
    kept = trees.count(items[~wild])[site] > 0
    sized = site[(star == 0) | (size > 1)]
    calls.add("length", "__len__", sized, operand=subjects[sized], is_certain=False)
    whole = site[kept & ~wild_star]
    calls.add("iterate", ITER, whole, operand=subjects[whole], order=1, is_certain=False)
    calls.add("next", NEXT, whole, operand=subjects[whole], order=2, is_certain=False)
    rest = site[kept & ~wild_star & (star > 0)]
    calls.add("iterate", "__iter__", rest, order=3, is_certain=False)
    calls.add("length_hint", HINT, rest, order=4, is_certain=False)
    _add_single_items(calls, subjects, items[~wild], np.isin(trees.parent[items[~wild]], site[wild_star]), items[stars])


def _add_single_items(calls: Calls, subjects: Rows, items: Rows, chosen: Bool, stars: Rows) -> None:
    trees = calls.trees
    items = items[chosen]
    site = trees.parent[items]
    place = trees.ordinal[items]
    behind = items > trees.last_child(stars)[site]
    late, at = site[behind], items[behind]
    order = 2 * place
    calls.add("length", "__len__", late, operand=subjects[late], at=at, order=order[behind] + 8, is_certain=False)
    calls.add("get_item", "__getitem__", site, operand=subjects[site], at=items, order=order + 9, is_certain=False)


def _add_mappings(calls: Calls, subjects: Rows) -> None:
    trees = calls.trees
    site = trees.of_kind("MatchMapping")
    keys = trees.held_by("keys")
    keys = keys[trees.is_kind(trees.parent[keys], "MatchMapping")]
    sized = site[trees.count(keys)[site] > 0]
    calls.add("length", "__len__", sized, operand=subjects[sized], is_certain=False)
    owner = trees.parent[keys]
    order = 1 + trees.ordinal[keys]
    calls.add("mapping", "get", owner, operand=subjects[owner], other=keys, order=order, is_certain=False)
    rest = site[trees.has_alias[site]]
    late = 1 << 20
    calls.add("mapping", "keys", rest, operand=subjects[rest], order=late, is_certain=False)
    calls.add("mapping", "__getitem__", rest, operand=subjects[rest], order=late + 1, is_certain=False)


def _add_classes(calls: Calls, subjects: Rows) -> None:
    trees = calls.trees
    site = trees.of_kind("MatchClass")
    calls.add("instance_check", "__instancecheck__", site, operand=site + 1, other=subjects[site])
    positional = trees.held_by("patterns")
    positional = positional[trees.is_kind(trees.parent[positional], "MatchClass")]
    placed = site[trees.count(positional)[site] > 0]
    calls.add("match_args", "__match_args__", placed, operand=placed + 1, order=1, is_certain=False)


def _is_wildcard(calls: Calls, rows: Rows) -> Bool:
    trees = calls.trees
    is_bare = (trees.mark[rows] < 0) & (trees.end[rows] == rows + 1)
    wild: Bool = is_bare & trees.is_kind(rows, "MatchAs", "MatchStar")
    return wild
