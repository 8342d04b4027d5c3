"""Reading a commit from git's objects: nothing is checked out, no filter runs, no link is followed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_assets.sources.errors import GitUnreadable, NotInRevision, Unreadable
from pipeline_assets.sources.git import GitPlace, commit_id, find_repository, library, open_repository, read_object
from pipeline_assets.sources.links import links_to_folder
from pipeline_assets.sources.paths import is_python, path_bytes, path_text
from pipeline_assets.sources.rules import CACHES, ENVIRONMENT_MARK, PROJECT_FILES, SUBMODULE, Found, Rules, Survey
from pipeline_assets.sources.submodules import submodule_dir

FOLDER, LINK, GITLINK = 0o040000, 0o120000, 0o160000
MOST_ENTRIES = 100_000
"""Entries of folders that are kept while files are read."""
LONGEST_PATH = 4096


@dataclass(frozen=True, slots=True)
class Commit:
    """The files of one commit below a folder, and of the submodules that were asked for."""

    git_dir: Path
    commit: str
    prefix: bytes = b""
    """The folder, from the top, with a slash at its end."""
    modules: tuple[tuple[bytes, Commit], ...] = ()
    """By path, with a slash at its end."""

    @contextmanager
    def open(self) -> Iterator[CommitFiles]:
        """The repository, opened for reading blobs."""
        with ExitStack() as opened:
            repository = opened.enter_context(open_repository(self.git_dir))
            modules = [(path, opened.enter_context(module.open())) for path, module in self.modules]
            yield CommitFiles(repository, root_tree(repository, self), modules)


@dataclass(slots=True)
class CommitFiles:
    """The files of a commit, open."""

    repository: Any
    root: Any
    modules: Sequence[tuple[bytes, CommitFiles]] = ()
    _folders: dict[bytes, dict[bytes, tuple[int, Any]]] = field(default_factory=dict)

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of one file; raises `Unreadable`."""
        return self._read(path_bytes(path), path, limit)

    def _read(self, raw: bytes, path: str, limit: int) -> bytes:
        for prefix, module in self.modules:
            if raw.startswith(prefix):
                return module._read(raw.removeprefix(prefix), path, limit)
        try:
            mode, blob = self._entry(raw)
            if mode in (LINK, FOLDER, GITLINK):
                raise Unreadable(path, "symlink" if mode == LINK else "not_regular", "it is not a regular file")
            if self.repository.odb.read_header(blob)[1] > limit:
                raise Unreadable(path, "too_large", f"it has more than {limit} bytes")
            content: bytes = self.repository.read(blob)[1]
        except (KeyError, library().GitError) as error:
            raise Unreadable(path, "unreadable", "git does not have its content") from error
        return content

    def _entry(self, raw: bytes) -> tuple[int, Any]:
        folder, _, name = raw.rpartition(b"/")
        if folder not in self._folders:
            if sum(map(len, self._folders.values())) > MOST_ENTRIES:
                self._folders.clear()
            tree = self.root
            for part in folder.split(b"/") if folder else ():
                tree = child_tree(self.repository, tree, part)
            self._folders[folder] = {entry.raw_name: (entry.filemode, entry.id) for entry in reversed(list(tree))}
        return self._folders[folder][name]


def root_tree(repository: Any, commit: Commit) -> Any:
    """The list of the commit's folder; raises `KeyError`."""
    tree = read_object(repository, read_object(repository, library().Oid(hex=commit.commit)).tree_id)
    for part in commit.prefix.split(b"/")[:-1]:
        tree = child_tree(repository, tree, part)
    return tree


def child_tree(repository: Any, tree: Any, name: bytes) -> Any:
    """The list of a folder in a folder; raises `KeyError`."""
    found = next((entry.id for entry in tree if entry.raw_name == name and entry.filemode == FOLDER), None)
    if found is None:
        raise KeyError(path_text(name))
    return read_object(repository, found)


def walk_revision(root: Path, revision: str, rules: Rules, survey: Survey) -> Commit:
    """Find the candidates of a revision; the place where they are read from.

    Raises `NoRepository`, `UnknownRevision`, `NotInRevision` or `GitUnreadable`.
    """
    place = find_repository(root)
    commit = Commit(place.git_dir, commit_id(root, place.git_dir, revision), place.prefix)
    with open_repository(place.git_dir) as repository:
        try:
            tree = root_tree(repository, commit)
        except KeyError as error:
            raise NotInRevision(root, path_text(place.prefix), revision) from error
        walk = _CommitWalk(repository, place, rules, survey)
        walk.run(tree)
    return Commit(commit.git_dir, commit.commit, commit.prefix, tuple(walk.modules))


