"""The git layer, held against what the git program says of the same repositories."""

from __future__ import annotations

import os
import random
import re
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline_assets.extract import git as layer
from pipeline_assets.extract.producers.git import blame as git_blame
from pipeline_assets.extract.producers.git import history as git_history
from pipeline_assets.extract.worker import Job, run_stages
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.sources.given import rows_version
from pipeline_assets.sources.revision import revision_rows, utc_text
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.parquet import STAGING
from pipeline_assets.store.selection import EVERYTHING, Selection
from pipeline_assets.store.warehouse import Repository
from pipeline_tests.extracting import steps, write_files
from pipeline_tests.git_programs import Git, needs_git, new_repository

pytestmark = needs_git

Rows = list[dict[str, object]]


def _extract(folder: Path, scratch: Path, **choices: object) -> dict[str, Rows]:
    """The tables of the layer, lines included."""
    selection = EVERYTHING.with_choices(choices)
    tree = walk(folder, "sample", selection)
    task = authored_task(layer.git)
    assert task
    (scratch / STAGING).mkdir(parents=True, exist_ok=True)
    files = [{**row, "blame": True} for row in tree.table.to_pylist() if row["status"] == "ok"]
    inputs = {"files": pa.Table.from_pylist(files), "repository_revision": _revision(tree, folder, selection)}
    job = Job(steps(task), task.outputs, tuple(files), tree.source, scratch, tree.max_file_bytes, inputs=inputs)
    return {name: table.to_pylist() for name, table in run_stages(job, []).items()}


def _revision(tree: Tree, folder: Path, selection: Selection = EVERYTHING) -> pa.Table:
    return revision_rows(Repository("sample", str(folder), "now", selection), tree)


def _statuses(tables: dict[str, Rows]) -> dict[object, tuple[object, object]]:
    return {row["path"]: (row["status"], row["message"]) for row in tables["git_status"]}


def _changes(tables: dict[str, Rows]) -> dict[object, tuple[object, object]]:
    return {row["git_path"]: (row["state"], row["commit_id"]) for row in tables["file_changes"]}


def _lines(tables: dict[str, Rows]) -> dict[tuple[object, int], tuple[object, object, int]]:
    """Each line with the commit, path and line that it is of."""
    paths = {row["file_id"]: row["git_path"] for row in tables["file_changes"]}
    return {
        (paths[row["file_id"]], line): (
            row["commit_id"],
            row["commit_path"],
            row["commit_line"] and row["commit_line"] + i,
        )
        for row in tables["blame"]
        for i, line in enumerate(range(row["line"], row["end_line"] + 1))
    }


def _blamed_by_git(git: Git, path: str, *arguments: str) -> dict[tuple[object, int], tuple[object, object, int]]:
    found, names, at = {}, {}, ("", 0, 0)
    for line in git("blame", "--porcelain", *arguments, "--", path).split("\n"):
        if head := re.match(r"([0-9a-f]{40}) (\d+) (\d+)", line):
            at = head[1], int(head[2]), int(head[3])
        elif line.startswith("filename "):
            names[at[0]] = line.removeprefix("filename ")
        elif line.startswith("\t"):
            is_committed = at[0].strip("0")
            found[path, at[2]] = (at[0], names[at[0]], at[1]) if is_committed else (None, None, None)
    return found


def _text(chosen: random.Random) -> str:
    return "".join(
        chosen.choice(["x = 1\n", "y = 2\n", "\n", "def f():\n", "    return 1\n", "}\n"]) for _ in range(12)
    )


