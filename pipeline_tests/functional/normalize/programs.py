"""Random programs that tell, when run, which scope each name is read from.

Every assignment gives a name the number of the scope that owns it (the line that opens it; 0 for the module), and comes
first in its scope; every read is a call `seen(k, name)` that is reached whatever the others do. So what the interpreter
records for `k` is the scope whose variable the name means, and nothing when there is none.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

NAMES = ("a", "b", "c", "d")
INLINES = sys.version_info >= (3, 12)
"""Whether the interpreter runs comprehensions in the scope around them.

3.12.1 and 3.13.0 then confuse the variable of a comprehension with others of its name: in a class body, in a closure,
in another comprehension of the function. What they do is no model of the language, so there the names are kept apart.
"""
Kind = Literal["module", "function", "class"]


@dataclass
class Scope:
    """A scope while its program is written."""

    kind: Kind
    number: int
    parent: Scope | None = None
    bound: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    """Names that a `global` or `nonlocal` statement moves elsewhere."""


class Program:
    """One program; `text` is its source."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.reads = 0
        self.lines: list[str] = []
        self._write(Scope("module", 0), 0, 3)
        self.text = "\n".join(self.lines) + "\n"

    def _write(self, scope: Scope, depth: int, levels: int) -> None:
        pad = "    " * depth
        self.lines += [pad + line for line in self._declarations(scope)]
        for name in NAMES:
            if name not in scope.moved and (name in scope.bound or self.random.random() < 0.4):
                scope.bound.add(name)
                self.lines.append(f"{pad}{name} = {scope.number}")
        for _ in range(self.random.randint(2, 5)):
            self.lines += [pad + line for line in self._read(scope)]
            if levels and self.random.random() < 0.6:
                self._nest(scope, depth, levels)

    def _declarations(self, scope: Scope) -> Iterator[str]:
        for name in NAMES:
            if scope.kind == "module" or name in scope.bound or self.random.random() < 0.8:
                continue
            is_nonlocal = self._is_in_function(scope.parent, name) and self.random.random() < 0.6
            scope.moved.add(name)
            yield f"{'nonlocal' if is_nonlocal else 'global'} {name}"

    def _is_in_function(self, scope: Scope | None, name: str) -> bool:
        while scope is not None:
            if scope.kind == "function" and name in scope.bound:
                return True
            scope = scope.parent
        return False

    def _read(self, scope: Scope) -> list[str]:
        """A read of a name: plain, in a lambda, or in a comprehension that may bind the name itself."""
        name, other = self.random.choice(NAMES), self.random.choice(NAMES)
        line = len(self.lines) + 2
        forms = [
            self._seen(name),
            f"(lambda {other}={line}: {self._seen(name)})()",
            f"list({self._seen(name)} for {other} in [{line}])",
        ]
        if not INLINES or scope.kind != "class":
            other = f"own_{line}" if INLINES else other
            forms += [
                f"[{self._seen(name)} for {other} in [{line}] if {self._seen(other)}]",
                f"[0 for {other} in [{self._seen(name)}]]",
                f"[[{self._seen(name)} for {other} in [{line}]] for _ in [0]]",
            ]
        if not INLINES:
            forms.append(f"{{(lambda: {self._seen(name)})() for {other} in [{line}]}}")
        text = self.random.choice(forms)
        return ["try:", f"    {text}", "except NameError:", "    pass"]

    def _seen(self, name: str) -> str:
        self.reads += 1
        return f"seen({self.reads}, {name})"

    def _nest(self, scope: Scope, depth: int, levels: int) -> None:
        pad = "    " * depth
        kind: Kind = self.random.choice(("function", "class"))
        inner = Scope(kind, len(self.lines) + 1, scope)
        title = f"inner_{inner.number}"
        if kind == "class":
            self.lines.append(f"{pad}class {title}:")
            self._write(inner, depth + 1, levels - 1)
            return
        inner.bound = set(self.random.sample(NAMES, self.random.randint(0, 1)))
        given = "".join(f"{name}={inner.number}" for name in sorted(inner.bound))
        self.lines.append(f"{pad}def {title}({given}):")
        self._write(inner, depth + 1, levels - 1)
        self.lines.append(f"{pad}{title}()")


def programs(count: int) -> Iterator[Program]:
    """Programs that compile: whether a `nonlocal` finds its variable is left to the compiler."""
    seeds = iter(range(100 * count))
    for _ in range(count):
        yield next(program for program in map(Program, seeds) if _compiles(program.text))


def observed(text: str) -> dict[int, int]:
    """What the interpreter sees: read number → number of the scope; reads that raise NameError are absent."""
    found: dict[int, int] = {}

    def seen(read: int, value: int) -> bool:
        found[read] = value
        return True

    exec(compile(text, "<program>", "exec"), {"seen": seen})
    return found


def _compiles(text: str) -> bool:
    try:
        compile(text, "<program>", "exec")
    except SyntaxError:
        return False
    return True
