from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from pipeline_assets.sources.errors import (
    GitUnreadable,
    NoRepository,
    NotInRevision,
    TooManyFolders,
    UnknownRevision,
    Unreadable,
)
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.selection import Selection
from pipeline_tests.extracting import write_files
from pipeline_tests.git_programs import Git, needs_git, new_repository

pytestmark = needs_git

BLOB, LINK, FOLDER = "100644", "120000", "040000"


def _tree(folder: Path, rev: str = "HEAD", *, most: int = 1000, size: int = 1000, **choices: object) -> Tree:
    return walk(folder, "sample", Selection(rev=rev).with_choices(choices), max_files=most, max_file_bytes=size)


def _rows(folder: Path, rev: str = "HEAD", **choices: object) -> dict[str, tuple[str, str | None]]:
    return {row["path"]: (row["status"], row["reason"]) for row in _tree(folder, rev, **choices).table.to_pylist()}


def _without_git(tree: Tree) -> list[dict[str, object]]:
    return [row for row in tree.table.to_pylist() if row["path"] != ".git/"]


def _fingerprint(folder: Path) -> list[tuple[str, bytes]]:
    return [(str(path), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]


OK = ("ok", None)
CONTENTS: dict[str, str | bytes] = {
    "setup.py": "",
    "src/pkg/__init__.py": "",
    "src/pkg/core.py": b"\xef\xbb\xbfx = 1\r\n",
    "tests/test_core.py": "import pkg\n",
    "notes.txt": "",
    "large.py": "#" * 2000,
    "env/pyvenv.cfg": "",
    "env/a.py": "",
    "node_modules/b.py": "",
    "pkg/__pycache__/c.py": "",
    "sub/d.py": "",
}


def test_a_commit_is_the_same_as_its_checkout(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    (tmp_path / "r" / "sub").mkdir()
    for name, target in {
        "link.py": "setup.py", "folder": "sub", "up": "sub/../tests", "chain": "folder", "loop.py": "loop.py",
        "dangling": "nowhere", "sub/above": "../src/pkg", "sub/e.py": "/etc/passwd",
    }.items():  # fmt: skip
        (tmp_path / "r" / name).symlink_to(target)
    for name in (b"\xff.py", b"back\\slash.py", "é.py".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path / "r") + b"/" + name)).write_text("y = 1\n")
    git.commit(CONTENTS)
    choices = {"exclude": ["sub/d*"]}
    whole = walk(tmp_path / "r", "sample", Selection().with_choices(choices), max_file_bytes=1000)
    assert _without_git(whole) == _without_git(_tree(tmp_path / "r", **choices))
    assert {row["path"] for row in whole.found if row["status"] == "symlink"} == {
        "link.py", "folder/", "up/", "chain/", "loop.py", "sub/above/", "sub/e.py",
    }  # fmt: skip


def test_a_revision_is_read_and_the_work_tree_is_not_touched(tmp_path: Path):
    git = new_repository(tmp_path)
    first = git.commit({"a.py": "x = 1\n", "gone.py": ""})
    git("tag", "-a", "v1", "-m", "first")
    git.commit({"a.py": "x = 2\n", "gone.py": None, "new.py": ""})
    write_files(tmp_path, {"a.py": "x = 3\n", "untracked.py": "", ".git/index.lock": ""})
    before = _fingerprint(tmp_path)
    for revision in ("v1", "HEAD~1", first, first[:10]):
        tree = _tree(tmp_path, revision)
        assert {row["path"]: row["sha256"] for row in tree.table.to_pylist()} == {
            "a.py": hashlib.sha256(b"x = 1\n").hexdigest(),
            "gone.py": hashlib.sha256(b"").hexdigest(),
        }
        assert tree.source.commit == first  # type: ignore[attr-defined]
    assert set(_rows(tmp_path, "main")) == {"a.py", "new.py"}
    assert _fingerprint(tmp_path) == before
    assert {row["path"] for row in _without_git(walk(tmp_path, "sample"))} == {"a.py", "new.py", "untracked.py"}


def test_the_source_can_be_sent_to_another_process(tmp_path: Path):
    new_repository(tmp_path).commit({"deep/er/a.py": "x"})
    with pickle.loads(pickle.dumps(_tree(tmp_path).source)).open() as files:
        assert files.read("deep/er/a.py", 10) == b"x"
        for path, status, limit in (
            ("deep/er/a.py", "too_large", 0),
            ("deep", "not_regular", 9),
            ("b.py", "unreadable", 9),
        ):
            with pytest.raises(Unreadable) as refusal:
                files.read(path, limit)
            assert refusal.value.status == status


