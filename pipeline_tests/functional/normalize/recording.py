"""Objects that have every method Python may call without call syntax, and tell which were called, and from where.

`record` runs a program among them. What is noted is the method's name and the place in the program's source that the
interpreter was at, as its own positions tell it: nothing here knows what calls what.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from random import Random
from types import FrameType
from typing import Any, NamedTuple

PROGRAM = "<program>"

BINARY = ["add", "sub", "mul", "matmul", "truediv", "mod", "pow", "lshift", "rshift", "or", "xor", "and", "floordiv"]
OPERATORS = (
    *(f"__{prefix}{stem}__" for stem in BINARY for prefix in ("", "r", "i")),
    *(f"__{name}__" for name in ("eq", "ne", "lt", "gt", "le", "ge", "neg", "pos", "invert")),
)


class Seen(NamedTuple):
    """A call that was really made: the method, and the lines and byte columns of the place that made it."""

    method: str
    line: int
    end_line: int
    start: int
    end: int


class Recording:
    """What one run of a program called."""

    def __init__(self, seed: int = 0, refuses: bool = False) -> None:
        self.random = Random(seed)
        self.refuses = refuses
        """Whether operators give NotImplemented, so that Python goes on to the next method."""
        self.seen: list[Seen] = []

    def note(self, method: str) -> None:
        """Note a call, if the program made it and no other code."""
        frame: FrameType | None = sys._getframe(2)
        while frame and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        if frame is None or frame.f_code.co_filename != PROGRAM:
            return
        place = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
        if None not in place:
            line, end_line, start, end = place
            self.seen.append(Seen(method, line, end_line, start, end))  # type: ignore[arg-type]


def record(text: str, seed: int = 0, refuses: bool = False) -> list[Seen]:
    """The calls that running `text` makes of methods of recorders, in order; the program may end by an exception."""
    recording = Recording(seed, refuses)
    namespace = Namespace(recording)
    with suppress(TypeError):  # what operands refuse
        exec(compile(text, PROGRAM, "exec", dont_inherit=True), namespace)
    return recording.seen


class Namespace(dict[str, Any]):
    """The variables of a program: names that nothing binds are recorders."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(__name__="program")
        kinds = {letter: type("Recorder", (Recorder,), {"recording": recording}) for letter in "abcdefgh"}
        given = {name: getattr(builtins, name) for name in ("int", "str", "object", "type", "ValueError")}
        given |= {"__build_class__": builtins.__build_class__, "__import__": _importer(recording)}
        given |= {"ExceptionGroup": ExceptionGroup, "TypeError": TypeError}
        given |= {f"{name}{i}": kind(i) for name, kind in kinds.items() for i in range(1, 5)}
        given |= {name: kind(1) for name, kind in kinds.items()}
        given |= {"Base": _base(recording), "Named": _named(recording)}
        given |= {"M": _metaclass(recording), "Group": _group(recording), "Listed": _listed(kinds["a"])}
        given |= {"run": _run, "take": _take, "drain": list}
        given["Kind"] = given["M"].plain("Kind")
        self["__builtins__"] = given


class Recorder:
    """An object that takes part in everything; `size` is how many items it gives when iterated."""

    recording: Recording

    def __init__(self, size: int = 1) -> None:
        self.size = size

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(self)(self.size)


def _method(name: str, result: Callable[[Any, tuple[Any, ...]], Any]) -> Callable[..., Any]:
    def method(self: Any, *given: Any, **named: Any) -> Any:
        self.recording.note(name)
        return result(self, given)

    return method


def _new(self: Any, given: tuple[Any, ...]) -> Any:
    return type(self)(self.size)


def _operated(self: Any, given: tuple[Any, ...]) -> Any:
    return NotImplemented if self.recording.refuses else type(self)(self.size)


def _truth(self: Any, given: tuple[Any, ...]) -> bool:
    return bool(self.recording.random.getrandbits(1))


def _iterated(self: Any, given: tuple[Any, ...]) -> Any:
    return Items(self, [type(self)(self.size) for _ in range(self.size)])


def _awaited(self: Any, given: tuple[Any, ...]) -> Any:
    return Items(self, [])


