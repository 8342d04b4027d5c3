"""The folders of commits as git keeps them: what a path is in one, and what differs between two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline_assets.sources.git import library, read_object

Entry = tuple[bytes, bytes]
"""Mode and object id, as bytes."""

FOLDER, GITLINK = b"40000", b"160000"
MOST_FOLDERS = 2_000
"""Folders kept: those of one commit are mostly those of the next."""

_ENTRY = re.compile(rb"([0-7]+) ([^\0]+)\0(.{20})", re.DOTALL)


@dataclass(slots=True)
class Trees:
    """Folders of a repository, read once in a while."""

    repository: Any
    _known: dict[bytes, dict[bytes, Entry]] = field(default_factory=dict)

    def folder(self, tree: bytes) -> dict[bytes, Entry]:
        """What a folder holds, by name; raises `KeyError`."""
        found = self._known.get(tree)
        if found is None:
            raw = read_object(self.repository, library().Oid(raw=tree)).read_raw()
            found = {name: (mode, entry) for mode, name, entry in _ENTRY.findall(raw)}
            if len(self._known) >= MOST_FOLDERS:
                self._known.clear()
            self._known[tree] = found
        return found

    def entry(self, tree: bytes, path: bytes) -> Entry | None:
        """What a path is below a folder."""
        entry: Entry | None = (FOLDER, tree)
        for name in path.split(b"/"):
            if entry is None or entry[0] != FOLDER:
                return entry if entry and entry[0] == GITLINK else None
            entry = self.folder(entry[1]).get(name)
        return entry

    def changed(self, old: bytes, new: bytes) -> Iterator[bytes]:
        """The paths that differ between two folders; folders that are the same are not looked into."""
        pending = [(b"", old, new)]
        while pending:
            prefix, before, after = pending.pop()
            left = self.folder(before) if before else {}
            right = self.folder(after) if after else {}
            for name in {name for name, _ in left.items() ^ right.items()}:
                sides = left.get(name), right.get(name)
                folders = [side[1] if side and side[0] == FOLDER else b"" for side in sides]
                if any(folders):
                    pending.append((prefix + name + b"/", folders[0], folders[1]))
                if not all(folders):
                    yield prefix + name
