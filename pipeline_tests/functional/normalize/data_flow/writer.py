"""Random tiny programs with every statement that gives, takes or reads a variable."""

from __future__ import annotations

from random import Random

NAMES = ("a", "b", "c")


class Writer:
    """One program: it calls `t` (a truth value), `v` (a value), `s` (a sequence) and `m` (a context manager), which may
    raise `E`. One that is bound is a function whose names are all parameters, so that it goes on when it is run.
    """

    def __init__(self, random: Random, *, is_bound: bool = False) -> None:
        self.random, self.left, self.is_bound = random, 7, is_bound
        self.lines: list[str] = []

    def text(self) -> str:
        """The source."""
        if self.is_bound or self.random.random() < 0.75:
            self._function(0, "f", [])
        else:
            self._block(0, in_loop=False, in_function=False)
        return "\n".join(self.lines) + "\n"

    def _function(self, depth: int, name: str, around: list[str]) -> None:
        is_all = self.is_bound and name == "f"
        parameters = NAMES if is_all else self.random.sample(NAMES, self.random.randint(0, 2))
        self._write(depth, f"def {name}({', '.join(parameters)}):")
        others = [each for each in around if each not in parameters]
        if others and self.random.random() < 0.5:
            self._write(depth + 1, f"nonlocal {self.random.choice(others)}")
        elif self.random.random() < 0.2 and not is_all:
            free = [each for each in NAMES if each not in parameters]
            self._write(depth + 1, f"global {self.random.choice(free)}")
        self._block(depth + 1, in_loop=False, in_function=True)
        if self.random.random() < 0.3:
            self._write(depth + 1, f"yield {self._value()}")
        self._write(depth + 1, f"return {self._value()}")

    def _block(self, depth: int, *, in_loop: bool, in_function: bool) -> None:
        for _ in range(self.random.randint(1, 3)):
            self._statement(depth, in_loop=in_loop, in_function=in_function)

    def _write(self, depth: int, line: str) -> None:
        self.lines.append("    " * depth + line)

    def _name(self) -> str:
        return self.random.choice(NAMES)

    def _value(self) -> str:
        name, other = self._name(), self._name()
        plain = (
            name,
            f"v({name})",
            f"v({name}, {other})",
            "v()",
            "1",
            f"({name}, {other})",
            f"{name} if t() else {other}",
            f"{name} and {other}",
            f"({name} := v({other}))",
        )
        scoped = (
            f"[{name} for {name} in s({other})]",
            f"[v({name}, {other}) for {name} in s() if t({name})]",
            f"{{{name}: {other} for {name} in s() for {other} in s({name})}}",
            f"[[{name} for {name} in s({other})] for {other} in s()]",
            f"[lambda: {name} for {name} in s()]",
            f"v(lambda: {name})",
            f"v(lambda {name}: {other})",
            f"list({name} for {name} in s({other}))",
            f"[({other} := {name}) for {name} in s()]" if name != other else "1",
        )
        # 3.13.0 itself crashes when it runs some of the scoped ones together.
        return self.random.choice(plain if self.is_bound else (*plain, *scoped))

    def _target(self) -> str:
        name, other = self._name(), self._name()
        return self.random.choice((name, name, name, f"{name}, {other}", f"{name}, *{other}"))

    def _statement(self, depth: int, *, in_loop: bool, in_function: bool) -> None:
        self.left -= 1
        inner = {"in_loop": in_loop, "in_function": in_function}
        simple = self.left <= 0 or depth > 4
        kind = self.random.randint(0, 8 if simple else 17)
        if kind <= 2:
            self._write(depth, f"{self._target() if self.random.random() < 0.2 else self._name()} = {self._value()}")
        elif kind == 3:
            self._write(depth, f"{self._name()} += {self._value()}")
        elif kind == 4:
            self._write(depth, f"del {self._name()}")
        elif kind in (5, 6):
            self._write(depth, self._value())
        elif kind == 7:
            jumps = ["raise E", "assert t()"] + ["break", "continue"] * in_loop + ["return 1"] * in_function
            self._write(depth, f"if t(): {self.random.choice(jumps)}")
        elif kind == 8:
            self._write(depth, self.random.choice(("import os as a", "from os import path as b", "a: int = v()")))
        elif kind == 9:
            self._clause(depth, f"if t({self._name()}):", inner)
            if self.random.random() < 0.5:
                self._clause(depth, "else:", inner)
        elif kind == 10:
            self._clause(
                depth,
                f"while {self.random.choice(('t()', f'({self._name()} := t())', '1'))}:",
                inner | {"in_loop": True},
            )
            if self.random.random() < 0.3:
                self._clause(depth, "else:", inner)
        elif kind == 11:
            self._clause(depth, f"for {self._target()} in s({self._name()}):", inner | {"in_loop": True})
            if self.random.random() < 0.3:
                self._clause(depth, "else:", inner)
        elif kind in (12, 13):
            self._try(depth, inner)
        elif kind == 14:
            self._clause(depth, f"with m() as {self._name()}:", inner)
        elif kind == 15:
            self._write(depth, f"match v({self._name()}):")
            self._clause(depth + 1, f"case [{self._name()}, 1]:", inner)
            self._clause(
                depth + 1, self.random.choice(("case E() as a:", "case {'k': b, **c}:", "case a if t():")), inner
            )
        elif kind == 16:
            self._function(depth, "g", list(NAMES) if in_function else [])
            self._write(depth, "g()")
        else:
            self._clause(depth, "class C:", {"in_loop": False, "in_function": False})

    def _clause(self, depth: int, head: str, inner: dict[str, bool]) -> None:
        self._write(depth, head)
        self._block(depth + 1, **inner)

    def _try(self, depth: int, inner: dict[str, bool]) -> None:
        self._clause(depth, "try:", inner)
        handled = self.random.random() < 0.75
        if handled:
            star = "*" if self.random.random() < 0.15 else ""
            inside = {"in_loop": False, "in_function": False} if star else inner
            self._clause(depth, self.random.choice((f"except{star} E:", f"except{star} E as {self._name()}:")), inside)
            if self.random.random() < 0.3:
                self._clause(depth, "else:", inner)
        if not handled or self.random.random() < 0.4:
            self._clause(depth, "finally:", inner)
