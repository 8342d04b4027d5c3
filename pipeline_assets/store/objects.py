"""Objects: an object store named by an fsspec URL, as the few operations that a warehouse needs of it.

`create` is the one that writers can race for: it makes an object only where there is none, by a conditional put
(`If-None-Match` on S3, generation 0 on Google's). Whoever creates the next number of a pointer has swapped it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline_assets.store.errors import StoreUnreachable


@dataclass(frozen=True)
class Objects:
    """The objects below a URL such as `s3://bucket/prefix`; names are POSIX paths relative to it.

    Raises `StoreUnreachable` for whatever goes wrong on the way. Credentials and endpoints are the library's to find,
    in its own environment variables and files.
    """

    url: str

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """The file system and the folder in it; loaded late, because a warehouse in a folder needs none of it."""
        from fsspec.core import url_to_fs

        with self._told("no library for it can be loaded"):
            # A listing that is remembered would hide what other machines have published since.
            system, folder = url_to_fs(self.url, use_listings_cache=False)
            return system, folder.rstrip("/")

    def get(self, name: str) -> bytes | None:
        """The content of an object; None when there is none."""
        with self._told(f"{name} cannot be read"):
            try:
                content: bytes = self._system.cat_file(self._path(name))
            except FileNotFoundError:
                return None
            return content

    def get_file(self, name: str, path: Path) -> None:
        """Write the content of an object to a local file."""
        with self._told(f"{name} cannot be read"):
            self._system.get_file(self._path(name), str(path))

    def put(self, name: str, content: bytes) -> None:
        """Make or replace an object."""
        with self._told(f"{name} cannot be written"):
            self._system.pipe_file(self._path(name), content)

    def put_file(self, name: str, path: Path) -> None:
        """Make or replace an object by the content of a local file."""
        with self._told(f"{name} cannot be written"):
            self._system.put_file(str(path), self._path(name))

    def create(self, name: str, content: bytes) -> bool:
        """Make an object where there is none; False when somebody has made it, whose content stands."""
        with self._told(f"{name} cannot be written"):
            try:
                self._system.pipe_file(self._path(name), content, mode="create")
            except FileExistsError:
                return False
            return True

    def names(self, folder: str) -> list[str]:
        """The names of the objects and folders directly in a folder, without the folder's own; sorted."""
        return sorted(self._listed(folder))

    def made(self, folder: str) -> Mapping[str, datetime | None]:
        """The same with when each object was last written, where the store says so."""
        listed = self._listed(folder)
        return {name: _time(next(filter(None, map(entry.get, _WRITTEN)), None)) for name, entry in listed.items()}

    def delete(self, names: Iterable[str]) -> None:
        """Remove objects; those that are gone already do not matter."""
        paths = [self._path(name) for name in names]
        with self._told("objects cannot be removed"):
            for first in range(0, len(paths), _AT_ONCE):
                self._delete(paths[first : first + _AT_ONCE])

    def _delete(self, paths: Sequence[str]) -> None:
        try:
            self._system.rm(list(paths))
        except FileNotFoundError:  # one is gone already, and the library may have stopped there
            for path in paths:
                with suppress(FileNotFoundError):
                    self._system.rm_file(path)

    def _listed(self, folder: str) -> dict[str, Mapping[str, Any]]:
        with self._told(f"{folder} cannot be listed"):
            try:
                entries = self._system.ls(self._path(folder), detail=True)
            except FileNotFoundError:
                return {}
        return {entry["name"].rstrip("/").rpartition("/")[2]: entry for entry in entries}

    @property
    def _system(self) -> Any:
        return self._place[0]

    def _path(self, name: str) -> str:
        return f"{self._place[1]}/{name}"

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except StoreUnreachable:
            raise
        except Exception as error:  # each library has its own, with no common base
            raise StoreUnreachable(self.url, f"{what} ({error or type(error).__name__})") from error


_AT_ONCE = 1000
"""What S3 removes in one request."""
_WRITTEN = ("LastModified", "updated", "last_modified", "created")
"""How different libraries call the time of the last writing."""


def _time(told: object) -> datetime | None:
    """Some libraries give a time, some seconds since 1970, some text."""
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    elif isinstance(told, (int, float)):
        told = datetime.fromtimestamp(told, UTC)
    return told if isinstance(told, datetime) else None
