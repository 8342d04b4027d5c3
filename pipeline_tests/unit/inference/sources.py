"""Functions whose source the fingerprint tests follow: through helpers, constants, modules and closures."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pipeline_assets.inference.contract as contracts
from pipeline_assets.inference.contract import FILE_SHIFT

LIMIT = 3
PATTERN = re.compile("[a-zà-ÿ]+")
TABLE = {"one": 1}
TABLE["two"] = LIMIT


@dataclass(frozen=True)
class Window:
    """A helper with a method."""

    width: int = LIMIT

    def inside(self, value: int) -> bool:
        """Whether `value` fits."""
        return value < self.width


def stage(value: int) -> bool:
    """Reaches a helper, which reaches a class and a table."""
    return _helper(value)


def _helper(value: int) -> bool:
    return Window().inside(value + TABLE["two"])


def reads_constant(text: str) -> list[str]:
    """Reaches a compiled constant."""
    return PATTERN.findall(text)


def takes_from_module(value: int) -> int:
    """Reaches one name of another module, and one imported by name."""
    return value >> contracts.ORDINAL_BITS >> FILE_SHIFT


def closed_over(step: int) -> Callable[[int], int]:
    """Makes a function that holds `step`."""

    def add(value: int) -> int:
        return value + step

    return add