def test_a_folder_of_the_work_tree_is_a_folder_of_the_commit(tmp_path: Path):
    git = new_repository(tmp_path)
    git.commit({"a.py": "", "p/q/__init__.py": "", "p/q/b.py": ""})
    git.commit({"p/r/c.py": ""})
    assert {row["path"]: row["module"] for row in _tree(tmp_path / "p" / "q", "HEAD~1").found} == {
        "__init__.py": "q",
        "b.py": "q.b",
    }
    with pytest.raises(NotInRevision, match=r"the revision HEAD~1 has no folder 'p/r/'; give a folder that it has"):
        _tree(tmp_path / "p" / "r", "HEAD~1")


def test_bare_repositories_and_work_trees_with_a_git_file(tmp_path: Path):
    git = new_repository(tmp_path / "r")
    git.commit({"__init__.py": "", "a.py": ""})
    git("clone", "-q", "--bare", str(tmp_path / "r"), str(tmp_path / "pkg.git"))
    git("worktree", "add", "-q", "--detach", str(tmp_path / "w"))
    assert {row["module"] for row in _tree(tmp_path / "pkg.git").found} == {"pkg", "pkg.a"}
    assert set(_rows(tmp_path / "w")) == {"__init__.py", "a.py"}
    assert {row["path"] for row in walk(tmp_path / "w", "sample").found} == {"__init__.py", "a.py"}


def test_what_a_filter_would_make_of_a_file_is_not_made(tmp_path: Path):
    git = new_repository(tmp_path)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    git.commit({".gitattributes": "*.py filter=shout eol=crlf\n", "a.py": "x = 1\n", "big.py": pointer})
    git("config", "filter.shout.smudge", f"touch {tmp_path}/fired; tr a-z A-Z")
    with _tree(tmp_path).source.open() as files:
        assert files.read("a.py", 100) == b"x = 1\n"
        assert files.read("big.py", 100) == pointer.encode()
    assert not (tmp_path / "fired").exists()
    (tmp_path / "a.py").unlink()
    git("checkout", "a.py")
    assert (tmp_path / "fired").exists(), "git itself runs it"


@pytest.mark.parametrize(
    "revision", ["nowhere", "HEAD~9", "HEAD:a.py", "HEAD:p", "deadbeef", "-", "@{u}", "a..b", "\0", "é"]
)
def test_what_is_no_commit_is_refused(tmp_path: Path, revision: str):
    new_repository(tmp_path).commit({"a.py": "", "p/b.py": ""})
    with pytest.raises(
        UnknownRevision, match=r"is not a commit of its git repository .*; give a branch, a tag or a commit"
    ):
        _tree(tmp_path, revision)


def test_where_there_is_no_repository_there_are_no_revisions(tmp_path: Path):
    write_files(tmp_path, {"a.py": "", "c/.git": "gitdir: nowhere\n", "c/a.py": "", "d/.git/HEAD": "x", "d/a.py": ""})
    for folder in (tmp_path, tmp_path / "c", tmp_path / "d"):
        with pytest.raises(NoRepository, match="is not in a git repository, so it has no revisions; leave out --rev"):
            _tree(folder)


def test_repositories_that_cannot_be_read_say_so(tmp_path: Path):
    git = new_repository(tmp_path)
    with pytest.raises(UnknownRevision):
        _tree(tmp_path)  # no commit yet
    git.commit({"a.py": ""})
    write_files(tmp_path, {".git/config": "[core]\n\trepositoryformatversion = 9\n"})
    with pytest.raises(GitUnreadable, match=r"cannot be read: .*; `git fsck` says what is wrong with it"):
        _tree(tmp_path)


def test_content_that_git_does_not_have_is_a_row(tmp_path: Path):
    git = new_repository(tmp_path)
    git.commit({"a.py": "x = 1\n", "p/b.py": "", "c.py": "y = 1\n"})
    for name in ("HEAD:a.py", "HEAD:p"):
        found = git("rev-parse", name)
        (tmp_path / ".git" / "objects" / found[:2] / found[2:]).unlink()
    assert _rows(tmp_path) == {
        "a.py": ("unreadable", "git does not have its content"),
        "p/": ("unreadable", "git does not have its list"),
        "c.py": OK,
    }


