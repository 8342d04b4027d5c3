"""History: the commit that last changed each file and, where asked for, each line; from git's objects.

The git program is never run, nor anything that a repository's configuration names: see `sources/git.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Reading, SourceFile
from pipeline_assets.extract.layers import is_wanted
from pipeline_assets.extract.producers.git.blame import Blamed, Lines, blame, line_count, shared_lines
from pipeline_assets.extract.producers.git.commits import commit_rows
from pipeline_assets.extract.producers.git.contracts import BLAME, BLAME_LINES, COMMITS, FILE_CHANGES, GIT_STATUS, LAYER
from pipeline_assets.extract.producers.git.history import LastChanges, last_changes
from pipeline_assets.extract.producers.git.lines import blame_rows, runs_by_file
from pipeline_assets.extract.producers.git.trees import FOLDER, GITLINK, Trees
from pipeline_assets.extract.status import FileStatus, failed, limited, skipped, status_table, succeeded
from pipeline_assets.inference.contract import Contract
from pipeline_assets.pipes import extractor, reader
from pipeline_assets.sources.errors import GitUnreadable
from pipeline_assets.sources.git import library, open_repository, read_object
from pipeline_assets.sources.paths import path_bytes, path_text
from pipeline_assets.sources.revision import standing
from pipeline_assets.store.columns import arrow_schema, stored_columns

LIMIT = "commits"
IN_SUBMODULE = "it is in a git submodule, whose history is not read"
UNTRACKED = "the commit has no such file"


@dataclass(frozen=True, slots=True)
class Tracked:
    """One file, and what the commit has in its place."""

    file: SourceFile
    path: bytes
    """From the top of the work tree."""
    state: str
    committed: bytes = b""
    """Its content in the commit, where lines are wanted."""
    is_blamed: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What was read of a repository's history."""

    files: tuple[Tracked, ...]
    changes: LastChanges = field(default_factory=LastChanges)
    blamed: Blamed = field(default_factory=Blamed)
    commits: tuple[dict[str, object], ...] = ()
    reason: str | None = None
    """Why there is no history."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of each dataset, and what became of each file."""

    commits: tuple[dict[str, object], ...]
    changes: tuple[dict[str, object], ...]
    lines: tuple[dict[str, object], ...]
    statuses: tuple[FileStatus, ...]


def _project(files: Table, repository_revision: Table) -> dict[str, Table]:
    """The files whose text could be read, unless the layer is left out; and the commit that they are of."""
    chosen = files.filter((files.status == "ok") & is_wanted(files, LAYER))
    selected = chosen.select("repository", "file_id", "path", "size", "sha256", blame=is_wanted(chosen, BLAME))
    revision = repository_revision.select("repository", "commit_id", "reason")
    return {"files": selected, "repository_revision": revision}


@reader
def _read_history(reading: Reading) -> History:
    """Walk through the objects of the repository, once for the files and once for the lines."""
    revision = reading.inputs["repository_revision"].to_pylist()[0]
    place = standing(reading.source).place
    files = reading.chunk().files
    if revision["commit_id"] is None or place is None:
        return History(tuple(Tracked(file, b"", "untracked") for file in files), reason=revision["reason"])
    try:
        with open_repository(place.git_dir) as repository:
            return _history(repository, revision["commit_id"], place.prefix, files)
    except (GitUnreadable, KeyError) as error:
        return History(tuple(Tracked(file, b"", "untracked") for file in files), reason=str(error))


def _describe(history: History) -> Facts:
    """Say of each file what was found."""
    if history.reason is not None:
        statuses = tuple(_unread(each.file, history.reason) for each in history.files)
        return Facts((), (), (), statuses)
    readable = [each for each in history.files if each.file.content is not None]
    runs = runs_by_file(history.blamed)
    cut_short = {lines.file_id for lines in history.blamed.left}
    return Facts(
        history.commits,
        tuple(_change_row(each, history.changes) for each in readable),
        tuple(row for each in readable if each.is_blamed for row in blame_rows(each.file, runs)),
        tuple(_status(each, history, each.file.file_id in cut_short) for each in history.files),
    )


def _materialize(facts: Facts) -> dict[str, pa.Table]:
    """Build the tables."""
    return {
        COMMITS.name: _table(COMMITS, facts.commits),
        FILE_CHANGES.name: _table(FILE_CHANGES, facts.changes),
        BLAME_LINES.name: _table(BLAME_LINES, facts.lines),
        GIT_STATUS.name: status_table(facts.statuses),
    }