def _next_awaitable(self: Any, given: tuple[Any, ...]) -> Any:
    self.size -= 1
    if self.size < 0:
        raise StopAsyncIteration
    return type(self)(1)


class Items:
    """An iterator, and what a recorder awaits."""

    def __init__(self, owner: Recorder, items: Sequence[Any]) -> None:
        self.recording, self._items = owner.recording, iter(items)

    def __iter__(self) -> Iterator[Any]:
        self.recording.note("__iter__")
        return self

    def __next__(self) -> Any:
        self.recording.note("__next__")
        return next(self._items)


_RESULTS: Mapping[str, Callable[[Any, tuple[Any, ...]], Any]] = {
    **dict.fromkeys(OPERATORS, _operated),
    "__bool__": _truth,
    "__len__": lambda self, given: self.size,
    "__length_hint__": lambda self, given: self.size,
    "__iter__": _iterated,
    "__contains__": _truth,
    "__getitem__": _new,
    "__setitem__": lambda self, given: None,
    "__delitem__": lambda self, given: None,
    "__hash__": lambda self, given: id(self),
    "__format__": lambda self, given: "x",
    "__str__": lambda self, given: "x",
    "__repr__": lambda self, given: "x",
    "__enter__": _new,
    "__exit__": lambda self, given: type(self)(1) if given[0] else None,
    "__aenter__": _new,
    "__aexit__": _new,
    "__await__": _awaited,
    "__aiter__": _new,
    "__anext__": _next_awaitable,
    "__call__": lambda self, given: given[0] if given else type(self)(1),
    "__mro_entries__": lambda self, given: (),
    "__set_name__": lambda self, given: None,
    "keys": lambda self, given: ["key"],
    "get": lambda self, given: type(self)(1),
}
for _name, _result in _RESULTS.items():
    setattr(Recorder, _name, _method(_name, _result))


def _metaclass(recording: Recording) -> Any:
    """A metaclass that records what class statements and class patterns do."""

    class MetaMeta(type):
        def __call__(cls, *given: Any, **named: Any) -> Any:
            recording.note("__call__")
            return super().__call__(*given, **named)

    class Meta(type, metaclass=MetaMeta):
        @classmethod
        def __prepare__(cls, *given: Any, **named: Any) -> Any:
            recording.note("__prepare__")
            return {}

        def __new__(cls, *given: Any, **named: Any) -> Any:
            recording.note("__new__")
            return super().__new__(cls, *given)

        def __init__(cls, *given: Any, **named: Any) -> None:
            recording.note("__init__")

        def __instancecheck__(cls, instance: Any) -> bool:
            recording.note("__instancecheck__")
            return True

        @classmethod
        def plain(cls, name: str) -> Any:
            return Meta(name, (), {})

    return Meta


def _listed(kind: type[Recorder]) -> Any:
    """A sequence of three recorders that patterns may take apart."""

    class Listed(Sequence[Any]):
        def __len__(self) -> int:
            kind.recording.note("__len__")
            return 3

        def __getitem__(self, place: Any) -> Any:
            kind.recording.note("__getitem__")
            return kind(1)

        def __iter__(self) -> Iterator[Any]:
            kind.recording.note("__iter__")
            return Items(kind(1), [kind(1) for _ in range(3)])

    return Listed


def _base(recording: Recording) -> Any:
    """A class that is told of its subclasses."""

    class Base:
        def __init_subclass__(cls, **named: Any) -> None:
            recording.note("__init_subclass__")

    return Base


def _named(recording: Recording) -> Any:
    """An object that is told its name in a class."""

    class Named:
        def __set_name__(self, owner: Any, name: str) -> None:
            recording.note("__set_name__")

    return Named()


def _group(recording: Recording) -> Any:
    class Group(ExceptionGroup[Exception]):
        def split(self, condition: Any) -> Any:
            recording.note("split")
            return super().split(condition)

    return Group


def _importer(recording: Recording) -> Callable[..., Any]:
    def importer(name: str, *given: Any) -> Any:
        recording.note("__import__")
        return sys

    return importer


def _run(coroutine: Any) -> None:
    """Run a coroutine that never suspends."""
    with suppress(StopIteration):
        coroutine.send(None)


def _take(*given: Any, **named: Any) -> None:
    """Take any arguments."""
