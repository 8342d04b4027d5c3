"""Random small programs that are all control flow: every statement and every test there is."""

from __future__ import annotations

from random import Random

PAD = "    "
LOOPS, COMPOUND = ("while_", "for_"), ("if_", "while_", "for_", "try_", "try_", "with_", "match_", "group_")
SIMPLE = ("{a}", "{a}()", "x = {t}", "raise {a}", "return {t}", "return", "assert {t}", "assert {t}, {a}", "del {a}.b")
SIMPLE += ("pass", "x = [{a} for y in {a} if {t}]", "z = ({a} for y in {a} if {t} for w in y)", "(x := {t})")
IN_GENERATOR = ("yield", "x = yield {a}", "yield from {a}")
IN_COROUTINE = ("await {a}", "x = await {a}", "x = [y async for y in {a} if {t}]")


class Writer:
    """Writes one function; `text` is the program."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.kind = random.choice(("def", "def", "generator", "async def"))
        self.lines = [f"{'async def' if self.kind == 'async def' else 'def'} f():"]
        self.block(1, 3, in_loop=False, in_group=False)
        self.text = "\n".join(self.lines) + "\n"

    def put(self, depth: int, text: str) -> None:
        while "{a}" in text:
            text = text.replace("{a}", self.random.choice("abcde"), 1)
        while "{t}" in text:
            text = text.replace("{t}", self.test(2), 1)
        self.lines.append(PAD * depth + text)

    def test(self, levels: int) -> str:
        name, pick = self.random.choice("abcde"), self.random.random()
        if not levels or pick < 0.4:
            return name
        one, other = self.test(levels - 1), self.test(levels - 1)
        texts = [f"({one} and {other})", f"({one} or {other})", f"(not {one})", f"({name} if {one} else {other})"]
        texts += [f"({name} < {one} < {other})", f"({one} is None)", f"({one} is not None)", f"({name} not in {one})"]
        texts += [f"(v := {one})", "True" if pick > 0.97 else name]
        return self.random.choice(texts)

    def block(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        levels = 0 if len(self.lines) > 25 else levels
        for _ in range(self.random.randint(1, 3)):
            if levels and self.random.random() < 0.55:
                getattr(self, self.random.choice(COMPOUND))(depth, levels - 1, in_loop, in_group)
            else:
                self.simple(depth, in_loop, in_group)

    def simple(self, depth: int, in_loop: bool, in_group: bool) -> None:
        choices = [text for text in SIMPLE if not (in_group and text.startswith("return"))]
        choices += IN_GENERATOR if self.kind == "generator" else IN_COROUTINE if self.kind == "async def" else ()
        self.put(depth, self.random.choice([*choices, *(("break", "continue") * 3 if in_loop else ())]))

    def maybe(self, head: str, depth: int, levels: int, in_loop: bool, in_group: bool) -> bool:
        if self.random.random() < 0.4:
            self.put(depth, head)
            self.block(depth + 1, levels, in_loop, in_group)
            return True
        return False

    def if_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        self.put(depth, "if {t}:")
        self.block(depth + 1, levels, in_loop, in_group)
        self.maybe("elif {t}:", depth, levels, in_loop, in_group)
        self.maybe("else:", depth, levels, in_loop, in_group)

    def while_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        self.put(depth, self.random.choice(("while {t}:", "while {t}:", "while True:")))
        self.block(depth + 1, levels, True, False)
        self.maybe("else:", depth, levels, in_loop, in_group)

    def for_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        word = "async for" if self.kind == "async def" and self.random.random() < 0.5 else "for"
        self.put(depth, self.random.choice((f"{word} i in {{a}}:", f"{word} i, {{a}}.b in {{t}}:")))
        self.block(depth + 1, levels, True, False)
        self.maybe("else:", depth, levels, in_loop, in_group)

    def with_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        word = "async with" if self.kind == "async def" and self.random.random() < 0.5 else "with"
        self.put(depth, self.random.choice((f"{word} {{a}}:", f"{word} {{a}} as x, {{t}}:")))
        self.block(depth + 1, levels, in_loop, in_group)

    def match_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        self.put(depth, "match {t}:")
        cases = ("1", "None", "[p, q]", "[p, *q]", "{{'k': p}}", "a.b(p, k=1)", "1 | 2", "'k' as p", "[1, (2 | 3)]")
        for case in self.random.sample(cases, self.random.randint(1, 3)):
            guard = " if {t}" if self.random.random() < 0.3 else ""
            self.put(depth + 1, f"case {case.replace('{{', '{').replace('}}', '}')}{guard}:")
            self.block(depth + 2, levels, in_loop, in_group)
        if self.random.random() < 0.4:
            self.put(depth + 1, "case _:")
            self.block(depth + 2, levels, in_loop, in_group)

    def try_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, levels, in_loop, in_group)
        heads = self.random.choice(((), ("except {a}:",), ("except {a} as x:", "except ({a}, {a}):"), ("except:",)))
        for head in heads:
            self.put(depth, head)
            self.block(depth + 1, levels, in_loop, in_group)
        if heads:
            self.maybe("else:", depth, levels, in_loop, in_group)
        if not self.maybe("finally:", depth, levels, in_loop, in_group) and not heads:
            self.put(depth, "finally:")
            self.put(depth + 1, "{a}")

    def group_(self, depth: int, levels: int, in_loop: bool, in_group: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, levels, in_loop, in_group)
        for head in ("except* {a}:", "except* {a} as x:")[: self.random.randint(1, 2)]:
            self.put(depth, head)
            self.block(depth + 1, levels, False, True)
        self.maybe("finally:", depth, levels, in_loop, in_group)