@dataclass(slots=True)
class _CommitWalk:
    """A walk through the folders of a commit, as `FolderWalk` is through those that lie there."""

    repository: Any
    place: GitPlace
    rules: Rules
    survey: Survey
    above: bytes = b""
    """Where its top is in the repository that is walked: the path of a submodule, with a slash at its end."""
    modules: list[tuple[bytes, Commit]] = field(default_factory=list)
    root: Any = None

    def run(self, root: Any) -> None:
        """Depth first, with a stack of folders."""
        self.root = root
        pending = [(self.above, root)]
        while pending:
            prefix, tree = pending.pop()
            self.survey.enter()
            entries = [entry for entry in tree if self._has_a_name(prefix, entry)]
            names = {entry.raw_name for entry in entries}
            if ENVIRONMENT_MARK in names and prefix and not self.rules.asks_for(prefix):
                self.survey.add(Found(prefix, 0, "pruned", "virtual environment"))
                continue
            self.survey.projects += [prefix + name for name in sorted(PROJECT_FILES & names)]
            pending += [(path + b"/", each) for path, each in self._sort_out(prefix, entries)]

    def _has_a_name(self, prefix: bytes, entry: Any) -> bool:
        """A commit made by hand can hold names that no folder can."""
        name = entry.raw_name
        is_name = name not in (b"", b".", b"..") and b"/" not in name and len(prefix + name) < LONGEST_PATH
        if not is_name and (is_python(name) or entry.filemode == FOLDER):
            place = prefix + name.replace(b"/", b"\\") + (b"/" if entry.filemode == FOLDER else b"")
            self.survey.add(Found(place[-LONGEST_PATH:], 0, "unreadable", "no file can be called so"))
        return is_name

    def _sort_out(self, prefix: bytes, entries: Sequence[Any]) -> Iterator[tuple[bytes, Any]]:
        """Note what a folder lists; gives the folders to enter."""
        for entry in entries:
            path = prefix + entry.raw_name
            if entry.filemode == FOLDER and entry.raw_name not in CACHES:
                if tree := self._folder(path, entry):
                    yield path, tree
            elif entry.filemode == GITLINK:
                self._submodule(path, entry)
            elif entry.filemode != FOLDER:
                self._file(path, entry)

    def _folder(self, path: bytes, entry: Any) -> Any:
        refused = self.rules.refuse_folder(path)
        try:
            if refused is None:
                return read_object(self.repository, entry.id)
        except KeyError:
            refused = "unreadable", "git does not have its list"
        self.survey.add(Found(path + b"/", 0, *refused))
        return None

    def _file(self, path: bytes, entry: Any) -> None:
        is_link = entry.filemode == LINK
        if is_link and links_to_folder(self.repository, self.root, path.removeprefix(self.above)):
            path += b"/"
        elif not is_python(entry.raw_name):
            return
        self.survey.add(self._classified(path, entry, is_link))

    def _classified(self, path: bytes, entry: Any, is_link: bool) -> Found:
        try:
            size = self.repository.odb.read_header(entry.id)[1]
        except (KeyError, library().GitError):
            return Found(path, 0, "unreadable", "git does not have its content")
        unwanted = self.rules.refuse_file(path)
        if unwanted:
            return Found(path, size, "excluded", unwanted)
        if is_link:
            return Found(path, 0, "symlink", "symbolic links are not followed")
        if size > self.rules.max_file_bytes:
            return Found(path, size, "too_large", f"it has more than {self.rules.max_file_bytes} bytes")
        return Found(path, size)

    def _submodule(self, path: bytes, entry: Any) -> None:
        refused = self.rules.refuse_folder(path)
        if refused is None and (self.rules.submodules or self.rules.asks_for(path + b"/")):
            refused = self._walk_submodule(path, str(entry.id))
        elif refused is None:
            refused = "pruned", SUBMODULE
        if refused:
            self.survey.add(Found(path + b"/", 0, *refused))

    def _walk_submodule(self, path: bytes, commit: str) -> tuple[str, str] | None:
        """Walk the commit of a submodule that is recorded; says so where it has not been fetched."""
        inside = self.place.prefix + path.removeprefix(self.above)
        git_dir = submodule_dir(self.place, inside)
        try:
            if git_dir is None:
                return "pruned", f"{SUBMODULE}: it was not fetched"
            module = Commit(git_dir, commit)
            with open_repository(git_dir) as repository:
                tree = root_tree(repository, module)
                top = self.place.top / inside.decode("utf-8", "surrogateescape") if self.place.top else None
                walk = _CommitWalk(repository, GitPlace(git_dir, top), self.rules, self.survey, path + b"/")
                walk.run(tree)
        except (KeyError, GitUnreadable):
            return "pruned", f"{SUBMODULE}: its commit was not fetched"
        self.modules += [(path + b"/", module), *walk.modules]
        return None
