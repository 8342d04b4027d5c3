"""Walking a folder as it lies there: no link is followed, nothing but names and sizes is looked at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.git import GitPlace, find_git, place_inside
from pipeline_assets.sources.ignoring import IGNORE_FILE, MAX_IGNORE_BYTES, Ignoring
from pipeline_assets.sources.paths import is_python, path_text
from pipeline_assets.sources.reading import FILE_FLAGS, FOLDER_FLAGS, Folder
from pipeline_assets.sources.rules import CACHES, ENVIRONMENT_MARK, PROJECT_FILES, SUBMODULE, Found, Rules, Survey


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a folder lists, as far as it matters: folders, candidates, and links to folders."""

    path: bytes
    mode: int
    size: int
    links_to_folder: bool = False


@dataclass(frozen=True, slots=True)
class _Listing:
    names: frozenset[bytes]
    entries: tuple[_Entry, ...]


@dataclass(slots=True)
class FolderWalk:
    """A walk through a folder and what lies below it."""

    root: Folder
    rules: Rules
    survey: Survey

    def run(self) -> None:
        """Depth first, with a stack of folders: a chain of folders may be deeper than Python's recursion limit."""
        pending = [(b"", _ignoring(find_git(self.survey.root)))]
        while pending:
            folder, ignoring = pending.pop()
            self.survey.enter()
            try:
                listing = _list(self.root, folder)
            except OSError as error:
                self.survey.add(Found(folder + b"/", 0, "unreadable", error.strerror))
                continue
            if folder and (refusal := self._refuse_listed(folder, listing)):
                self.survey.add(Found(folder + b"/", 0, "pruned", refusal))
                continue
            ignoring = self._entered(folder, listing, ignoring)
            pending += [(path, ignoring) for path in self._sort_out(listing, ignoring)]

    def _refuse_listed(self, folder: bytes, listing: _Listing) -> str | None:
        """Why a folder is left out that is told by what it holds; `!folder/` asks for it."""
        if self.rules.asks_for(folder + b"/"):
            return None
        if ENVIRONMENT_MARK in listing.names:
            return "virtual environment"
        is_left_out = not self.rules.submodules and self._is_repository(folder, listing)
        return SUBMODULE if is_left_out else None

    def _is_repository(self, folder: bytes, listing: _Listing) -> bool:
        """Whether a folder has a `.git` of its own: a submodule, or a clone inside another."""
        if b".git" not in listing.names:
            return False
        try:
            return self.root.read(path_text(folder + b"/.git"), MAX_IGNORE_BYTES).startswith(b"gitdir:")
        except Unreadable:
            return self._opens(folder + b"/.git/HEAD")

    def _opens(self, path: bytes) -> bool:
        try:
            os.close(self.root.open(path, FILE_FLAGS))
        except OSError:
            return False
        return True

    def _entered(self, folder: bytes, listing: _Listing, ignoring: Ignoring | None) -> Ignoring | None:
        """What git ignores in a folder: a repository inside another has its own rules."""
        if folder and self._is_repository(folder, listing):
            ignoring = _ignoring(place_inside(self.survey.root, folder), folder)
        if ignoring and IGNORE_FILE in listing.names:
            ignoring.read(self.root, folder)
        prefix = folder + b"/" if folder else b""
        self.survey.projects += [prefix + name for name in sorted(PROJECT_FILES & listing.names)]
        return ignoring

    def _sort_out(self, listing: _Listing, ignoring: Ignoring | None) -> Iterator[bytes]:
        """Note what a folder lists; gives the folders to enter."""
        for entry in listing.entries:
            if stat.S_ISDIR(entry.mode):
                refused = self.rules.refuse_folder(entry.path) or self._ignored(entry.path + b"/", ignoring)
                if refused is None:
                    yield entry.path
                else:
                    self.survey.add(Found(entry.path + b"/", 0, *refused))
            else:
                self.survey.add(self._classify(entry, ignoring))

    def _classify(self, entry: _Entry, ignoring: Ignoring | None) -> Found:
        path = entry.path + b"/" if entry.links_to_folder else entry.path
        unwanted = self.rules.refuse_file(path)
        if unwanted:
            return Found(path, entry.size, "excluded", unwanted)
        if stat.S_ISLNK(entry.mode):
            return Found(path, 0, "symlink", "symbolic links are not followed")
        if not stat.S_ISREG(entry.mode):
            return Found(path, 0, "not_regular", "it is not a regular file")
        ignored = self._ignored(path, ignoring)
        if ignored:
            return Found(path, entry.size, *ignored)
        if entry.size > self.rules.max_file_bytes:
            return Found(path, entry.size, "too_large", f"it has more than {self.rules.max_file_bytes} bytes")
        return Found(path, entry.size)

    def _ignored(self, path: bytes, ignoring: Ignoring | None) -> tuple[str, str] | None:
        if ignoring is None or self.rules.asks_for(path):
            return None
        by = ignoring.ignored_by(path)
        return ("ignored", f"git ignores it ({by})") if by else None


def _ignoring(place: GitPlace | None, folder: bytes = b"") -> Ignoring | None:
    return Ignoring.of(place, folder) if place else None


def _list(root: Folder, folder: bytes) -> _Listing:
    """A folder's names, and its entries; stat is only asked of those that matter."""
    descriptor = root.open(folder or b".", FOLDER_FLAGS)
    try:
        with os.scandir(descriptor) as listed:
            entries = list(listed)
        prefix = folder + b"/" if folder else b""
        names = frozenset(os.fsencode(entry.name) for entry in entries)
        return _Listing(names, tuple(_relevant(prefix, entries)))
    finally:
        os.close(descriptor)


def _relevant(prefix: bytes, entries: Sequence[os.DirEntry[str]]) -> Iterator[_Entry]:
    for entry in entries:
        name = os.fsencode(entry.name)
        if entry.is_dir(follow_symlinks=False):
            if name not in CACHES:
                yield _Entry(prefix + name, stat.S_IFDIR, 0)
        elif is_python(name) or entry.is_symlink():
            links_to_folder = entry.is_symlink() and _is_folder(entry)
            if links_to_folder or is_python(name):
                status = entry.stat(follow_symlinks=False)
                yield _Entry(prefix + name, status.st_mode, status.st_size, links_to_folder)


def _is_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a loop of links, or a target that may not be looked at: not a folder that could be entered
        return False