def _edited(chosen: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    for _ in range(chosen.randint(1, 4)):
        at = chosen.randint(0, len(lines))
        lines[at : at + chosen.randint(0, 3)] = _text(chosen).splitlines(keepends=True)[: chosen.randint(0, 3)]
    return "".join(lines)


def _random_history(folder: Path, seed: int) -> Git:
    """Branches that come and go, merges with and without conflicts, renames, removals, modes, clocks gone wrong."""
    chosen, git = random.Random(seed), new_repository(folder)
    git.commit({f"{name}/m{i}.py": _text(chosen) for name in ("p", "p/q", "r") for i in range(3)})
    for step in range(1, 60):
        files = [path.relative_to(folder) for path in sorted(folder.rglob("*.py")) if ".git" not in path.parts]
        at = step * 100 if chosen.random() < 0.8 else chosen.randint(0, 3000)
        what, path = chosen.random(), str(chosen.choice(files))
        if what < 0.1:
            git("checkout", "-q", "-b", f"b{step}")
        elif what < 0.28:
            _merge(git, chosen.choice(_branches(git)), chosen.choice(["ours", "theirs"]), at)
        elif what < 0.34:
            git("mv", path, f"r/moved{step}.py")
            git.commit(at=at)
        elif what < 0.38 and len(files) > 4:
            git.commit({path: None}, at=at)
        elif what < 0.42:
            (folder / path).chmod(chosen.choice([0o755, 0o644]))
            git.commit(at=at)
        elif what < 0.58:
            git("checkout", "-q", chosen.choice(_branches(git)))
        else:
            paths = {str(each) for each in chosen.choices(files, k=2)}
            git.commit({each: _edited(chosen, (folder / each).read_text()) for each in sorted(paths)}, at=at)
    for branch in _branches(git):
        _merge(git, branch, "theirs", 7000)
    return git


def _branches(git: Git) -> list[str]:
    return git("branch", "--format=%(refname:short)").split()


def _merge(git: Git, branch: str, favour: str, at: int) -> None:
    date = f"{1_700_000_000 + at} +0000"
    dates = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date}
    try:
        git("merge", "-q", "--no-edit", "--no-ff", "-X", favour, branch, **dates)
    except AssertionError:  # a conflict, committed as it lies there
        git("add", "-A")
        git("commit", "-q", "--allow-empty", "-m", "merge", **dates)


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5, 6])
def test_random_histories_are_told_as_git_tells_them(tmp_path: Path, seed: int):
    git = _random_history(tmp_path / "r", seed)
    tables = _extract(tmp_path / "r", tmp_path / "w")
    paths = git("ls-files", "*.py").split("\n")
    assert _changes(tables) == {path: ("committed", git("log", "-1", "--format=%H", "--", path)) for path in paths}
    expected = {line: of for path in paths for line, of in _blamed_by_git(git, path).items()}
    assert len(expected) > 40
    assert int(git("rev-list", "--merges", "--count", "HEAD")) > 0
    # of several old names that are much alike, git may choose another
    ours = _lines(tables)
    assert ours.keys() == expected.keys()
    assert _unmoved(ours) == _unmoved(expected)
    assert {row["commit_id"] for row in tables["commits"]} == {
        *(commit for _, commit in _changes(tables).values()),
        *(commit for commit, _, _ in ours.values()),
        git("rev-parse", "HEAD"),
    }


def _unmoved(lines: dict[tuple[object, int], tuple[object, object, int]]) -> dict[object, object]:
    return {line: of for line, of in lines.items() if "moved" not in str(line[0])}


