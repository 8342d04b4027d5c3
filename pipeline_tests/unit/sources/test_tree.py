from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pipeline_assets.sources.errors import BadPattern, NoPython, NotAFolder, PathMissing, TooManyFiles
from pipeline_assets.sources.given import rows_version
from pipeline_assets.sources.tree import REPOSITORY_TREE, walk
from pipeline_assets.store.selection import EVERYTHING, Selection
from pipeline_tests.extracting import write_files


def _rows(folder: Path, **options: object) -> dict[str, tuple[str, str | None]]:
    table = walk(folder, "sample", EVERYTHING.with_choices(options)).table
    assert table.schema.names == list(REPOSITORY_TREE.names)
    return {row["path"]: (row["status"], row["reason"]) for row in table.to_pylist()}


def test_python_files_are_found_and_others_are_not(tmp_path: Path):
    write_files(tmp_path, {"a.py": "", "b.pyi": "", "c.pyw": "", "d.txt": "", "e.pyc": "", "deep/er/f.py": ""})
    assert set(_rows(tmp_path)) == {"a.py", "b.pyi", "c.pyw", "deep/er/f.py"}


def test_rows_are_sorted_by_id_and_sized(tmp_path: Path):
    write_files(tmp_path, {f"{name}.py": "x" * i for i, name in enumerate("abcdef")})
    rows = walk(tmp_path, "sample").table.to_pylist()
    assert [row["file_id"] for row in rows] == sorted(row["file_id"] for row in rows)
    assert {row["path"]: row["size"] for row in rows} == {f"{name}.py": i for i, name in enumerate("abcdef")}


def test_folders_that_hold_no_source_of_the_repository_are_pruned_as_rows(tmp_path: Path):
    write_files(
        tmp_path,
        {
            "a.py": "",
            ".git/hooks/x.py": "",
            "web/node_modules/y.py": "",
            "env/pyvenv.cfg": "",
            "env/lib/z.py": "",
            "old/site-packages/p.py": "",
            "pkg/__pycache__/q.py": "",
        },
    )
    assert _rows(tmp_path) == {
        "a.py": ("ok", None),
        ".git/": ("pruned", "version control"),
        "web/node_modules/": ("pruned", "packages of another language"),
        "env/": ("pruned", "virtual environment"),
        "old/site-packages/": ("pruned", "installed packages"),
    }


def test_a_root_that_is_itself_an_environment_is_read(tmp_path: Path):
    write_files(tmp_path / "site-packages", {"a.py": "", "pyvenv.cfg": ""})
    assert set(_rows(tmp_path / "site-packages")) == {"a.py"}


def test_a_negated_pattern_asks_for_a_pruned_folder(tmp_path: Path):
    write_files(tmp_path, {"node_modules/a.py": "", "env/pyvenv.cfg": "", "env/b.py": ""})
    assert _rows(tmp_path, exclude=["!node_modules/", "!env/"]) == {
        "node_modules/a.py": ("ok", None),
        "env/b.py": ("ok", None),
    }


def test_patterns_choose_files_and_leave_a_row_for_each_choice(tmp_path: Path):
    write_files(tmp_path, {"src/a.py": "", "src/gen/b.py": "", "docs/c.py": "", "src/keep_test.py": ""})
    assert _rows(tmp_path, include=["src/"], exclude=["gen/", "*_test.py", "!keep_test.py"]) == {
        "src/a.py": ("ok", None),
        "src/keep_test.py": ("ok", None),
        "src/gen/": ("excluded", "an exclude pattern matches"),
        "docs/c.py": ("excluded", "no include pattern matches"),
    }


def test_what_is_not_a_regular_file_is_a_row_and_is_not_opened(tmp_path: Path):
    write_files(tmp_path, {"a.py": "", "elsewhere.txt": ""})
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "link.py").symlink_to(tmp_path / "elsewhere.txt")
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "readme").symlink_to(tmp_path / "elsewhere.txt")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket.py"))
    statuses = {path: status for path, (status, _) in _rows(tmp_path).items()}
    assert statuses == {
        "a.py": "ok",
        "pipe.py": "not_regular",
        "socket.py": "not_regular",
        "link.py": "symlink",
        "dangling.py": "symlink",
        "loop/": "symlink",
    }


def test_a_large_file_is_a_row_with_its_size(tmp_path: Path):
    write_files(tmp_path, {"small.py": "x" * 10, "large.py": "x" * 11})
    table = walk(tmp_path, "sample", max_file_bytes=10).table
    rows = {row["path"]: row for row in table.to_pylist()}
    assert rows["small.py"]["status"] == "ok"
    assert (rows["large.py"]["status"], rows["large.py"]["size"]) == ("too_large", 11)
    assert rows["large.py"]["reason"] == "it has more than 10 bytes"


