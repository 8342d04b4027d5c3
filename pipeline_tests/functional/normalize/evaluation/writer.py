"""Random programs over the calls of `evaluated`: every operand has a number of its own, every loop asks the script."""

from __future__ import annotations

import sys
from random import Random

PAD = "    "
MOST_LINES = 25
"""Beyond, no statement is nested any more."""


class Writer:
    """Writes one function, `program`.

    A branching program consists of tests, loops and protection alone, and each decision in it is one operand's: then
    every path through it can be taken.
    """

    def __init__(self, random: Random, branching: bool = False) -> None:
        self.random, self.branching = random, branching
        self.numbers = 0
        self.inner: set[int] = set()
        """Operands inside comprehensions, lambdas and class bodies: these never raise."""
        self._in_inner = 0
        self._group = 0
        self.kind = "def" if branching else random.choice(("def", "def", "generator", "async def"))
        self.lines = [f"{'async ' if self.kind == 'async def' else ''}def program():", PAD + "a = b = None"]
        self.block(1, 3, False)
        if self.kind == "generator":
            self.lines.append(PAD + "yield")
        self.text = "\n".join(self.lines) + "\n"

    def number(self) -> int:
        self.numbers += 1
        if self._in_inner:
            self.inner.add(self.numbers)
        return self.numbers

    def call(self, name: str) -> str:
        return f"{name}({self.number()})"

    # statements

    def block(self, depth: int, levels: int, in_loop: bool) -> None:
        levels = 0 if len(self.lines) > MOST_LINES else levels
        for _ in range(self.random.randint(1, 3 if levels > 1 else 2)):
            self.statement(depth, levels, in_loop)

    def put(self, depth: int, text: str) -> None:
        self.lines.append(PAD * depth + text)

    def statement(self, depth: int, levels: int, in_loop: bool) -> None:
        compound = ["if", "while", "for", "try", "try", "with"] + ([] if self.branching else ["match", "try_group"])
        if levels and self.random.random() < 0.55:
            getattr(self, f"_{self.random.choice(compound)}")(depth, levels - 1, in_loop)
        else:
            self.simple(depth, in_loop)

    def simple(self, depth: int, in_loop: bool) -> None:
        jumps = [] if self._group else ["return" if self.kind == "generator" else f"return {self.value(1)}"]
        if in_loop and not self._group:
            jumps += ["break", "continue", "break", "continue"]
        if self.random.random() < 0.3:
            self.put(depth, self.random.choice([*jumps, "raise Failure", "pass"]))
        elif self.branching:
            self.put(depth, self.random.choice([self.call("t"), f"a = {self.call('t')}"]))
        else:
            self._rich(depth)

    def _rich(self, depth: int) -> None:
        e, t = self.value, lambda: self.call("t")
        made = self.random.choice(
            (
                lambda: e(2),
                lambda: f"a = {e(2)}",
                lambda: f"a, b = {e(1)}",
                lambda: f"{e(1)}.c = {e(1)}[{e(1)}] = {e(2)}",
                lambda: f"a, {e(1)}.c, ({e(1)}[{e(1)}], b) = ({e(1)}, {e(1)}, {e(2)})",
                lambda: f"{e(1)}.c += {e(2)}",
                lambda: f"{e(1)}[{e(1)}:{e(1)}] += {e(1)}",
                lambda: f"a = {self.call('t')}; a += {e(1)}",
                lambda: f"del {e(1)}.c, {e(1)}[{e(1)}]",
                lambda: f"{e(1)}.c: {t()} = {e(1)}",
                lambda: f"{e(1)}[{e(1)}, {e(1)}:{e(1)}]: {t()}",
                lambda: f"assert {e(2)}, {e(1)}",
                lambda: (
                    f"@{e(1)}.c\n@{e(1)}.d\ndef f(p: {t()} = {e(1)}, /, q: {t()} = {e(1)}, *r: {t()}, "
                    f"s: {t()} = {e(1)}, **z: {t()}) -> {t()}: pass"
                ),
                lambda: self._class(),
            )
        )()
        for line in made.split("\n"):
            self.put(depth, line)
        if self.kind == "generator" and self.random.random() < 0.5:
            self.put(depth, self.random.choice((f"yield {e(1)}", f"a = yield {e(1)}", f"yield from {e(1)}", "yield")))
        if self.kind == "async def" and self.random.random() < 0.5:
            self.put(depth, self.random.choice((f"await {e(1)}", f"a = {e(1)}(await {e(1)}, {e(1)})")))

    def _class(self) -> str:
        head = f"@{self.value(1)}.c\nclass C({self.call('base')}, k={self.value(1)}):\n"
        self._in_inner += 1
        body = f"{PAD}c: {self.call('t')} = {self.value(1)}\n{PAD}d: {self.call('t')}\n{PAD}{self.value(2)}"
        self._in_inner -= 1
        return head + body

    def _if(self, depth: int, levels: int, in_loop: bool) -> None:
        self.put(depth, f"if {self.test(2)}:")
        self.block(depth + 1, levels, in_loop)
        if self.random.random() < 0.3:
            self.put(depth, f"elif {self.test(2)}:")
            self.block(depth + 1, levels, in_loop)
        if self.random.random() < 0.5:
            self.put(depth, "else:")
            self.block(depth + 1, levels, in_loop)

    def _while(self, depth: int, levels: int, in_loop: bool) -> None:
        self.put(depth, f"while {self.test(2)}:")
        self._loop(depth, levels, in_loop)

    def _for(self, depth: int, levels: int, in_loop: bool) -> None:
        opening = "async for" if self.kind == "async def" and self.random.random() < 0.6 else "for"
        target = "a" if self.branching else self.random.choice(("a", "a, b", f"{self.value(1)}.c"))
        self.put(depth, f"{opening} {target} in {self.call('i')}:")
        self._loop(depth, levels, in_loop)

    def _loop(self, depth: int, levels: int, in_loop: bool) -> None:
        if self._group:
            self.put(depth + 1, f"if {self.call('t')}: {self.random.choice(('break', 'continue'))}")
            self.put(depth + 1, self.call("t"))
        else:
            self.block(depth + 1, levels, True)
        if self.random.random() < 0.4:
            self.put(depth, "else:")
            self.block(depth + 1, levels, in_loop)

    def _try(self, depth: int, levels: int, in_loop: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, levels, in_loop)
        handlers = self.random.randint(0, 2)
        for place in range(handlers):
            bare = place == handlers - 1 and self.random.random() < 0.3
            self.put(depth, "except:" if bare else f"except {self.call('x')}{self.random.choice((' as e', ''))}:")
            self.block(depth + 1, levels, in_loop)
        if handlers and self.random.random() < 0.4:
            self.put(depth, "else:")
            self.block(depth + 1, levels, in_loop)
        if not handlers or self.random.random() < 0.5:
            self._finally(depth, levels, in_loop)

    def _finally(self, depth: int, levels: int, in_loop: bool) -> None:
        """It ends with what cannot raise, so that an exception that leaves from there is the one that came in."""
        self.put(depth, "finally:")
        self.block(depth + 1, levels, in_loop)
        self.put(depth + 1, "pass")

    def _try_group(self, depth: int, levels: int, in_loop: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, levels, in_loop)
        for _ in range(self.random.randint(1, 2)):
            self.put(depth, f"except* {self.call('g')}:")
            self._group += 1
            self.block(depth + 1, levels, False)
            self._group -= 1
        if self.random.random() < 0.5:
            self._finally(depth, levels, in_loop)

    def _with(self, depth: int, levels: int, in_loop: bool) -> None:
        opening = "async with" if self.kind == "async def" and self.random.random() < 0.6 else "with"
        targets = ("", " as a") if self.branching else ("", " as a", f" as {self.value(1)}.c")
        items = [self.call("m") + self.random.choice(targets) for _ in range(self.random.choice((1, 1, 2)))]
        self.put(depth, f"{opening} {', '.join(items)}:")
        self.block(depth + 1, levels, in_loop)

    def _match(self, depth: int, levels: int, in_loop: bool) -> None:
        self.put(depth, f"match {self.random.choice((self.value(1) + ', ' + self.value(1), self.call('k')))}:")
        for _ in range(self.random.randint(1, 3)):
            guard = f" if {self.test(1)}" if self.random.random() < 0.4 else ""
            self.put(depth + 1, f"case {self.pattern(2)}{guard}:")
            self.block(depth + 2, levels, in_loop)
        if self.random.random() < 0.4:
            self.put(depth + 1, self.random.choice(("case _:", "case a:")))
            self.block(depth + 2, levels, in_loop)

    def pattern(self, levels: int) -> str:
        value = lambda: f"v.n{self.number()}"  # noqa: E731
        if not levels:
            return self.random.choice((value, value, lambda: "_"))()
        p = lambda: self.pattern(levels - 1)  # noqa: E731
        return self.random.choice(
            (
                value,
                lambda: f"({p()}, {p()})",
                lambda: f"({value()} | {p()})" if levels == 1 else f"({value()} | {value()})",
                lambda: f"{{{value()}: {p()}}}",
                lambda: f"({value()} as a{self.number()}, a{self.number()})",
                lambda: f"[a{self.number()}, *a{self.number()}]",
                lambda: f"{{{value()}: a{self.number()}, {value()}: {p()}}}",
                lambda: f"int({value()}) | ({value()}, {value()})",
            )
        )()

    # expressions

    def test(self, levels: int) -> str:
        if self.branching:
            return self.condition(levels)
        return self.value(levels)

    def condition(self, levels: int) -> str:
        if not levels or self.random.random() < 0.3:
            return self.call("t")
        c = lambda: self.condition(levels - 1)  # noqa: E731
        return self.random.choice(
            (
                lambda: f"not {c()}",
                lambda: f"({c()} and {c()})",
                lambda: f"({c()} or {c()})",
                lambda: f"({c()} or {c()} or {c()})",
                lambda: f"({c()} if {c()} else {c()})",
            )
        )()

    def value(self, levels: int) -> str:
        if self.branching or not levels or self.random.random() < 0.3:
            return self.call("t")
        e = lambda: self.value(levels - 1)  # noqa: E731
        forms = [
            lambda: f"u({self.condition(2)})",
            lambda: f"({e()} and {e()} and {e()})",
            lambda: f"({e()} or {e()})",
            lambda: f"u(not {e()})",
            lambda: f"({e()} if {e()} else {e()})",
            lambda: f"u(({e()}, {e()}, *{e()}))",
            lambda: f"u([{e()}, *{e()}, {e()}])",
            lambda: f"u({{{e()}.c, {e()}}})",
            lambda: f"u({{{e()}: {e()}, **{e()}, {e()}: {e()}}})",
            lambda: f"({e()} + {e()} * -{e()})",
            lambda: f"{e()}[{e()}, {e()}:{e()}]",
            lambda: f"{e()}.c[{e()}:{e()}:{e()}]",
            lambda: f"({e()} < {e()} < {e()})",
            lambda: f"{e()}({e()}, *{e()}, {e()}, k={e()}, **{e()})",
            lambda: f"{e()}(k={e()}, *{e()})",
            lambda: f"{e()}.c({e()}, h={e()}, k={e()})",
            lambda: f"u(f'{{{e()}}}x{{{e()}!r:{{{e()}}}}}')" if sys.version_info >= (3, 12) else f"(-{e()})",
            lambda: f"(c := {e()})" if not self._in_inner else f"(~{e()})",
        ]
        if not self._in_inner:
            forms += [
                lambda: f"(lambda p={e()}, *, q={e()}: {self.within(1)})()",
                lambda: f"u([{self.within(1)} for c in {self.items()} if {self.within(1)}])",
                lambda: f"u({{{self.within(0)}: {self.within(1)} for c in {self.items()}}})",
                lambda: f"u(*({self.within(1)} for c in {self.items()} if {self.within(1)}))",
                lambda: f"u([0 for c in {self.items()} for d in {self.within(0, 'i')} if {self.within(1)}])",
            ]
        return f"{self.random.choice(forms)()}"

    def items(self) -> str:
        """The first iterable of a comprehension: it belongs outside, but its items arise inside."""
        made = self.call("i")
        self.inner.add(self.numbers)
        return made

    def within(self, levels: int, name: str = "") -> str:
        """An operand of an inner scope."""
        self._in_inner += 1
        made = self.call(name) if name else self.value(levels)
        self._in_inner -= 1
        return made
