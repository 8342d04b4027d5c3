"""Which commit each line is of: one walk through history for the lines of all files, as `git blame` attributes them.

Lines go from a commit to a parent as long as they are the same there; what no parent has, the commit wrote. A file
that a parent does not have is looked for under the name that it was renamed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline_assets.extract.producers.git.history import MOST_COMMITS, Frontier, unchanged
from pipeline_assets.extract.producers.git.trees import FOLDER, GITLINK, Entry, Trees
from pipeline_assets.sources.git import library, read_object
from pipeline_assets.sources.tree import MAX_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file that belong together: where they are in the file, and where in the commit looked at. From 0."""

    file_id: int
    first: int
    count: int
    there: int

    def cut(self, start: int, end: int) -> Lines:
        """Those that are at `start` up to `end` in the commit looked at."""
        return Lines(self.file_id, self.first + start - self.there, end - start, start)

    def moved(self, by: int) -> Lines:
        """The same lines, elsewhere in the parent."""
        return Lines(self.file_id, self.first, self.count, self.there + by)


@dataclass(frozen=True, slots=True)
class Same:
    """Lines that two texts share: `count` from `old` in one and from `new` in the other."""

    old: int
    new: int
    count: int


@dataclass(slots=True)
class Blamed:
    """Lines with the commit and path that they are of."""

    found: list[tuple[Lines, str, bytes]] = field(default_factory=list)
    left: list[Lines] = field(default_factory=list)
    """Lines that are older than was looked."""
    problem: str | None = None


def line_count(text: bytes) -> int:
    r"""Lines as git counts them: `\n` ends one."""
    return text.count(b"\n") + (not text.endswith(b"\n") and bool(text))


def shared_lines(old: bytes, new: bytes) -> list[Same]:
    """What two texts share, in order."""
    pygit2 = library()
    from pygit2.enums import DiffOption

    flags = DiffOption.INDENT_HEURISTIC | DiffOption.FORCE_TEXT
    patch = pygit2.Patch.create_from(old, new, flag=flags, context_lines=0, interhunk_lines=0)
    changes = [(*_place(h.old_start, h.old_lines), *_place(h.new_start, h.new_lines)) for h in patch.hunks]
    return list(_between(changes, line_count(old), line_count(new)))


def blame(repository: Any, start: str, lines: Mapping[bytes, Sequence[Lines]], most: int | None = None) -> Blamed:
    """The commits of lines that `start` has, by path."""
    walk = _BlameWalk(repository, Trees(repository), Frontier(repository))
    walk.frontier.add(library().Oid(hex=start).raw, {path: tuple(each) for path, each in lines.items()})
    looked_at = 0
    while walk.frontier and not walk.blamed.problem:
        looked_at += 1
        if looked_at > (MOST_COMMITS if most is None else most):
            walk.blamed.problem = f"some lines are older than the last {looked_at - 1:,} commits"
            break
        walk.step()
    walk.blamed.left += [each for paths in walk.frontier.waiting.values() for many in paths.values() for each in many]
    return walk.blamed


@dataclass(slots=True)
class _BlameWalk:
    repository: Any
    trees: Trees
    frontier: Frontier
    blamed: Blamed = field(default_factory=Blamed)

    def step(self) -> None:
        """Look at one commit: hand on what its parents have, and note the rest."""
        commit, wanted = self.frontier.pop()
        try:
            for parent, kept in unchanged(self.trees, commit, wanted):
                self.frontier.add(parent, kept)
            for path, lines in wanted.items():
                left = self._handed_on(commit, path, lines)
                self.blamed.found += [(each, str(commit.id), path) for each in left]
        except KeyError as error:
            self.frontier.waiting[commit.id.raw] = wanted
            self.blamed.problem = f"git does not have all of the history: {error.args[0]}"

    def _handed_on(self, commit: Any, path: bytes, lines: tuple[Lines, ...]) -> list[Lines]:
        """Hand the lines of a changed file on to the parents that have them; gives those that none has."""
        entry = self.trees.entry(commit.tree_id.raw, path)
        befores = [(parent, *self._before(commit, parent, path)) for parent in commit.parent_ids]
        for parent, before, old in befores:
            if entry and old and old[1] == entry[1]:  # only its name changed
                self.frontier.add(parent.raw, {before: lines})
                return []
        left = list(lines)
        text = self._text(entry)
        for parent, before, old in befores:
            if old is not None and left:
                passed, left = _split(left, shared_lines(self._text(old), text))
                self.frontier.add(parent.raw, {before: tuple(passed)} if passed else {})
        return left

    def _before(self, commit: Any, parent: Any, path: bytes) -> tuple[bytes, Entry | None]:
        """What a file was called in a parent, and what it was there."""
        tree = read_object(self.repository, parent).tree_id.raw
        entry = self.trees.entry(tree, path)
        if entry is None and (renamed := self._renamed(commit, parent).get(path)):
            return renamed, self.trees.entry(tree, renamed)
        return path, entry

    def _renamed(self, commit: Any, parent: Any) -> dict[bytes, bytes]:
        """The files of a commit that a parent has under another name, with that name."""
        from pygit2.enums import DeltaStatus, DiffFind

        diff = self.repository[parent].tree.diff_to_tree(commit.tree, context_lines=0)
        diff.find_similar(flags=DiffFind.FIND_RENAMES)
        return {
            delta.new_file.raw_path: delta.old_file.raw_path
            for delta in diff.deltas
            if delta.status == DeltaStatus.RENAMED
        }

    def _text(self, entry: Entry | None) -> bytes:
        """A file's content; nothing for what is no file or too large to compare."""
        if entry is None or entry[0] in (FOLDER, GITLINK):
            return b""
        blob = library().Oid(raw=entry[1])
        if self.repository.odb.read_header(blob)[1] > MAX_FILE_BYTES:
            return b""
        text: bytes = self.repository.read(blob)[1]
        return text


def _place(start: int, count: int) -> tuple[int, int]:
    """A changed range from 0: where nothing is on this side, a diff names the line before."""
    first = start - 1 if count else start
    return first, first + count


def _between(changes: Iterable[tuple[int, int, int, int]], old: int, new: int) -> Iterator[Same]:
    old_from = new_from = 0
    for _, old_end, new_start, new_end in (*changes, (old, old, new, new)):
        if new_start > new_from:
            yield Same(old_from, new_from, new_start - new_from)
        old_from, new_from = old_end, new_end


def _split(lines: Sequence[Lines], shared: Sequence[Same]) -> tuple[list[Lines], list[Lines]]:
    """The lines that are shared, where they are in the old text, and the others."""
    passed: list[Lines] = []
    left: list[Lines] = []
    for each in sorted(lines, key=lambda each: each.there):
        at, end = each.there, each.there + each.count
        for same in _overlapping(shared, at, end):
            start, stop = max(same.new, at), min(same.new + same.count, end)
            if start > at:
                left.append(each.cut(at, start))
            passed.append(each.cut(start, stop).moved(same.old - same.new))
            at = stop
        if at < end:
            left.append(each.cut(at, end))
    return passed, left


def _overlapping(shared: Sequence[Same], start: int, end: int) -> Iterator[Same]:
    low, high = 0, len(shared)
    while low < high:
        middle = (low + high) // 2
        if shared[middle].new + shared[middle].count <= start:
            low = middle + 1
        else:
            high = middle
    while low < len(shared) and shared[low].new < end:
        yield shared[low]
        low += 1
