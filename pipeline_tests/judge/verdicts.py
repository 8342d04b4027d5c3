"""What a check found out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline_tests.judge.tables import Unit


@dataclass(frozen=True)
class Mismatch:
    """Something that happened and is not in the tables."""

    path: str
    line: int | None
    unit: str
    saw: str
    count: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} in {self.unit}: {self.saw} ({self.count:,} times)"


@dataclass
class Verdict:
    """One check: how much was compared, and what differs."""

    name: str
    observed: int = 0
    """Events, each as often as it happened."""
    distinct: int = 0
    """Different ones."""
    mismatches: list[Mismatch] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    """What was seen and not compared, or is worth a number."""

    def agree(self, count: int) -> None:
        """Something that is in the tables."""
        self.observed += count
        self.distinct += 1

    def differ(self, unit: Unit, line: int | None, saw: str, count: int = 1) -> None:
        """Something that is not."""
        self.agree(count)
        self.mismatches.append(Mismatch(unit.path, line, unit.qualname, saw, count))
