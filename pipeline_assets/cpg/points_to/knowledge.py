"""What the fixpoint follows, and of what it knows the result: the other side of the models it has."""

from __future__ import annotations

from pipeline_assets.cpg.points_to import members
from pipeline_assets.cpg.points_to.builtin_models import COPYING, EACH, GROWING, PROPERTIES, SAME, TAKING
from pipeline_assets.cpg.points_to.library_models import ITERATORS
from pipeline_assets.cpg.points_to.objects import (
    ACCESSOR,
    BOUND,
    BUILTIN,
    CLASS,
    CONTAINER,
    CONTAINER_METHOD,
    COROUTINE,
    DESCRIPTOR_CALL,
    FUNCTION,
    GENERATOR,
    IDENTITY,
    INSTANCE,
    OUTSIDE,
    PARTIAL,
    TEXT,
)
from pipeline_assets.cpg.points_to.program import Call
from pipeline_assets.cpg.points_to.solver import Solver
from pipeline_assets.cpg.points_to.triggers import (
    AWAIT,
    DELEGATE,
    ENTER,
    ITEM,
    ITERATE,
    NEXT,
    REST,
    SLICE,
    UNPACK,
    VIEW,
)

_HANDING_OUT = frozenset(("eval", "vars", "globals", "locals", "__import__", "sum", "pow", "divmod", "anext", "aiter"))
"""Builtins whose results may be anything; those of others are modelled, or hold nothing that could be called here."""
_MODELLED = frozenset((
    *SAME, *PROPERTIES, *EACH, *COPYING, "functools.partial", "functools.partialmethod", "functools.reduce",
    "functools.update_wrapper", "collections.defaultdict", "collections.OrderedDict", "collections.Counter",
)) - {"itertools.starmap"}  # fmt: skip
_PLAIN = ("os.path.", "math.", "time.", "typing.TypeVar", "typing.NewType", "warnings.warn")
"""Beginnings of the names of functions outside that give numbers, texts and the like."""
_PLAIN_TYPES = ("str.", "bytes.", "int.", "float.", "bool.")
_PLAIN_METHODS = frozenset((
    "__init__", "__setattr__", "__delattr__", "__repr__", "__str__", "__eq__", "__ne__", "__hash__", "__format__",
    "__init_subclass__", "__new__", "__len__", "__contains__", "__setitem__", "__delitem__",
))  # fmt: skip
_OF_CONTAINERS = GROWING | TAKING | {
    "insert", "extend", "update", "union", "items", "values", "keys", "copy", "sort", "clear", "remove", "discard",
    "index", "count", "reverse",
}  # fmt: skip
_FOLLOWED = {
    ITEM: (CONTAINER, GENERATOR, TEXT), ITERATE: (CONTAINER, GENERATOR, TEXT), NEXT: (CONTAINER, GENERATOR, TEXT),
    UNPACK: (CONTAINER, GENERATOR, TEXT), SLICE: (CONTAINER, TEXT), REST: (CONTAINER,),
    VIEW: (CONTAINER, GENERATOR, TEXT), AWAIT: (COROUTINE,), ENTER: (GENERATOR,), DELEGATE: (GENERATOR, CONTAINER),
}  # fmt: skip
_BY_METHODS = {
    ITEM: ("__getitem__",), ITERATE: ("__iter__", "__aiter__", "__getitem__"), NEXT: ("__next__", "__anext__"),
    ENTER: ("__enter__", "__aenter__"), VIEW: ("__iter__",),
}  # fmt: skip


def gives_known(solver: Solver, call: Call, callee: int) -> bool:
    """Whether all is known that a call of an object may give."""
    objects = solver.objects
    kind, first = objects.kinds[callee], objects.firsts[callee]
    if kind in (FUNCTION, BOUND, CLASS, PARTIAL, IDENTITY, ACCESSOR):
        return True
    if kind == INSTANCE:
        return members.has(solver, callee, "__call__")
    if kind == OUTSIDE:
        return first in _MODELLED or first.startswith(_PLAIN) or (first in ITERATORS and _is_plain(call))
    if kind == BUILTIN:
        return _builtin_gives_known(solver, call, first)
    if kind == CONTAINER_METHOD:
        return objects.kinds[first] in (TEXT, GENERATOR) or objects.seconds[callee] in _OF_CONTAINERS
    return kind == DESCRIPTOR_CALL and str(objects.firsts[first]).rpartition(".")[2] in _PLAIN_METHODS


def _is_plain(call: Call) -> bool:
    """Whether everything that a call hands over has a place of its own."""
    return call.star < 0 and call.double_star < 0 and not call.named


def is_plain_slot(name: str) -> bool:
    """Whether a builtin runs nothing but itself, as `property.__get__` does not: that calls the getter."""
    owner, _, method = name.rpartition(".")
    return not owner or not method.startswith("__") or method in _PLAIN_METHODS


def _builtin_gives_known(solver: Solver, call: Call, name: str) -> bool:
    if name == "getattr":
        return len(call.positional) > 1 and isinstance(solver.constraints.keys.key(call.positional[1]), str)
    if name in ("type", "iter"):
        return len(call.positional) == 1
    is_maker = name.endswith(".__new__") and name != "type.__new__"
    return name not in _HANDING_OUT and ("." not in name or is_maker or name.startswith(_PLAIN_TYPES))


def is_followed(solver: Solver, kind: int, value: int) -> bool:
    """Whether all is known that comes of doing something with an object."""
    of_kind = solver.objects.kinds[value]
    if kind not in _FOLLOWED or of_kind in _FOLLOWED[kind]:
        return True
    return of_kind == INSTANCE and any(members.has(solver, value, name) for name in _BY_METHODS.get(kind, ()))
