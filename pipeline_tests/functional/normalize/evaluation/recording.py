"""Random programs whose evaluations are recorded, and scripted: each outcome is decided from outside.

Every operand is a call with a number of its own (`t(7)`), which the interpreter records when it runs it. `Script` says
what becomes of each: whether the value is true, whether a loop gets one more item, a handler fits, a manager swallows
the exception, or the call raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple


class Failure(AssertionError):
    """What programs raise; handlers name `AssertionError`, nothing, or an empty tuple."""


class Stop(BaseException):
    """The script is at its end; no loop can go on, since all of them ask it."""


class Event(NamedTuple):
    """One recorded evaluation: what was evaluated, its number, and what came of it."""

    kind: str
    number: int
    outcome: bool | None
    """Whether it was true (had an item, fits, swallows); None where it raised."""


Decide = Callable[[str, int], bool | None]
"""Given what is evaluated and its number: its outcome."""


class Recorder:
    """The names that a program calls, and what they recorded."""

    def __init__(self, decide: Decide) -> None:
        self.decide = decide
        self.events: list[Event] = []
        self.is_stopped = False

    def note(self, kind: str, number: int) -> bool:
        try:
            outcome = self.decide(kind, number)
        except Stop:
            self.is_stopped = True
            raise
        self.events.append(Event(kind, number, outcome))
        if outcome is None:
            raise Failure
        return outcome

    def namespace(self) -> dict[str, Any]:
        """The names that programs use."""
        return {
            "t": lambda n: Value(self.note("call", n)),
            "i": lambda n: self._noted(n, Items(self, n)),
            "m": lambda n: self._noted(n, Manager(self, n)),
            "k": lambda n: self._noted(n, Keys()),
            "base": lambda n: self._noted(n, type("Base", (Subclassed,), {})),
            "x": lambda n: (AssertionError, BaseExceptionGroup) if self.note("type", n) else (),
            "g": lambda n: AssertionError if self.note("type", n) else (),
            "v": Values(self),
            "u": lambda *values: Value(True),
            "Failure": Failure,
        }

    def _noted(self, number: int, made: Any) -> Any:
        self.note("call", number)
        return made


class Subclassed:
    """A base class that takes any keyword."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        pass


class Value:
    """A value whose truth was decided; every operation on it gives it back."""

    def __init__(self, truth: bool) -> None:
        self.truth = truth

    def __bool__(self) -> bool:
        return self.truth

    def _same(self, *others: Any, **named: Any) -> Any:
        return self

    __add__ = __mul__ = __rmul__ = __neg__ = __invert__ = __getitem__ = __call__ = __lt__ = __iadd__ = _same

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __delitem__(self, key: Any) -> None:
        pass

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "truth":
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))

    def __format__(self, spec: str) -> str:
        return ""

    def keys(self) -> tuple[()]:
        return ()

    def __await__(self) -> Iterator[None]:
        yield from ()
        return self


class Values:
    """`v.n7` is recorded as it is looked up, and equal to a match's subject if its outcome says so."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        return Equal(self._recorder.note("pattern", int(name[1:])))


class Equal:
    def __init__(self, outcome: bool) -> None:
        self.outcome = outcome

    def __eq__(self, other: object) -> bool:
        return self.outcome and not isinstance(other, Equal)

    def __hash__(self) -> int:
        return 0


class Keys(dict[Any, Any]):
    """A mapping that has every key."""

    def __len__(self) -> int:
        return 9

    def get(self, key: Any, default: Any = None) -> Any:
        return Value(True)


class Items:
    """An iterator that ends when its script says so."""

    def __init__(self, recorder: Recorder, number: int) -> None:
        self.recorder, self.number = recorder, number

    def __iter__(self) -> Items:
        return self

    def __next__(self) -> Value:
        if self.recorder.note("item", self.number):
            return Value(True)
        raise StopIteration

    def __aiter__(self) -> Items:
        return self

    async def __anext__(self) -> Value:
        try:
            return self.__next__()
        except StopIteration:
            raise StopAsyncIteration from None


class Manager:
    def __init__(self, recorder: Recorder, number: int) -> None:
        self.recorder, self.number = recorder, number

    def __enter__(self) -> Value:
        self.recorder.note("with", self.number)
        return Value(True)

    def __exit__(self, kind: Any, value: Any, trace: Any) -> bool:
        return self.recorder.note("with", self.number)

    async def __aenter__(self) -> Value:
        return self.__enter__()

    async def __aexit__(self, kind: Any, value: Any, trace: Any) -> bool:
        return self.__exit__(kind, value, trace)


def observed(text: str, decide: Decide) -> tuple[list[Event], bool]:
    """What a program records, and whether it came to an end by itself rather than by `Stop`."""
    recorder = Recorder(decide)
    namespace = recorder.namespace()
    exec(compile(text, "<program>", "exec", dont_inherit=True), namespace)
    with suppress(Stop, AssertionError, BaseExceptionGroup):
        _drive(namespace["program"]())
    return recorder.events, not recorder.is_stopped


def _drive(made: Any) -> None:
    """Run what a generator or coroutine function returns; nothing waits for long."""
    if hasattr(made, "send"):
        for _ in made if hasattr(made, "__next__") else made.__await__():
            pass
