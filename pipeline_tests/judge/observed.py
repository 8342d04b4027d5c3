"""What a child process is asked to run, and what it saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType

Key = tuple[str, str, int, bytes]
"""A code object in any process: path, qualified name, first line, bytecode with its positions."""


@dataclass(frozen=True)
class Job:
    """What a child does."""

    files: Mapping[str, str]
    """Files whose code is watched: their path in the repository by where they are run from."""
    programs: tuple[str, ...] = ()
    """Files to run as scripts, in this order."""
    tests: tuple[str, ...] = ()
    """Names of unittest modules to run."""
    overlooked: Mapping[Key, frozenset[int]] = field(default_factory=dict)
    """Offsets that `leaps` jump over."""
    most_of_one: int = 50_000
    """Instructions of one code object that are watched; what runs more often than that tells nothing new."""
    seconds: float = 60.0
    """After so much CPU no further test is started."""


@dataclass
class Counts:
    """What was seen of one code object, free of the process that saw it."""

    steps: Counter[tuple[int, int]] = field(default_factory=Counter)
    leaps: Counter[tuple[int, int]] = field(default_factory=Counter)
    reads: Counter[tuple[int, str, str, int]] = field(default_factory=Counter)
    names: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    calls: Counter[tuple[int, Key]] = field(default_factory=Counter)
    ends: Counter[tuple[int, int, str]] = field(default_factory=Counter)
    lines: set[int] = field(default_factory=set)

    def add(self, other: Counts) -> None:
        """Take over what another process saw."""
        for name in ("steps", "leaps", "reads", "names", "calls", "ends", "lines"):
            getattr(self, name).update(getattr(other, name))


@dataclass
class Observed:
    """What was seen, by code object."""

    codes: dict[Key, Counts] = field(default_factory=dict)
    elsewhere: int = 0
    """Code objects of no file."""
    ran: int = 0
    """Programs or tests."""
    failed: list[str] = field(default_factory=list)
    """Programs that raised, and child processes that came to a bad end."""

    def add(self, other: Observed) -> None:
        """Take over what another process saw."""
        for key, counts in other.codes.items():
            self.codes.setdefault(key, Counts()).add(counts)
        self.elsewhere += other.elsewhere
        self.ran += other.ran
        self.failed += other.failed

    @property
    def transitions(self) -> int:
        """Steps from one instruction to the next of a frame."""
        return sum(count for counts in self.codes.values() for count in counts.steps.values())


def code_objects(code: CodeType) -> list[CodeType]:
    """A code object and those in its constants, in preorder."""
    found = [code]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += code_objects(constant)
    return found
