"""`def_use` and `reaching_defs`, by instruction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Event = tuple[int, int, str]
"""Instruction (for what holds at entry: code unit), part (then -1), variable."""


@dataclass
class Use:
    """What the tables say of one use."""

    is_possibly_unbound: bool
    definitions: set[Event] = field(default_factory=set)
    certain: set[int | None] = field(default_factory=set)
    """Nodes of definitions that are said to be the only one."""


class DataFlow:
    """Uses with the definitions that reach them, made from rows of both tables."""

    def __init__(self, events: Iterable[tuple[Any, ...]], pairs: Iterable[tuple[Any, ...]]) -> None:
        self.uses: dict[Event, Use] = {}
        self.nodes: dict[Event, int | None] = {}
        """The syntax node of each definition."""
        keys: dict[int, Event] = {}
        for number, instruction, part, variable, event, node, is_possibly_unbound in events:
            key = keys[number] = (instruction, part, variable)
            if event == "use":
                self.uses[key] = Use(is_possibly_unbound)
            else:
                self.nodes[key] = node
        for use, definition, is_must in pairs:
            found = self.uses[keys[use]]
            found.definitions.add(keys[definition])
            if is_must:
                found.certain.add(self.nodes[keys[definition]])
