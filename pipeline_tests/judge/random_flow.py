"""Random functions full of control flow, each called with many streams of decisions, so that most of its ways are run.

Every decision is a call that may answer true or false or raise, from a stream that ends: then every decision raises, so
every program ends, whatever its `finally` blocks swallow.
"""

from __future__ import annotations

from random import Random

PRELUDE = '''\
"""A random program."""


class Enough(BaseException):
    """The stream has ended."""


class One(Exception):
    pass


class Two(Exception):
    pass


stream = []


def go(*values):
    if not stream:
        raise Enough
    return stream.pop() % 2 == 0


def do(*values):
    if not stream:
        raise Enough
    number = stream.pop()
    if number > 95:
        raise One(number)
    if number > 91:
        raise Two(number)
    if number > 89:
        raise ExceptionGroup("several", [One(number), Two(number)])
    return number


class Manager:
    def __init__(self, suppresses=False):
        self.suppresses = suppresses

    def __enter__(self):
        return do()

    def __exit__(self, kind, error, trace):
        return self.suppresses and kind is not Enough and go()

    async def __aenter__(self):
        return do()

    async def __aexit__(self, *error):
        return self.__exit__(*error)


class Items:
    def __init__(self, count):
        self.count = count

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.count -= 1
        if self.count < 0:
            raise StopAsyncIteration
        return do()


class Waiting:
    def __await__(self):
        return (yield)


def run(function, numbers):
    stream[:] = numbers
    try:
        made = function(1, 2)
        if hasattr(made, "send"):
            made.send(None)
            while True:
                drive(made)
    except (Exception, Enough, BaseExceptionGroup):
        pass


def drive(made):
    how = stream.pop() if stream else 99
    if how > 93:
        made.close()
        raise Enough
    if how > 80:
        made.throw(One(how))
    made.send(None)


'''

EPILOGUE = """
if __name__ == "__main__":
    import random

    source = random.Random(0)
    for function in FUNCTIONS:
        for turn in range(60):
            run(function, [source.randrange(100) for _ in range(4 + 2 * turn)])
"""

VARIABLES = ("a", "b", "c", "d")
KINDS = ("plain", "generator", "async")


