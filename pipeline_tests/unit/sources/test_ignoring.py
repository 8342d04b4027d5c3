from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_assets.sources import ignoring
from pipeline_assets.sources.errors import NoPython
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.selection import EVERYTHING
from pipeline_tests.extracting import write_files
from pipeline_tests.git_programs import needs_git, new_repository

pytestmark = needs_git


def _rows(folder: Path, **choices: object) -> dict[str, tuple[str, str | None]]:
    table = walk(folder, "sample", EVERYTHING.with_choices(choices)).table
    rows = {row["path"]: (row["status"], row["reason"]) for row in table.to_pylist()}
    return {path: row for path, row in rows.items() if path != ".git/"}


OK = ("ok", None)


def _ignored(by: str = ".gitignore") -> tuple[str, str]:
    return "ignored", f"git ignores it ({by})"


def test_what_git_ignores_is_a_row_and_is_not_read(tmp_path: Path):
    git = new_repository(tmp_path)
    git.commit({"a.py": "", ".gitignore": "build/\n/local_*.py\r\n# a comment\n\n!local_keep.py\n"})
    write_files(tmp_path, {"build/lib/b.py": "", "local_a.py": "", "local_keep.py": "", "untracked.py": ""})
    assert _rows(tmp_path) == {
        "a.py": OK,
        "build/": _ignored(),
        "local_a.py": _ignored(),
        "local_keep.py": OK,
        "untracked.py": OK,  # not tracked is not ignored
    }


def test_a_tracked_file_is_read_whatever_is_ignored(tmp_path: Path):
    git = new_repository(tmp_path)
    write_files(tmp_path, {"lib/deep/a.py": "", "lib/other/b.py": "", ".gitignore": "lib/\n*.py\n"})
    git("add", "-f", "lib/deep/a.py")
    assert _rows(tmp_path) == {"lib/deep/a.py": OK, "lib/other/": _ignored()}


def test_the_deepest_file_and_its_last_pattern_decide(tmp_path: Path):
    new_repository(tmp_path)
    write_files(
        tmp_path,
        {
            ".gitignore": "*_gen.py\n",
            "a_gen.py": "",
            "p/.gitignore": "!*_gen.py\n/only_here.py\n",
            "p/b_gen.py": "",
            "p/only_here.py": "",
            "p/q/only_here.py": "",
            "p/q/.gitignore": "!c_gen.py\nc_gen.py\n",
            "p/q/c_gen.py": "",
        },
    )
    assert _rows(tmp_path) == {
        "a_gen.py": _ignored(),
        "p/b_gen.py": OK,
        "p/only_here.py": _ignored("p/.gitignore"),
        "p/q/only_here.py": OK,
        "p/q/c_gen.py": _ignored("p/q/.gitignore"),
    }


def test_a_folder_that_git_ignores_is_read_when_it_is_what_was_asked_for(tmp_path: Path):
    new_repository(tmp_path)
    write_files(tmp_path, {".gitignore": "/versions\nlocal.py\n", "versions/lib/a.py": "", "versions/lib/local.py": ""})
    write_files(tmp_path, {"src/local.py": "", "src/a.py": ""})
    assert _rows(tmp_path / "versions" / "lib") == {"a.py": OK, "local.py": OK}
    assert _rows(tmp_path / "src") == {"a.py": OK, "local.py": _ignored()}


def test_git_says_the_same(tmp_path: Path):
    git = new_repository(tmp_path)
    patterns = [
        "a*",
        "!ab.py",
        "/b.py",
        "d/",
        "**/e/*.py",
        "!**/e/keep.py",
        "f/**",
        r"\!g.py",
        "h?.py",
        "[ij].py",
        "k.py/",
    ]
    names = [f"{n}.py" for n in ("a", "ab", "b", "!g", "h", "hh", "i", "j", "l", "k")]
    folders = ["", "d/", "x/", "x/d/", "e/", "x/e/", "f/", "x/f/", "a/", "f/g/"]
    write_files(tmp_path, {f"{folder}{name}": "" for folder in folders for name in [*names, "keep.py"]})
    write_files(tmp_path, {".gitignore": "\n".join(patterns), ".git/info/exclude": "l.py\n"})
    left = set(git("ls-files", "--others", "--exclude-standard").splitlines())
    rows = _rows(tmp_path)
    assert {path for path, row in rows.items() if row == OK} == {path for path in left if path.endswith(".py")}
    assert rows["l.py"] == _ignored(".git/info/exclude")


def test_a_path_below_the_top_knows_what_is_ignored_above_it(tmp_path: Path):
    git = new_repository(tmp_path)
    git.commit({".gitignore": "/s/p/b.py\n", "s/.gitignore": "c.py\n", "s/p/.gitignore": "/d.py\n", "s/p/a.py": ""})
    write_files(tmp_path, {f"s/p/{name}.py": "" for name in "bcde"})
    assert _rows(tmp_path / "s" / "p") == {
        "a.py": OK,
        "b.py": _ignored(),
        "c.py": _ignored("s/.gitignore"),
        "d.py": _ignored("s/p/.gitignore"),
        "e.py": OK,
    }