@extractor(
    COMMITS,
    FILE_CHANGES,
    BLAME_LINES,
    GIT_STATUS,
    stages=(_project, _read_history, _describe, _materialize),
    producers=("pygit2",),
)
def git(files: Table, repository_revision: Table) -> Table:
    """The commits that files and lines are of."""


def _history(repository: Any, commit: str, prefix: bytes, files: tuple[SourceFile, ...]) -> History:
    tree = read_object(repository, library().Oid(hex=commit)).tree_id.raw
    trees = Trees(repository)
    tracked = tuple(_tracked(trees, tree, prefix, file) for file in files)
    has = [each for each in tracked if each.state in ("committed", "modified")]
    changes = last_changes(repository, commit, [each.path for each in has])
    lines = {each.path: _committed_lines(each) for each in has if each.is_blamed and each.committed}
    blamed = blame(repository, commit, lines) if lines else Blamed()
    named = {commit, *changes.commits.values(), *(found for _, found, _ in blamed.found)}
    rows = commit_rows(repository, files[0].repository, sorted(named), commit)
    return History(tracked, changes, blamed, tuple(rows))


def _tracked(trees: Trees, tree: bytes, prefix: bytes, file: SourceFile) -> Tracked:
    path = prefix + path_bytes(file.path)
    entry = trees.entry(tree, path)
    if file.content is None or entry is None or entry[0] in (FOLDER, GITLINK):
        is_inside = entry is not None and entry[0] == GITLINK
        return Tracked(file, path, "submodule" if is_inside else "untracked", is_blamed=file.row["blame"])
    blob = library().Oid(raw=entry[1])
    state = "committed" if _is_blob(file.content, blob) else "modified"
    committed = _committed(trees.repository, blob, file.content, state) if file.row["blame"] else b""
    return Tracked(file, path, state, committed, file.row["blame"])


def _is_blob(content: bytes, blob: Any) -> bool:
    """Whether a file is what git keeps, or would be with the line breaks that git keeps."""
    pygit2 = library()
    return pygit2.hash(content) == blob or (b"\r\n" in content and pygit2.hash(_unix(content)) == blob)


def _committed(repository: Any, blob: Any, content: bytes, state: str) -> bytes:
    if state == "committed":
        return content
    try:
        committed: bytes = repository.read(blob)[1]
    except KeyError:  # a clone without this content: all its lines count as not committed
        return b""
    return committed


def _committed_lines(each: Tracked) -> list[Lines]:
    """The lines of a file that are in the commit; a line break that git would change is no difference."""
    file_id, content = each.file.file_id, each.file.content or b""
    if each.state == "committed":
        return [Lines(file_id, 0, line_count(content), 0)]
    return [Lines(file_id, s.new, s.count, s.old) for s in shared_lines(_unix(each.committed), _unix(content))]


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")


def _change_row(each: Tracked, changes: LastChanges) -> dict[str, object]:
    return {
        "repository": each.file.repository,
        "file_id": each.file.file_id,
        "git_path": path_text(each.path),
        "state": each.state,
        "commit_id": changes.commits.get(each.path) if each.state in ("committed", "modified") else None,
    }


def _status(each: Tracked, history: History, is_cut_short: bool) -> FileStatus:
    if each.file.refusal is not None:
        return failed(each.file, LAYER, each.file.refusal)
    if each.state == "submodule":
        return skipped(each.file, LAYER, IN_SUBMODULE)
    if each.state == "untracked":
        return skipped(each.file, LAYER, UNTRACKED)
    if each.path in history.changes.left:
        return limited(each.file, LAYER, LIMIT, history.changes.problem or "")
    if is_cut_short:
        return limited(each.file, LAYER, LIMIT, history.blamed.problem or "")
    return succeeded(each.file, LAYER)


def _unread(file: SourceFile, reason: str) -> FileStatus:
    return failed(file, LAYER, file.refusal) if file.refusal else skipped(file, LAYER, reason)


def _table(contract: Contract, rows: tuple[dict[str, object], ...]) -> pa.Table:
    table = pa.Table.from_pylist(list(rows), arrow_schema(stored_columns(contract)))
    return table.sort_by([(name, "ascending") for name in contract.key])
