"""A box for code that is said to be pure: whatever it reaches for outside itself, and what it does to its input, shows.

CPython tells audit hooks of files, sockets and processes, and the functions that read clocks or chance are replaced
while a box is open. A hook can never be removed, so it listens only inside a box.
"""

from __future__ import annotations

import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cached_property
from typing import Any
from unittest import mock

import numpy as np

WATCHED = ("open", "socket.", "subprocess.", "shutil.", "tempfile.", "urllib.", "ftplib.", "sqlite3.", "os.")
HARMLESS = ("os.putenv", "os.unsetenv")
CLOCKS = [(time, name) for name in ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "process_time")]
CHANCE = [(random, "random"), (random, "randint"), (random, "choice"), (random, "shuffle"), (os, "urandom")]
CHANCE += [(uuid, "uuid4"), (uuid, "uuid1"), (np.random, "default_rng"), (np.random, "rand")]

_seen: list[str] | None = None
_is_hooked = False


@contextmanager
def box() -> Iterator[list[str]]:
    """The names of what the code inside reaches for, as it goes."""
    global _seen, _is_hooked
    if not _is_hooked:
        sys.addaudithook(_listen)
        _is_hooked = True
    before, _seen = _seen, []
    try:
        with mock.patch.multiple(time, **_watched(time, CLOCKS)):  # the modules' own functions, for the time being
            patches = [
                mock.patch.object(module, name, _told(module, name)) for module, name in CHANCE if hasattr(module, name)
            ]
            for patch in patches:
                patch.start()
            try:
                yield _seen
            finally:
                for patch in patches:
                    patch.stop()
    finally:
        _seen = before


def keeps_input(function: Callable[..., Any], value: Any, **config: Any) -> tuple[Any, bool]:
    """What a function makes of a value, and whether it left the value as it was."""
    before = _content(value, set())
    made = function(value, **config)
    return made, before == _content(value, set())


def _content(value: Any, above: set[int]) -> Any:
    """What a value holds, all the way down; a cache that fills up is no change, and Arrow's tables cannot change."""
    if id(value) in above:
        return "again"
    inside = above | {id(value)}
    match value:
        case np.ndarray():
            return value.shape, hash(value.tobytes())
        case dict():
            return [(key, _content(item, inside)) for key, item in value.items()]
        case list() | tuple():
            return [_content(item, inside) for item in value]
        case set() | frozenset():
            return sorted(map(repr, value))
        case str() | bytes() | int() | float() | None:
            return value
    if is_dataclass(value):
        return [_content(getattr(value, field.name), inside) for field in fields(value)]
    cached = {name for name, item in vars(type(value)).items() if isinstance(item, cached_property)}
    held = {name: item for name, item in getattr(value, "__dict__", {}).items() if name not in cached}
    return _content(held, inside) if held else id(value)


def _watched(module: Any, functions: list[tuple[Any, str]]) -> dict[str, Any]:
    return {name: _told(module, name) for owner, name in functions if owner is module}


def _told(module: Any, name: str) -> Callable[..., Any]:
    real = getattr(module, name)

    def told(*args: Any, **kwargs: Any) -> Any:
        if _seen is not None:
            _seen.append(f"{module.__name__}.{name}")
        return real(*args, **kwargs)

    return told


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if args[:1] == ("",):  # the name of no file: see `NOWHERE`
        return
    if _seen is not None and event.startswith(WATCHED) and event not in HARMLESS and not _is_importing():
        _seen.append(f"{event} {args[0]!r}" if args else event)


def _is_importing() -> bool:
    """Whether a module is being loaded further up: that reads files, and happens once."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("importlib."):
            return True
        frame = frame.f_back
    return False
