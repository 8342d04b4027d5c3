"""What git ignores in a work tree: `.gitignore` files and `info/exclude`, and never a file that git tracks.

Outside a work tree a `.gitignore` says nothing: whoever packed the files wanted them. No configuration is read, so
neither a user's own ignore file nor one that the repository names has a say.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from math import comb

import pathspec

from pipeline_assets.sources.errors import GitUnreadable, Unreadable
from pipeline_assets.sources.git import GitPlace, open_repository
from pipeline_assets.sources.paths import path_text
from pipeline_assets.sources.reading import Folder, open_folder

IGNORE_FILE = b".gitignore"
EXCLUDE_FILE = "info/exclude"
MAX_IGNORE_BYTES = 256 * 1024
"""Larger ignore files are not obeyed."""

MAX_STARS = 4
"""Patterns with more wildcards are not obeyed: matching is polynomial in the path, with the wildcards as degree."""
MAX_STEPS = 500_000_000
"""Steps of matching allowed in a work tree, some ten seconds; what comes later is not ignored."""

_STARS = re.compile(r"\*+")


@dataclass(frozen=True, slots=True)
class _Patterns:
    """One ignore file."""

    name: str
    prefix: bytes
    """The folder that its patterns are about, from the top of the work tree."""
    spec: pathspec.GitIgnoreSpec
    stars: Counter[int]

    def says(self, path: bytes) -> bool | None:
        """Whether it ignores a path, takes it back, or says nothing."""
        return self.spec.check_file(path_text(path.removeprefix(self.prefix))).include

    def steps(self, path: bytes) -> int:
        """About how many steps of matching a path can take."""
        return sum(count * comb(len(path) + stars, stars) for stars, count in self.stars.items())


@dataclass(slots=True)
class Ignoring:
    """What is ignored in one work tree, as far as its folders have been entered."""

    prefix: bytes
    """Where the walk's paths start, from the top of the work tree; `strip` is what they have too much."""
    strip: bytes
    tracked: frozenset[bytes]
    """Files that git tracks, and the folders above them, with a slash."""
    files: dict[bytes, list[_Patterns]] = field(default_factory=dict)
    """By folder, from the top of the work tree: what has a say first comes first."""
    steps: int = 0

    @classmethod
    def of(cls, place: GitPlace, folder: bytes = b"") -> Ignoring | None:
        """What is ignored in a work tree, below the walk's `folder`.

        None where git's own list cannot be read, and where git ignores the folder itself: whoever names it wants it.
        """
        tracked = _tracked(place)
        if tracked is None or place.top is None:
            return None
        found = cls(place.prefix, folder + b"/" if folder else b"", tracked)
        with open_folder(place.common_dir) as git:
            found._add(git, EXCLUDE_FILE, b"")
        with open_folder(place.top) as top:
            for above in _folders_above(place.prefix) if place.prefix else ():
                found._add(top, path_text(above + IGNORE_FILE), above)
        return None if place.prefix and found.ignored_by(found.strip) else found

    def read(self, root: Folder, folder: bytes) -> None:
        """Obey the ignore file of a folder of the walk."""
        path = folder + b"/" + IGNORE_FILE if folder else IGNORE_FILE
        self._add(root, path_text(path), self._place(path)[: -len(IGNORE_FILE)])

    def ignored_by(self, path: bytes) -> str | None:
        """The ignore file that leaves out a path of the walk; folders end in a slash."""
        here = self._place(path)
        if here in self.tracked:
            return None
        for folder in reversed(_folders_above(here)):
            for patterns in self.files.get(folder, ()):
                self.steps += patterns.steps(here)
                verdict = patterns.says(here) if self.steps < MAX_STEPS else False
                if verdict is not None:
                    return patterns.name if verdict else None
        return None

    def _place(self, path: bytes) -> bytes:
        """A path of the walk, from the top of the work tree."""
        return self.prefix + path.removeprefix(self.strip)

    def _add(self, folder: Folder, path: str, about: bytes) -> None:
        try:
            content = folder.read(path, MAX_IGNORE_BYTES)
        except Unreadable:
            return
        patterns = _obeyed(content)
        if patterns:
            stars = Counter(len(_STARS.findall(pattern)) for pattern in patterns)
            name = f".git/{path}" if path == EXCLUDE_FILE else path_text(about + IGNORE_FILE)
            spec = pathspec.GitIgnoreSpec.from_lines(patterns)
            self.files.setdefault(about, []).insert(0, _Patterns(name, about, spec, stars))


def _obeyed(content: bytes) -> list[str]:
    lines = content.decode("utf-8-sig", "replace").split("\n")
    return [pattern for line in lines if _is_obeyed(pattern := line.removesuffix("\r"))]


def _is_obeyed(pattern: str) -> bool:
    if not pattern.strip() or pattern.startswith("#") or len(_STARS.findall(pattern)) > MAX_STARS:
        return False
    try:
        pathspec.GitIgnoreSpec.from_lines([pattern])
    except ValueError:  # git passes over it too
        return False
    return True


def _folders_above(path: bytes) -> list[bytes]:
    """The top of the work tree and every folder on the way to a path, each with a slash at its end; not itself."""
    parts = path.rstrip(b"/").split(b"/")[:-1]
    return [b"".join(part + b"/" for part in parts[:count]) for count in range(len(parts) + 1)]


def _tracked(place: GitPlace) -> frozenset[bytes] | None:
    if not (place.git_dir / "index").exists():
        return frozenset()
    try:
        with open_repository(place.git_dir) as repository:
            names = [entry.path.encode("utf-8", "surrogateescape") for entry in repository.index]
    except (OSError, GitUnreadable):  # such as an index of a kind that the library does not know
        return None
    below = [name for name in names if name.startswith(place.prefix)]
    return frozenset(below) | {folder for name in below for folder in _folders_above(name)}