class Function:
    """The text of one function while it is written."""

    def __init__(self, random: Random, name: str) -> None:
        self.random, self.lines = random, []
        self.kind = random.choice(KINDS)
        self.loops = 0
        self.jumps = True
        """Whether `return`, `break` and `continue` may be written: not directly below `except*`."""
        self.lines: list[str] = [f"{'async ' * (self.kind == 'async')}def {name}(a, b):"]
        if self.kind == "generator":
            self._line(1, "yield")
        if random.random() < 0.5:
            self._line(1, "c, d = 3, [4]")
        if random.random() < 0.3:
            self._line(1, "def inner(x):")
            self._line(2, "nonlocal c" if "c, d" in self.lines[-2] else "y = x")
            self._line(2, "c = a, x")
            self._line(2, "return c")
        self._block(1, 3)

    def _line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def _block(self, depth: int, levels: int) -> None:
        for _ in range(self.random.randint(1, 3)):
            self._statement(depth, levels)

    def _statement(self, depth: int, levels: int) -> None:
        nested = (
            self._if,
            self._while,
            self._for,
            self._try,
            self._try,
            self._try,
            self._with,
            self._match,
            self._star,
        )
        simple = (self._assign, self._assign, self._assign, self._jump, self._delete, self._comprehend, self._suspend)
        self.random.choice(nested if levels and self.is_short and self.random.random() < 0.6 else simple)(
            depth, levels - 1
        )

    @property
    def is_short(self) -> bool:
        """Whether there is room: of a long function little is run."""
        return len(self.lines) < 40

    def _name(self) -> str:
        return self.random.choice(VARIABLES)

    def _test(self, depth: int = 2) -> str:
        forms = ["go({0})", "go()", "({2} := go())"]
        if depth:
            forms += ["not {3}", "{3} and {4}", "({3} or {4})", "({3} if {4} else {5})", "go() < {1} <= go()"]
        names = self._name(), self._name(), self._name()
        return self.random.choice(forms).format(*names, *(self._test(depth - 1) for _ in range(3) if depth))

    # -- simple statements

    def _assign(self, depth: int, levels: int) -> None:
        forms = ("{0} = do({1}, {2})", "{0}, {1} = {1}, do({2})", "{0} = {1} if {3} else do()", "do({0}, {1})")
        forms += ("{0} = {1} = [do({2})]", "assert {3}, {0}", "{0} = lambda: ({1}, {2})", "do({3} and {0} or {1})")
        text = self.random.choice(forms)
        self._line(depth, text.format(self._name(), self._name(), self._name(), self._test()))

    def _jump(self, depth: int, levels: int) -> None:
        forms = ["raise One({0})", "raise"]
        if self.jumps:
            forms += [
                "return" if self.kind == "generator" else "return {0}",
                "return do({0})"[: 99 * (self.kind == "plain")],
            ]
            forms += ["break", "continue", "break", "continue"] * bool(self.loops)
        text = self.random.choice([form for form in forms if form]).format(self._name())
        self._line(depth, text)
        if self.random.random() < 0.1:
            self._line(depth, f"{self._name()} = 'after a jump'")

    def _delete(self, depth: int, levels: int) -> None:
        self._line(depth, f"del {self._name()}" if self.random.random() < 0.5 else "pass")

    def _comprehend(self, depth: int, levels: int) -> None:
        forms = (
            "{0} = [{1} for {1} in (do(), {2}) if {3}]",
            "{0} = {{{1}: {2} for {1} in (1, 2) for {2} in [{1}, do()]}}",
            "{0} = list(do({1}, {2}) for {1} in range(2))",
            "{0} = [(lambda: {1}) for {1} in (do(), 1)]",
            "{0} = [[{2} for {1} in ({1}, 2)] for {1} in range(do() % 3)]",
        )
        self._line(depth, self.random.choice(forms).format(self._name(), self._name(), self._name(), self._test(0)))

    def _suspend(self, depth: int, levels: int) -> None:
        forms = {
            "plain": ("{0} = do()",),
            "generator": (
                "{0} = yield {1}",
                "yield",
                "{0} = yield from [{1}, {1}]",
                "yield from (do() for _ in range(2))",
            ),
            "async": ("{0} = await Waiting()", "{0} = [{1} async for {1} in Items(2) if {2}]", "await Waiting()"),
        }[self.kind]
        self._line(depth, self.random.choice(forms).format(self._name(), self._name(), self._test(0)))

    # -- compound statements

    def _if(self, depth: int, levels: int) -> None:
        self._line(depth, f"if {self._test()}:")
        self._block(depth + 1, levels)
        if self.random.random() < 0.4:
            self._line(depth, f"elif {self._test()}:")
            self._block(depth + 1, levels)
        if self.random.random() < 0.4:
            self._line(depth, "else:")
            self._block(depth + 1, levels)

    def _while(self, depth: int, levels: int) -> None:
        self._loop(depth, levels, f"while {self._test()}:")

    def _for(self, depth: int, levels: int) -> None:
        if self.kind == "async" and self.random.random() < 0.5:
            self._loop(depth, levels, f"async for {self._name()} in Items(2):")
        else:
            self._loop(depth, levels, f"for {self._name()} in (1, do(), {self._name()}):")

    def _loop(self, depth: int, levels: int, header: str) -> None:
        could, self.jumps = self.jumps, True
        self.loops += 1
        outer = self.loops
        self._line(depth, header)
        if not could:
            self.jumps = False
        self._block(depth + 1, levels)
        self.loops = outer - 1
        self.jumps = could
        if self.random.random() < 0.4:
            self._line(depth, "else:")
            self._block(depth + 1, levels)

    def _try(self, depth: int, levels: int) -> None:
        self._line(depth, "try:")
        self._block(depth + 1, levels)
        forms = (
            "except One:",
            "except One as {0}:",
            "except (Two, NameError) as {0}:",
            "except Exception:",
            "except do():",
        )
        handlers = self.random.sample(forms, self.random.randint(0, 2))
        for handler in handlers:
            self._line(depth, handler.format(self._name()))
            self._block(depth + 1, levels)
        if handlers and self.random.random() < 0.4:
            self._line(depth, "else:")
            self._block(depth + 1, levels)
        if not handlers or self.random.random() < 0.4:
            self._line(depth, "finally:")
            self._block(depth + 1, levels)

    def _star(self, depth: int, levels: int) -> None:
        self._line(depth, "try:")
        self._block(depth + 1, levels)
        could, loops = self.jumps, self.loops
        self.jumps = False
        for handler in self.random.sample(("except* One as {0}:", "except* Two:"), self.random.randint(1, 2)):
            self._line(depth, handler.format(self._name()))
            self._block(depth + 1, levels)
        self.jumps, self.loops = could, loops
        if self.random.random() < 0.3:
            self._line(depth, self.random.choice(("else:", "finally:")))
            self._block(depth + 1, levels)

    def _with(self, depth: int, levels: int) -> None:
        word = "async with" if self.kind == "async" and self.random.random() < 0.5 else "with"
        forms = ("Manager() as {0}", "Manager(True)", "Manager(go({1})) as {0}", "Manager(), Manager(True) as {0}")
        self._line(depth, f"{word} {self.random.choice(forms).format(self._name(), self._name())}:")
        self._block(depth + 1, levels)

    def _match(self, depth: int, levels: int) -> None:
        self._line(depth, f"match (do(), [{self._name()}], go()):")
        forms = (
            "case (10 | 20, *_):",
            "case (int({0}), [{1}], True) if {2}:",
            "case (_, [str()], False):",
            "case (_, [int() as {0}], _):",
            "case ({0}, [{1}, *_], _) if {2}:",
        )
        for form in self.random.sample(forms, self.random.randint(1, 3)):
            one, other = self.random.sample(VARIABLES, 2)
            self._line(depth + 1, form.format(one, other, self._test()))
            self._block(depth + 2, levels)
        if self.random.random() < 0.5:
            self._line(depth + 1, "case _:")
            self._block(depth + 2, levels)


def program(seed: int, functions: int = 12) -> str:
    """The source of one program; the same for the same seed."""
    random = Random(seed)
    names = [f"function_{number}" for number in range(functions)]
    bodies = [_compiled(random, name) for name in names]
    return PRELUDE + "\n\n".join(bodies) + f"\n\nFUNCTIONS = [{', '.join(names)}]\n" + EPILOGUE


def _compiled(random: Random, name: str) -> str:
    """A function that the compiler takes: some are refused, such as a capture that makes later cases unreachable."""
    while True:
        text = "\n".join(Function(random, name).lines) + "\n"
        try:
            compile(text, name, "exec")
        except SyntaxError:
            continue
        return text
