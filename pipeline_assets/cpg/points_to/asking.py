"""What containers and texts ask of the objects in them: `__hash__` and `__eq__` of keys, `__repr__` of items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline_assets.cpg.points_to import calls, containers, insides, members
from pipeline_assets.cpg.points_to.objects import CONTAINER, INSTANCE
from pipeline_assets.cpg.points_to.triggers import HASH, KEY, OPERATE, SEARCH

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.solver import Solver

HASHED = frozenset(("dict", "set", "frozenset"))
"""Containers that find things by their hash; others compare one item after the other."""
_SPELLING = frozenset(("__format__", "__str__", "__repr__"))
_COMPARING = frozenset(("__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__"))


def look_up(solver: Solver, container: int, key: int, site: int, by_hash: bool) -> None:
    """Let a container, which is known, find what a variable holds; `by_hash`: if at all, by its hash."""
    solver.on(key, KEY, (members.holder(solver, container), by_hash), site)


def put_in(solver: Solver, items: int, site: int) -> None:
    """Let something that hashes be given what a variable holds: a set, a dictionary, `hash`."""
    solver.on(items, HASH, None, site)


def key_of(solver: Solver, value: int, what: tuple[int, bool], site: int) -> None:
    """What a container is searched for: only an object that can answer needs to know by which container."""
    container, by_hash = what
    if solver.objects.kinds[value] == INSTANCE:
        if members.has(solver, value, "__hash__") or members.has(solver, value, "__eq__"):
            solver.on(container, SEARCH, (value, by_hash), site)
    elif _is_tuple(solver, value):
        solver.on(containers.whole(solver, value), KEY, what, site)


def search(solver: Solver, value: int, what: tuple[int, bool], site: int) -> None:
    """The container that an object is looked for in."""
    key, by_hash = what
    inner = value if solver.objects.kinds[value] == CONTAINER else insides.inside(solver, value)
    if inner < 0:
        return
    if solver.objects.seconds[inner] in HASHED:
        hash_of(solver, key, None, site)
    elif not by_hash:
        _ask(solver, site, key, "__eq__", [containers.star_of(solver, inner)])


def hash_of(solver: Solver, value: int, what: None, site: int) -> None:
    """What is hashed may have to be compared with what has the same hash; a tuple hashes its items."""
    if solver.objects.kinds[value] == INSTANCE:
        _ask(solver, site, value, "__hash__", [])
        _ask(solver, site, value, "__eq__", [members.holder(solver, value)])
    elif _is_tuple(solver, value):
        solver.on(containers.whole(solver, value), HASH, None, site)


def ask_items(solver: Solver, value: int, names: tuple[str, ...], way: str, site: int) -> None:
    """`str` and `repr` of a container ask its items for `__repr__`; comparing or hashing it asks the items, too."""
    if "__hash__" in names:
        asked: tuple[str, ...] = names if _is_tuple(solver, value) else ()
    elif not _SPELLING.isdisjoint(names):
        asked = ("__repr__",)
    elif not _COMPARING.isdisjoint(names):
        asked = names
    else:
        asked = ()
    if asked:
        solver.on(containers.whole(solver, value), OPERATE, (asked, way, -1), site)
    if solver.objects.seconds[value] == "dict" and asked == ("__repr__",):
        solver.on(containers.keys_of(solver, value), OPERATE, (asked, way, -1), site)


def _is_tuple(solver: Solver, value: int) -> bool:
    return solver.objects.kinds[value] == CONTAINER and solver.objects.seconds[value] in ("tuple", "frozenset")


def _ask(solver: Solver, site: int, value: int, name: str, arguments: list[int]) -> None:
    if members.has(solver, value, name):
        calls.imply_method(solver, site, "builtin", value, name, arguments, -1)
