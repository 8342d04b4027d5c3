from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_assets.sources.errors import Unreadable
from pipeline_assets.sources.reading import MOST_FOLDERS, open_folder
from pipeline_tests.extracting import write_files


def _status(root: Path, path: str, limit: int = 100) -> str:
    with open_folder(root) as folder, pytest.raises(Unreadable) as refusal:
        folder.read(path, limit)
    return refusal.value.status


def test_files_are_read_whole_up_to_the_limit(tmp_path: Path):
    write_files(tmp_path, {"a/b.py": b"\x00\xff" * 50, "c.py": b""})
    with open_folder(tmp_path) as folder:
        assert folder.read("a/b.py", 100) == b"\x00\xff" * 50
        assert folder.read("c.py", 100) == b""
    assert _status(tmp_path, "a/b.py", 99) == "too_large"


def test_no_link_is_followed_wherever_it_is(tmp_path: Path):
    write_files(tmp_path, {"outside/secret.py": "secret", "root/real/a.py": ""})
    (tmp_path / "root" / "file.py").symlink_to(tmp_path / "outside" / "secret.py")
    (tmp_path / "root" / "folder").symlink_to(tmp_path / "outside")
    assert _status(tmp_path / "root", "file.py") == "symlink"
    assert _status(tmp_path / "root", "folder/secret.py") == "symlink"


def test_a_folder_swapped_for_a_link_after_the_walk_is_not_followed(tmp_path: Path):
    write_files(tmp_path, {"outside/a.py": "secret", "root/folder/a.py": "ours", "root/folder/b.py": ""})
    with open_folder(tmp_path / "root") as folder:
        assert folder.read("folder/a.py", 100) == b"ours"
        (tmp_path / "root" / "folder").rename(tmp_path / "root" / "moved")
        (tmp_path / "root" / "folder").symlink_to(tmp_path / "outside")
        assert folder.read("folder/a.py", 100) == b"ours"  # the folder that was opened, not the name
    assert _status(tmp_path / "root", "folder/a.py") == "symlink"


def test_nothing_but_files_is_read_and_nothing_blocks(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    assert _status(tmp_path, "pipe.py") == "not_regular"
    assert _status(tmp_path, "folder.py") == "not_regular"
    assert _status(tmp_path, "missing.py") == "unreadable"


def test_names_outside_utf_8_are_found(tmp_path: Path):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_bytes(b"found")
    with open_folder(tmp_path) as folder:
        assert folder.read(r"\xff.py", 100) == b"found"


def test_descriptors_are_bounded_and_given_back(tmp_path: Path):
    paths = [f"{i}/{i}/a.py" for i in range(MOST_FOLDERS)]
    write_files(tmp_path, dict.fromkeys(paths, "x"))
    before = _descriptors()
    with open_folder(tmp_path) as folder:
        assert all(folder.read(path, 10) == b"x" for path in paths)
        assert _descriptors() - before <= MOST_FOLDERS + 3
    assert _descriptors() == before


def _descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])
