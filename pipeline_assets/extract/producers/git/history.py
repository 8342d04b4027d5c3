"""Which commit last changed each file: one walk through history for all files, newest commit first.

A file is where `git log -1 -- path` finds it: while some parent of a commit has the file as it is, history goes on at
the first such parent; where none has, the commit changed it. Each file so follows one line of commits, and each
commit is looked at once for all the files on it.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline_assets.extract.producers.git.trees import Trees
from pipeline_assets.sources.git import library, read_object

MOST_COMMITS = 250_000
"""Commits that are looked at for one repository."""


@dataclass(slots=True)
class Frontier:
    """Commits that are still to be looked at, newest first, each with what is looked for there."""

    repository: Any
    waiting: dict[bytes, dict[bytes, tuple[Any, ...]]] = field(default_factory=dict)
    _order: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, commit: bytes, wanted: Mapping[bytes, tuple[Any, ...]]) -> None:
        """Look for more at a commit; raises `KeyError` when it is not there."""
        if not wanted:
            return
        if commit not in self.waiting:
            when = read_object(self.repository, library().Oid(raw=commit)).commit_time
            heapq.heappush(self._order, (-when, commit))
            self.waiting[commit] = {}
        held = self.waiting[commit]
        held.update({path: held.get(path, ()) + what for path, what in wanted.items()})

    def __bool__(self) -> bool:
        return bool(self._order)

    def pop(self) -> tuple[Any, dict[bytes, tuple[Any, ...]]]:
        """The next commit and what is looked for there."""
        commit = heapq.heappop(self._order)[1]
        return self.repository[library().Oid(raw=commit)], self.waiting.pop(commit)


@dataclass(slots=True)
class LastChanges:
    """What a walk through history has found."""

    commits: dict[bytes, str] = field(default_factory=dict)
    """By path."""
    left: tuple[bytes, ...] = ()
    """Paths whose last change lies further back than was looked."""
    problem: str | None = None
    """Why not all was looked at."""


def last_changes(repository: Any, start: str, paths: Iterable[bytes], most: int | None = None) -> LastChanges:
    """The commit that last changed each path, all of which `start` has."""
    trees, frontier, found = Trees(repository), Frontier(repository), LastChanges()
    frontier.add(library().Oid(hex=start).raw, dict.fromkeys(paths, ()))
    looked_at = 0
    while frontier and not found.problem:
        looked_at += 1
        if looked_at > (MOST_COMMITS if most is None else most):
            found.problem = f"its last change lies more than {looked_at - 1:,} commits back"
            break
        commit, wanted = frontier.pop()
        try:
            for parent, kept in unchanged(trees, commit, wanted):
                frontier.add(parent, kept)
            found.commits.update(dict.fromkeys(wanted, str(commit.id)))
        except KeyError as error:
            frontier.waiting[commit.id.raw] = wanted
            found.problem = f"git does not have all of the history: {error.args[0]}"
    found.left = tuple(sorted(path for each in frontier.waiting.values() for path in each))
    return found


def unchanged(
    trees: Trees, commit: Any, wanted: dict[bytes, tuple[Any, ...]]
) -> Iterator[tuple[bytes, dict[bytes, tuple[Any, ...]]]]:
    """For each parent, what of `wanted` it has as it is; takes that out of `wanted`."""
    new = commit.tree_id.raw
    for i, parent in enumerate(commit.parent_ids):
        if not wanted:
            return
        old = read_object(trees.repository, parent).tree_id.raw
        if i == 0:
            differing = {path for path in trees.changed(old, new) if path in wanted} if old != new else set()
        else:  # there is little left to look for, and much may differ from what was merged
            differing = {path for path in wanted if trees.entry(old, path) != trees.entry(new, path)}
        kept = {path: what for path, what in wanted.items() if path not in differing} if differing else dict(wanted)
        for path in kept:
            del wanted[path]
        yield parent.raw, kept