def test_a_negated_pattern_asks_for_what_git_ignores(tmp_path: Path):
    new_repository(tmp_path)
    write_files(tmp_path, {".gitignore": "gen/\nx.py\n", "gen/a.py": "", "x.py": ""})
    with pytest.raises(NoPython, match=r"2 candidate\(s\) were skipped: git ignores it \(\.gitignore\) \(2\); check"):
        walk(tmp_path, "sample")
    assert _rows(tmp_path, exclude=["!gen/", "!x.py"]) == {"gen/a.py": OK, "x.py": OK}


def test_outside_a_work_tree_an_ignore_file_says_nothing(tmp_path: Path):
    write_files(tmp_path, {".gitignore": "*.py\n", "a.py": ""})
    assert _rows(tmp_path) == {"a.py": OK}


def test_an_unknown_index_ignores_nothing(tmp_path: Path):
    git = new_repository(tmp_path)
    git.commit({".gitignore": "*.py\n"})
    write_files(tmp_path, {"a.py": ""})
    (tmp_path / ".git" / "index").write_bytes(b"DIRC\0\0\0\x63 of another age")
    assert _rows(tmp_path) == {"a.py": OK}


def test_ignore_files_are_not_read_through_links_nor_when_they_are_large(tmp_path: Path):
    new_repository(tmp_path / "r")
    write_files(tmp_path, {"patterns": "*.py\n", "r/a.py": "", "r/p/b.py": ""})
    (tmp_path / "r" / ".gitignore").symlink_to(tmp_path / "patterns")
    write_files(tmp_path, {"r/p/.gitignore": "*.py\n" + "#" * ignoring.MAX_IGNORE_BYTES})
    assert _rows(tmp_path / "r") == {"a.py": OK, "p/b.py": OK}


def test_no_configuration_adds_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git = new_repository(tmp_path / "r")
    write_files(tmp_path, {"patterns": "*.py\n", "home/.config/git/ignore": "*.py\n", "r/a.py": ""})
    git("config", "core.excludesFile", str(tmp_path / "patterns"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert git("status", "--short") == "", "as git sees it"
    assert _rows(tmp_path / "r") == {"a.py": OK}


def test_patterns_made_to_be_slow_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    new_repository(tmp_path)
    name = "a" * 200 + ".py"
    write_files(tmp_path, {".gitignore": "*a" * 40 + "b\n" + "\n".join(["x*", "*.py"]), name: "", "b.pyi": ""})
    assert _rows(tmp_path) == {name: _ignored(), "b.pyi": OK}
    monkeypatch.setattr(ignoring, "MAX_STEPS", 100)
    assert _rows(tmp_path) == {name: OK, "b.pyi": OK}


def test_names_and_patterns_that_are_not_utf_8(tmp_path: Path):
    git = new_repository(tmp_path)
    for name in (b"\xff.py", "é.py".encode(), "ö.py".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("")
    write_files(tmp_path, {".gitignore": b"\xef\xbb\xbf\xc3\xa9.py\n\xff\xfe*\n*.py\n!\xc3\xa9.py\n"})
    git("add", "-f", os.fsdecode(b"\xff.py"))
    assert _rows(tmp_path) == {r"\xff.py": OK, "é.py": OK, "ö.py": _ignored()}


def test_submodules_and_clones_inside_are_left_out_unless_asked_for(tmp_path: Path):
    inner = new_repository(tmp_path / "origin")
    inner.commit({"inner.py": "", ".gitignore": "made.py\n"})
    outer = new_repository(tmp_path / "r")
    outer("submodule", "add", "-q", str(tmp_path / "origin"), "sub")
    outer.commit({"a.py": ""})
    outer("clone", "-q", str(tmp_path / "origin"), "clone")
    write_files(
        tmp_path / "r", {"sub/made.py": "", "clone/made.py": "", "data/.git": "not a repository", "data/b.py": ""}
    )
    left_out = ("pruned", "git submodule")
    assert _rows(tmp_path / "r") == {"a.py": OK, "data/b.py": OK, "sub/": left_out, "clone/": left_out}
    inside = {"sub/inner.py": OK, "sub/made.py": _ignored(), "clone/inner.py": OK, "clone/made.py": _ignored()}
    rows = _rows(tmp_path / "r", submodules=True)
    assert rows == {"a.py": OK, "data/b.py": OK, "clone/.git/": ("pruned", "version control"), **inside}
    assert set(_rows(tmp_path / "r", exclude=["!clone/"])) == {"a.py", "data/b.py", "sub/"} | {
        path for path in rows if path.startswith("clone/")
    }


def test_a_folder_of_clones_says_how_to_read_them(tmp_path: Path):
    new_repository(tmp_path / "one").commit({"a.py": ""})
    with pytest.raises(NoPython, match=r"1 candidate\(s\) were skipped: git submodule \(1\); check .* --submodules"):
        walk(tmp_path, "sample")


def test_a_bare_repository_inside_is_a_folder_like_any_other(tmp_path: Path):
    new_repository(tmp_path / "r")
    (tmp_path / "r" / "inner.git").mkdir()
    write_files(
        tmp_path / "r",
        {
            "inner.git/HEAD": "ref: refs/heads/main\n",
            "inner.git/config": "[core]\n\tfsmonitor = false\n",
            "inner.git/objects/a.py": "",
            "inner.git/refs/b.py": "",
        },
    )
    assert _rows(tmp_path / "r") == {"inner.git/objects/a.py": OK, "inner.git/refs/b.py": OK}