def test_submodules_are_read_at_the_commit_that_is_recorded(tmp_path: Path):
    inner = new_repository(tmp_path / "origin")
    recorded = inner.commit({"inner.py": "x = 1\n"})
    outer = new_repository(tmp_path / "r")
    outer("submodule", "add", "-q", str(tmp_path / "origin"), "libs/sub")
    outer.commit({"a.py": ""})
    Git(tmp_path / "r" / "libs" / "sub")(
        "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x"
    )
    assert _rows(tmp_path / "r") == {"a.py": OK, "libs/sub/": ("pruned", "git submodule")}
    tree = _tree(tmp_path / "r", submodules=True)
    assert {row["path"]: row["status"] for row in tree.table.to_pylist()} == {"a.py": "ok", "libs/sub/inner.py": "ok"}
    with pickle.loads(pickle.dumps(tree.source)).open() as files:
        assert files.read("libs/sub/inner.py", 10) == b"x = 1\n"
    assert set(_rows(tmp_path / "r" / "libs", submodules=True)) == {"sub/inner.py"}
    outer("clone", "-q", str(tmp_path / "r"), str(tmp_path / "clone"))
    assert _rows(tmp_path / "clone", submodules=True)["libs/sub/"] == ("pruned", "git submodule: it was not fetched")
    outer("update-index", "--cacheinfo", f"160000,{recorded[::-1]},libs/sub")
    outer("commit", "-q", "-m", "x")
    assert _rows(tmp_path / "r", submodules=True)["libs/sub/"] == (
        "pruned",
        "git submodule: its commit was not fetched",
    )


def _made_by_hand(git: Git, *entries: tuple[str, bytes, str]) -> str:
    """A tree that git itself would not write."""
    content = b"".join(f"{mode.lstrip('0')} ".encode() + name + b"\0" + bytes.fromhex(of) for mode, name, of in entries)
    return git.raw("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=content).decode().strip()


def _commit_of(git: Git, tree: str) -> str:
    return git.raw("commit-tree", tree, "-m", "by hand").decode().strip()


def test_names_that_no_folder_can_hold_lead_nowhere(tmp_path: Path):
    git = new_repository(tmp_path)
    blob = git.raw("hash-object", "-w", "--stdin", stdin=b"x = 1\n").decode().strip()
    inner = _made_by_hand(git, (BLOB, b"a.py", blob))
    tree = _made_by_hand(
        git,
        (FOLDER, b"..", inner), (FOLDER, b".", inner), (BLOB, b"../../evil.py", blob), (FOLDER, b".git", inner),
        (BLOB, b"a.py", blob), (BLOB, b"a.py", inner), (BLOB, b"/abs.py", blob),
    )  # fmt: skip
    refused = ("unreadable", "no file can be called so")
    assert _rows(tmp_path, _commit_of(git, tree)) == {
        "a.py": OK,
        "../": refused,
        "./": refused,
        r"..\\..\\evil.py": refused,
        r"\\abs.py": refused,
        ".git/": ("pruned", "version control"),
    }


def test_a_folder_repeated_without_end_is_refused(tmp_path: Path):
    git = new_repository(tmp_path)
    tree = _made_by_hand(git, (BLOB, b"a.txt", git.raw("hash-object", "-w", "--stdin", stdin=b"").decode().strip()))
    for _ in range(12):
        tree = _made_by_hand(git, *((FOLDER, b"%d" % i, tree) for i in range(10)))
    with pytest.raises(TooManyFolders, match="has more than 10,000 folders; exclude some or raise the limit of files"):
        _tree(tmp_path, _commit_of(git, tree))


def test_a_chain_of_folders_longer_than_any_path_is_a_row(tmp_path: Path):
    git = new_repository(tmp_path)
    blob = git.raw("hash-object", "-w", "--stdin", stdin=b"").decode().strip()
    tree = _made_by_hand(git, (BLOB, b"deep.py", blob))
    for _ in range(30):
        tree = _made_by_hand(git, (FOLDER, b"d" * 200, tree), (BLOB, b"a.py", blob))
    statuses = [status for status, _ in _rows(tmp_path, _commit_of(git, tree)).values()]
    assert sorted(statuses) == ["ok"] * 21 + ["unreadable"]