def test_lines_are_followed_through_renames(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    text = "".join(f"line_{i} = {i}\n" for i in range(30))
    git.commit({"old.py": text, "stays.py": text.replace("line", "other")}, at=0)
    git.commit({"old.py": text.replace("= 7", "= 70")}, at=1)
    git("mv", "old.py", "new.py")
    git.commit({"new.py": text.replace("= 7", "= 70").replace("= 9", "= 90") + "end = 1\n"}, at=2)
    git.commit({"new.py": None, "p/newest.py": (tmp_path / "r" / "new.py").read_text()}, at=3)
    tables = _extract(tmp_path / "r", tmp_path / "w")
    expected = _blamed_by_git(git, "p/newest.py") | _blamed_by_git(git, "stays.py")
    assert _lines(tables) == expected
    assert {path for _, path, _ in expected.values()} == {"old.py", "new.py", "stays.py"}


def test_commits_say_who_when_and_what(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    first = git.commit({"a.py": "x = 1\n"}, "first")
    git("config", "i18n.commitEncoding", "latin-1")
    (tmp_path / "message").write_bytes("Grüße\nsecond line\n\nand the body\n".encode("latin-1"))
    write_files(tmp_path / "r", {"a.py": "x = 2\n"})
    git("add", "-A")
    who = {"GIT_AUTHOR_NAME": "A <b>", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "1700003600 -0800"}
    git("commit", "-q", "-F", str(tmp_path / "message"), GIT_AUTHOR_DATE="1700000000 +0545", **who)
    row = next(row for row in _extract(tmp_path / "r", tmp_path / "w")["commits"] if row["is_head"])
    assert row == {
        "repository": "sample",
        "commit_id": git("rev-parse", "HEAD"),
        "is_head": True,
        "parents": first,
        "is_boundary": False,
        "author_name": "A b",
        "author_email": "a@example.org",
        "authored_at": "2023-11-14T22:13:20Z",
        "authored_offset": 345,
        "committer_name": "Ada Lovelace",
        "committer_email": "ada@example.org",
        "committed_at": "2023-11-14T23:13:20Z",
        "committed_offset": -480,
        "summary": "Grüße second line",
        "message": "Grüße\nsecond line\n\nand the body\n",
    }


def test_what_is_not_as_committed_is_told(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    commit = git.commit(
        {"same.py": "x\ny\n", "other.py": "a\nb\nc\nd\n", "ends.py": "a\nb\n", "cr.py": "a\rb\nc\rd\ne"}
    )
    write_files(
        tmp_path / "r",
        {"other.py": "new\na\nc\nd\nend", "untracked.py": "x\n", "ends.py": "a\r\nb\r\n", "cr.py": "a\rb\nz\rz\ne"},
    )
    tables = _extract(tmp_path / "r", tmp_path / "w")
    assert _changes(tables) == {
        "same.py": ("committed", commit),
        "other.py": ("modified", commit),
        "ends.py": ("committed", commit),  # but for the line breaks, which git may have made
        "cr.py": ("modified", commit),
        "untracked.py": ("untracked", None),
    }
    statuses = _statuses(tables)
    assert statuses.pop("untracked.py") == ("skipped", "the commit has no such file")
    assert set(statuses.values()) == {("ok", None)}
    lines = _lines(tables)
    assert {at: of for at, of in lines.items() if at[0] == "other.py"} == _blamed_by_git(git, "other.py")
    runs = {row["line"]: row for row in tables["blame"] if row["file_id"] == _file_id(tables, "cr.py")}
    told = {(row["line"], row["end_line"], row["state"], row["commit_line"]) for row in runs.values()}
    # `a`, `b` | `z`, `z` | `e`: five lines of ours, three of git's
    assert told == {(1, 2, "committed", 1), (3, 4, "uncommitted", None), (5, 5, "committed", 3)}
    assert [row["state"] for row in tables["blame"] if row["file_id"] == _file_id(tables, "untracked.py")] == [
        "uncommitted"
    ]


def _file_id(tables: dict[str, Rows], path: str) -> object:
    return next(row["file_id"] for row in tables["file_changes"] if row["git_path"] == path)


def test_without_a_repository_or_commit_every_file_says_why(tmp_path: Path):
    write_files(tmp_path / "plain", {"a.py": "", "b.py": ""})
    tables = _extract(tmp_path / "plain", tmp_path / "w")
    assert _statuses(tables) == dict.fromkeys(("a.py", "b.py"), ("skipped", "it is not a git repository"))
    new_repository(tmp_path / "empty")
    write_files(tmp_path / "empty", {"a.py": ""})
    assert _statuses(_extract(tmp_path / "empty", tmp_path / "w")) == {
        "a.py": ("skipped", "its git repository has no commit yet")
    }
    write_files(tmp_path / "empty", {".git/config": "[core]\n\trepositoryformatversion = 9\n"})
    ((status, message),) = _statuses(_extract(tmp_path / "empty", tmp_path / "w")).values()
    assert status == "skipped"
    assert "cannot be read" in str(message)
    assert not any(tables[name] for name in ("commits", "file_changes", "blame"))


def test_a_folder_of_the_work_tree_has_the_history_of_its_files(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    commit = git.commit({"p/a.py": "x = 1\n", "b.py": ""})
    git.commit({"b.py": "y = 1\n"})
    assert _changes(_extract(tmp_path / "r" / "p", tmp_path / "w")) == {"p/a.py": ("committed", commit)}


def test_a_shallow_clone_ends_at_its_boundary_as_git_says(tmp_path: Path):
    origin = new_repository(tmp_path / "origin")
    for i in range(5):
        origin.commit({"a.py": "x = 1\n" * (i + 1), f"b{i}.py": "y = 1\n"}, at=i)
    origin("clone", "-q", "--depth", "2", f"file://{tmp_path}/origin", str(tmp_path / "r"))
    git = Git(tmp_path / "r")
    tables = _extract(tmp_path / "r", tmp_path / "w")
    for path, (_, commit) in _changes(tables).items():
        assert commit == git("log", "-1", "--format=%H", "--", str(path))
    boundary = {row["commit_id"]: row["is_boundary"] for row in tables["commits"]}
    assert boundary == {git("rev-parse", "HEAD"): False, git("rev-parse", "HEAD~1"): True}
    tree = walk(tmp_path / "r", "sample")
    before = rows_version(_revision(tree, tmp_path / "r"))
    git("fetch", "-q", "--unshallow")
    assert rows_version(_revision(tree, tmp_path / "r")) != before, "the layer is made again"
    assert not any(row["is_boundary"] for row in _extract(tmp_path / "r", tmp_path / "w")["commits"])


def test_history_that_is_missing_or_too_long_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git = new_repository(tmp_path / "r")
    first = git.commit({"old.py": "x = 1\n", "new.py": ""}, at=0)
    commits = [git.commit({"new.py": "y = 1\n" * i}, at=i) for i in range(1, 6)]
    monkeypatch.setattr(git_history, "MOST_COMMITS", 3)
    monkeypatch.setattr(git_blame, "MOST_COMMITS", 3)
    tables = _extract(tmp_path / "r", tmp_path / "w")
    assert _changes(tables) == {"new.py": ("committed", commits[-1]), "old.py": ("committed", None)}
    assert _statuses(tables) == {
        "new.py": ("limited", "some lines are older than the last 3 commits"),
        "old.py": ("limited", "its last change lies more than 3 commits back"),
    }
    assert {row["limit"] for row in tables["git_status"]} == {"commits"}
    assert [row["state"] for row in tables["blame"] if row["file_id"] == _file_id(tables, "old.py")] == ["beyond_limit"]
    monkeypatch.undo()
    (tmp_path / "r" / ".git" / "objects" / first[:2] / first[2:]).unlink()
    tables = _extract(tmp_path / "r", tmp_path / "w")
    assert _changes(tables) == {"new.py": ("committed", commits[-1]), "old.py": ("committed", None)}
    ((status, message),) = {_statuses(tables)["old.py"]}
    assert status == "limited"
    assert str(message).startswith("git does not have all of the history")


def test_files_of_a_submodule_are_not_given_the_history_around_it(tmp_path: Path):
    new_repository(tmp_path / "origin").commit({"inner.py": ""})
    outer = new_repository(tmp_path / "r")
    outer("submodule", "add", "-q", str(tmp_path / "origin"), "sub")
    outer.commit({"a.py": ""})
    tables = _extract(tmp_path / "r", tmp_path / "w", submodules=True)
    assert _changes(tables)["sub/inner.py"] == ("submodule", None)
    assert _statuses(tables)["sub/inner.py"] == ("skipped", "it is in a git submodule, whose history is not read")


@pytest.mark.parametrize("is_detached", [True, False])
def test_a_revision_has_the_same_history_as_its_checkout(tmp_path: Path, is_detached: bool):
    git = _random_history(tmp_path / "r", 99)
    revision = git("rev-parse", "HEAD~3")
    asked = _extract(tmp_path / "r", tmp_path / "w", rev=revision)
    git("worktree", "add", "-q", *(["--detach"] if is_detached else ["-b", "other"]), str(tmp_path / "c"), revision)
    tree = walk(tmp_path / "c", "sample")
    assert _extract(tmp_path / "c", tmp_path / "w") == asked
    row = _revision(tree, tmp_path / "c").to_pylist()[0]
    assert row["commit_id"] == revision
    assert row["ref"] == (None if is_detached else "refs/heads/other")


def test_names_that_are_not_utf_8_have_a_history(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    Path(os.fsdecode(os.fsencode(tmp_path / "r") + b"/\xff.py")).write_text("x = 1\n")
    commit = git.commit()
    tables = _extract(tmp_path / "r", tmp_path / "w")
    assert _changes(tables) == {r"\xff.py": ("committed", commit)}
    assert tables["blame"][0]["commit_path"] == r"\xff.py"


def test_times_outside_the_calendar_are_none():
    assert utc_text(0) == "1970-01-01T00:00:00Z"
    assert utc_text(-1) == "1969-12-31T23:59:59Z"
    assert utc_text(1 << 62) is None
    assert utc_text(-(1 << 62)) is None


def test_nothing_that_a_repository_configures_is_run(tmp_path: Path):
    """Every way in which the configuration of a repository names a program, with a control that one of them works."""
    git = new_repository(tmp_path / "r")
    commit = git.commit({"a.py": "x = 1\n", ".gitattributes": "*.py filter=f diff=d merge=d\n", "sub/b.py": ""})
    fires = f"touch {tmp_path}/fired"
    hooks = write_files(
        tmp_path / "hooks", {"post-checkout": f"#!/bin/sh\n{fires}\n", "post-index-change": f"#!/bin/sh\n{fires}\n"}
    )
    for hook in hooks.iterdir():
        hook.chmod(0o755)
    included = write_files(tmp_path, {"included": f"[core]\n\tpager = {fires}\n\teditor = {fires}\n"}) / "included"
    for name, value in {
        "core.fsmonitor": fires, "core.hooksPath": str(hooks), "filter.f.clean": fires, "filter.f.smudge": fires,
        "filter.f.process": fires, "diff.d.textconv": fires, "diff.d.command": fires, "merge.d.driver": fires,
        "alias.log": f"!{fires}", "core.sshCommand": fires, "credential.helper": f"!{fires}",
        "include.path": str(included), "core.worktree": "/", "core.gitProxy": fires,
        "diff.external": fires, "gpg.program": fires,
    }.items():  # fmt: skip
        git("config", name, value)
    write_files(tmp_path / "r", {"a.py": "x = 2\n"})
    for choices in ({}, {"rev": "HEAD"}, {"rev": "main"}):
        tables = _extract(tmp_path / "r", tmp_path / "w", **choices)
        assert _changes(tables)["a.py"] == ("committed" if choices else "modified", commit)
    assert not (tmp_path / "fired").exists()
    git("config", "--unset", "core.worktree")
    with suppress(AssertionError):  # its filter ends without an answer
        git("diff", "--ext-diff", "HEAD")
    assert (tmp_path / "fired").exists(), "git itself runs what is configured"