def test_names_that_are_not_utf_8_keep_apart(tmp_path: Path):
    for name in (b"\xff.py", b"\xfe.py", "é.py".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("")
    assert set(_rows(tmp_path)) == {r"\xff.py", r"\xfe.py", "é.py"}


def test_very_deep_folders_are_walked(tmp_path: Path):
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):  # deeper than Python's recursion limit, in a path longer than the system's limit
        os.mkdir("folder", dir_fd=folder)
        child = os.open("folder", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = child
    os.close(folder)
    write_files(tmp_path, {"a.py": ""})
    rows = _rows(tmp_path)
    assert rows.pop("a.py") == ("ok", None)
    assert all(status == "unreadable" for status, _ in rows.values())  # past the descriptors a process may hold
    _remove_deep(tmp_path)


def test_a_symlinked_root_is_followed_once(tmp_path: Path):
    write_files(tmp_path / "real", {"a.py": ""})
    (tmp_path / "link").symlink_to(tmp_path / "real")
    tree = walk(tmp_path / "link", "sample")
    assert tree.root == (tmp_path / "real").resolve()
    assert tree.table.num_rows == 1


@pytest.mark.parametrize(
    ("contents", "error", "message"),
    [
        ({}, NoPython, r"has no Python file \(\*\.py, \*\.pyi, \*\.pyw\); give the folder of a Python repository"),
        ({"readme.txt": ""}, NoPython, "has no Python file"),
        ({".git/a.py": ""}, NoPython, "has no Python file"),
    ],
)
def test_a_folder_without_python_is_refused(tmp_path: Path, contents: dict[str, str], error: type, message: str):
    with pytest.raises(error, match=message):
        walk(write_files(tmp_path, contents), "sample")


def test_a_folder_whose_python_is_all_excluded_says_so(tmp_path: Path):
    with pytest.raises(NoPython, match=r"1 candidate\(s\) were skipped: an exclude pattern matches \(1\); check"):
        walk(write_files(tmp_path, {"a.py": ""}), "sample", Selection(exclude=("*.py",)))


def test_a_missing_path_a_file_and_a_bad_pattern_are_refused(tmp_path: Path):
    write_files(tmp_path, {"a.py": ""})
    with pytest.raises(PathMissing, match=r"nowhere does not exist; give the folder of a repository"):
        walk(tmp_path / "nowhere", "sample")
    with pytest.raises(NotAFolder, match=r"a\.py is not a folder; give the folder that holds it"):
        walk(tmp_path / "a.py", "sample")
    with pytest.raises(BadPattern, match=r"the pattern '!' is not in gitignore syntax"):
        walk(tmp_path, "sample", Selection(exclude=("!",)))


def test_too_many_files_are_refused(tmp_path: Path):
    write_files(tmp_path, {f"{i}.py": "" for i in range(4)})
    with pytest.raises(TooManyFiles, match="more than 3 Python files; exclude some or raise the limit"):
        walk(tmp_path, "sample", max_files=3)


def test_the_version_changes_with_content_and_only_then(tmp_path: Path):
    write_files(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    before = _version(tmp_path, "sample")
    stamp = (tmp_path / "a.py").stat()
    os.utime(tmp_path / "a.py", (0, 0))
    write_files(tmp_path, {"__pycache__/a.cpython-311.pyc": b"", "notes.txt": "new"})
    assert _version(tmp_path, "sample") == before
    (tmp_path / "a.py").write_text("x = 2\n")  # the same size …
    os.utime(tmp_path / "a.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # … and the same time
    assert _version(tmp_path, "sample") != before


def test_the_version_knows_names_and_reasons(tmp_path: Path):
    write_files(tmp_path, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    fingerprints = {_version(tmp_path, "sample"), _version(tmp_path, "other")}
    fingerprints.add(_version(tmp_path, "sample", exclude=("b.py",)))
    (tmp_path / "b.py").rename(tmp_path / "c.py")
    fingerprints.add(_version(tmp_path, "sample"))
    assert len(fingerprints) == 4


def _version(folder: Path, repository: str, **choices: object) -> str:
    return rows_version(walk(folder, repository, EVERYTHING.with_choices(choices)).table)


def _remove_deep(folder: Path) -> None:
    """Remove a chain of folders too long for any path: cut it in pieces from the top."""
    while (folder / "folder").exists():
        (folder / "folder").rename(folder / "top")
        (folder / "top" / "folder").rename(folder / "folder") if (folder / "top" / "folder").exists() else None
        (folder / "top").rmdir()
