"""Where dotted module names start: import roots, as given or as found by layout.

Found are: the repository's folder; `src/` where that is the layout; and the same for every folder that is a project of
its own (it says so in `setup.py`, or in `pyproject.toml` or `setup.cfg` by what it declares), unless it lies inside a
package, or among tests or copies of other projects, where many projects of one name may lie side by side.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pipeline_assets.sources.errors import BadImportRoot, Unreadable
from pipeline_assets.sources.paths import PYTHON_SUFFIXES, dotted_name, path_text
from pipeline_assets.sources.reading import Readable

MAX_PROJECT_BYTES = 256 * 1024
MOST_PROJECTS = 10_000

APART = frozenset(
    {"test", "tests", "testing", "testdata", "vendor", "_vendor", "vendored", "_vendored", "third_party", "thirdparty"}
)
"""Folders whose projects are not those of the repository."""

_DECLARES = {
    "pyproject.toml": re.compile(rb"^[ \t]*\[[ \t]*(?:project|build-system|tool[ \t]*\.[ \t]*poetry)[ \t]*\]", re.M),
    "setup.cfg": re.compile(rb"^\[metadata\]", re.M),
}


@dataclass(frozen=True, slots=True)
class ImportRoots:
    """Where the dotted names of a repository's modules start."""

    folders: frozenset[str] = frozenset({""})
    """Each with a slash at its end, the repository's own empty; of those that a file is below, the longest counts."""
    package: str = ""
    """The name of the repository's folder, where that is itself a package."""
    apart: frozenset[str] = field(default=frozenset())
    """Folders and files below some root whose names another root has taken: they are named from the repository's."""

    def module(self, path: str) -> str | None:
        """The dotted name `path` is imported under; none where a part holds a dot, which no import can spell."""
        root = "" if self._is_apart(path) else self.root(path)
        return dotted_name(path.removeprefix(root), self.package if root == "" else "")

    def root(self, path: str) -> str:
        """The import root that a file is below."""
        return max((folder for folder in _folders(path) if folder in self.folders), key=len, default="")

    def _is_apart(self, path: str) -> bool:
        return bool(self.apart) and (path in self.apart or not self.apart.isdisjoint(_folders(path)))


def given_roots(root: Path, given: Iterable[str], paths: Collection[str]) -> ImportRoots:
    """The import roots as they were given; raises `BadImportRoot`."""
    folders = {_given_folder(root, folder, paths) for folder in given}
    return _without_clashes(ImportRoots(frozenset({*folders, ""})), paths)


def found_roots(paths: Collection[str], projects: Iterable[str], name: str) -> ImportRoots:
    """The import roots of the files `paths`: `projects` are folders that are projects, `name` is the repository's."""
    packages = {folder for path in paths if _is_init(path) for folder in [path.rpartition("/")[0]]}
    if "" in packages:
        return ImportRoots(package=name)
    declared = set(projects)
    layouts = {*_layout("", paths, "" in declared)}
    for project in declared - {""}:
        if packages.isdisjoint(_above(project)) and APART.isdisjoint(project.split("/")):
            layouts |= {*_layout(f"{project}/", paths, True)}
    return _without_clashes(ImportRoots(frozenset(layouts)), paths)


def project_folders(files: Readable, candidates: Iterable[bytes]) -> Iterator[str]:
    """The folders of the files that declare a project; the repository's own is empty."""
    for path in sorted(candidates)[:MOST_PROJECTS]:
        text = path_text(path)
        folder, _, name = text.rpartition("/")
        if name == "setup.py" or _DECLARES[name].search(_read(files, text)):
            yield folder


def _read(files: Readable, path: str) -> bytes:
    try:
        return files.read(path, MAX_PROJECT_BYTES)
    except Unreadable:
        return b""


def _layout(project: str, paths: Collection[str], is_declared: bool) -> Iterator[str]:
    """The import roots of one project: its folder, and its `src/` where something importable starts there.

    In a declared project anything may start there; else a module or a package with an `__init__` must.
    """
    yield project
    source = project + "src/"
    below = {path.removeprefix(source) for path in paths if path.startswith(source)}
    is_package = any(f"__init__{suffix}" in below for suffix in PYTHON_SUFFIXES)
    has_code = any("/" not in path or path.split("/")[1].startswith("__init__.") for path in below)
    if (has_code or (is_declared and below)) and not is_package:
        yield source


def _without_clashes(roots: ImportRoots, paths: Collection[str]) -> ImportRoots:
    """The same, with what several roots would call alike named from the repository's folder, but for the first.

    Packages spread over several roots are fine: only a file that would be called like another is in the way. With
    it goes all that lies beside it in its top folder, so that relative imports there stay among themselves.
    """
    if len(roots.folders) == 1:
        return roots
    owners: dict[str, str] = {}
    apart: set[str] = set()
    clashing: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths, key=lambda path: (roots.root(path) != "", path)):
        module, root = roots.module(path), roots.root(path)
        if module and owners.setdefault(module, root) != root and root:
            clashing[root + path.removeprefix(root).split("/")[0]].append(path)
    for top, files in clashing.items():
        only_packages = all(_is_init(path) for path in files)
        apart.update(files if only_packages else [top if top in files else f"{top}/"])
    return ImportRoots(roots.folders, roots.package, frozenset(apart))


def _given_folder(root: Path, folder: str, paths: Collection[str]) -> str:
    pure = PurePosixPath(folder)
    if pure.is_absolute() or ".." in pure.parts:
        raise BadImportRoot(root, folder, "is not inside the repository")
    found = "" if pure == PurePosixPath() else f"{pure}/"
    if not any(path.startswith(found) for path in paths):
        raise BadImportRoot(root, folder, "has no Python file below it")
    return found


def _is_init(path: str) -> bool:
    stem, _, suffix = path.rpartition("/")[2].rpartition(".")
    return stem == "__init__" and f".{suffix}" in PYTHON_SUFFIXES


def _above(folder: str) -> set[str]:
    """A folder and all above it but the repository's own."""
    parts = folder.strip("/").split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}


def _folders(path: str) -> Iterator[str]:
    """Every folder that a file is below, with a slash at its end."""
    end = path.find("/")
    while end >= 0:
        yield path[: end + 1]
        end = path.find("/", end + 1)
