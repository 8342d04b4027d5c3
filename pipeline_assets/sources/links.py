"""Whether a symbolic link in a commit leads to a folder of the commit: told from its text, without following it."""

from __future__ import annotations

from typing import Any

from pipeline_assets.sources.git import read_object

FOLDER, LINK = 0o040000, 0o120000
MOST_LINKS = 40
"""Links on the way to a target, as many as systems allow."""
LONGEST_TARGET = 4096


def links_to_folder(repository: Any, root: Any, path: bytes) -> bool:
    """Whether the link at `path` of the tree `root` leads to a folder of the tree; where it leaves it, it does not."""
    links = 0
    done: list[bytes] = []
    left = path.split(b"/")[::-1]
    while left:
        part = left.pop()
        if part == b"..":
            if not done:
                return False
            done.pop()
        elif part not in (b"", b"."):
            entry = _entry(repository, root, [*done, part])
            if entry is None:
                return False
            if entry.filemode == LINK:
                links += 1
                target = _target(repository, entry)
                if target is None or links > MOST_LINKS:
                    return False
                left += target.split(b"/")[::-1]
            elif entry.filemode != FOLDER and left:
                return False
            else:
                done.append(part)
    entry = _entry(repository, root, done)
    return entry is None or entry.filemode == FOLDER  # none is the root itself


def _target(repository: Any, entry: Any) -> bytes | None:
    try:
        if repository.odb.read_header(entry.id)[1] > LONGEST_TARGET:
            return None
        target: bytes = repository.read(entry.id)[1]
    except KeyError:
        return None
    return None if target.startswith(b"/") else target


def _entry(repository: Any, root: Any, parts: list[bytes]) -> Any:
    entry, tree = None, root
    for i, part in enumerate(parts):
        entry = next((each for each in tree if each.raw_name == part), None)
        if entry is None:
            return None
        if i < len(parts) - 1:
            if entry.filemode != FOLDER:
                return None
            try:
                tree = read_object(repository, entry.id)
            except KeyError:
                return None
    return entry
