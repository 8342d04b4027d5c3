"""Implicit calls are those that the running interpreter makes: objects with every method tell which, where and when."""

from __future__ import annotations

import sys
from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

import pipeline_assets
from pipeline_tests.functional.normalize.recording import Seen, record

RUNS = 60
RANDOM_PROGRAMS = 40

PROGRAMS = {
    "operators": """
a + b
a @ b
a ** b
-a
~a
a += b
a[b] -= c
a[b:c]
a[b] = c
del a[b], c[d]
[a, b][0]
1 + a
a % 2
""",
    "comparisons": """
a < b
a == b != c
a in b
a not in b
a is b
a < b in c
not a
x = a and b or c
x = a if b else c
""",
    "statements": """
if a: pass
elif b and not c: pass
while a1: break
assert a or b or 1
for x in a1: pass
for x, y in [a2]: pass
for x[0] in a1: pass
for z in (1, 2): pass
with a as q, b as q[0]: pass
import os.path, sys
from os import path
x = y = a
x, y = a2
x, (y, z) = [a, b2]
x, *y = a3
x, y = a, b
""",
    "displays": """
[x for x in a1 if b if c]
{x: y for x in a1 for y in x}
{x for x in a1}
list = (x for x in a1)
drain(list)
take(*a1, *b1)
take(**a)
{**a, b: c, 1: d}
{a, b}
{*a}
[*a, *b]
x = *a, b
f"{a} {b!r} {c!s:>3} {d:{e}} {f=}"
""",
    "classes": """
@a
@b
class A(Base, c[d], metaclass=M): pass
class B(Base): x = Named; y = 1
@a
def f(x: b[c], y=d + e): z: g[h] = 1
class C(*[]): pass
class D(Base, **{}): pass
e[0]: a[b]
x: a[b] = c
(lambda: a + b)()
""",
    "coroutines": """
async def f():
    await a
    async with a, b as q: pass
    async for x in a1: pass
    [x async for x in a1 if b]
    return [await x for x in b1]
run(f())
def g():
    yield from a1
    x = yield a
drain(g())
""",
    "patterns": """
match Listed():
    case [0, 1, 3]: pass
    case [0, *_, 2] if a: pass
    case [x]: pass
match Listed():
    case [_, _, _]: pass
match Listed():
    case [x, *y]: pass
match Listed():
    case [x, *y, z]: pass
match Listed():
    case [*_]: pass
match a:
    case Kind(): pass
match a:
    case 1 | "x": pass
try: raise Group("x", [ValueError()])
except* TypeError: pass
except* ValueError: pass
""",
}
"""Programs in which everything is evaluated, if `and`, `or` and tests go one way or the other."""

REFUSED = ("a + e", "a @ e", "x = a << e", "a < e", "a >= e", "a == e", "a != e", "y = a; y += e", "y = a; y //= e")
"""Operations whose every method is tried when all of them give NotImplemented."""

CALLS = """
    SELECT f.path, i.*, span_text(t.text, i.bstart, i.bend) AS text FROM implicit_calls AS i
    JOIN files AS f USING (file_id) JOIN file_texts AS t USING (file_id) ORDER BY implicit_call_id
"""
NODES = "SELECT node_id, parent_id, kind, line, end_line, col_utf8, bend - bstart AS size, bstart FROM ast_nodes"

HOLDERS = ("Starred", "keyword", "alias", "FormattedValue", "withitem", "comprehension", "match_case")
"""Syntax whose calls the interpreter may place at what holds it."""

BOOLEAN = ("BoolOp", "UnaryOp")
"""Operators that the compiler may join with those they hold."""

PLACES_TESTS = sys.version_info >= (3, 12)
"""Whether the interpreter tells where on its line a value is tested; 3.11 names what it evaluated last."""


@dataclass
class Site:
    """An implicit call, with the places at which the interpreter may say that it is made."""

    row: dict[str, Any]
    places: set[tuple[int, int]]
    methods: tuple[str, ...]

    def explains(self, seen: Seen, starts: list[int]) -> bool:
        """Whether this is what was seen."""
        span = starts[seen.line - 1] + seen.start, starts[seen.end_line - 1] + seen.end
        if self.row["kind"] == "truth" and not PLACES_TESTS:
            return seen.method in self.methods and self.row["line"] == seen.line
        if self.row["kind"] == "hash":  # the place is that of a whole entry
            return seen.method in self.methods and any(start <= span[0] < end for start, end in self.places)
        return seen.method in self.methods and span in self.places


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every program by file name."""
    random = {f"random_{seed}": random_program(seed) for seed in range(RANDOM_PROGRAMS)}
    refused = {f"refused_{i}": text for i, text in enumerate(REFUSED)}
    return {f"{name}.py": text for name, text in (PROGRAMS | random | refused).items()}


@pytest.fixture(scope="module")
def sites(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Site]]:
    """What the product says of every program."""
    root = tmp_path_factory.mktemp("programs")
    for name, text in texts.items():
        (root / name).write_text(text)
    with pipeline_assets.build(root, layers="-pyrefly,-tree_sitter") as graph:
        nodes = {row["node_id"]: row for row in graph.sql(NODES).to_pylist()}
        found = defaultdict(list)
        for row in graph.sql(CALLS).to_pylist():
            found[row["path"]].append(Site(row, places(row, nodes), tuple(row["methods"].split(","))))
    return found


def names(prefix: str) -> list[str]:
    return [f"{name}.py" for name in PROGRAMS] if prefix == "" else [f"random_{i}.py" for i in range(RANDOM_PROGRAMS)]


@pytest.mark.parametrize("name", names("") + names("random"))
def test_calls_are_those_the_interpreter_makes(name: str, texts: dict[str, str], sites: dict[str, list[Site]]) -> None:
    starts = line_starts(texts[name])
    confirmed: set[int] = set()
    for seed in range(RUNS):
        for seen in record(texts[name], seed):
            explaining = [site for site in sites[name] if site.explains(seen, starts)]
            assert explaining, (texts[name], seen)
            confirmed |= {site.row["implicit_call_id"] for site in explaining}
    idle = [site.row for site in sites[name] if site.row["implicit_call_id"] not in confirmed]
    assert [(row["line"], row["methods"], row["text"]) for row in idle if is_recorded(row)] == []


@pytest.mark.parametrize("name", names(""))
def test_calls_of_a_site_are_in_order(name: str, texts: dict[str, str], sites: dict[str, list[Site]]) -> None:
    starts = line_starts(texts[name])
    runs = [record(texts[name], seed) for seed in range(RUNS)]
    for site_node in {site.row["site_node"] for site in sites[name]}:
        own = [site for site in sites[name] if site.row["site_node"] == site_node]
        assert any(follows(own, run, starts) for run in runs), [(site.row["text"], site.methods) for site in own]


def is_recorded(row: dict[str, Any]) -> bool:
    """Whether a call is certain, and of a recorder: `type` tells nobody what it does."""
    return row["is_certain"] and (row["kind"] != "class" or "metaclass" in row["text"])


def follows(sites: list[Site], made: list[Seen], starts: list[int]) -> bool:
    """Whether every certain call of a site is among those made, behind the one before it."""
    left = iter(made)
    return all(any(site.explains(call, starts) for call in left) for site in sites if is_recorded(site.row))


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_methods_are_tried_in_order(number: int, texts: dict[str, str], sites: dict[str, list[Site]]) -> None:
    name = f"refused_{number}.py"
    tried = ",".join(seen.method for seen in record(texts[name], refuses=True))
    assert tried == ",".join(site.row["methods"] for site in sites[name])


def places(row: dict[str, Any], nodes: dict[int, dict[str, Any]]) -> set[tuple[int, int]]:
    """The spans of the call, of its site, and of what holds the site where that has no instruction of its own."""
    found = {(row["bstart"], row["bend"])}
    node = nodes[row["site_node"]]
    found.add(_span(node))
    while node["kind"] in HOLDERS or node["bstart"] is None or nodes[node["parent_id"]]["kind"] in BOOLEAN:
        node = nodes[node["parent_id"]]
        found.add(_span(node))
    return found


def _span(node: dict[str, Any]) -> tuple[int, int]:
    return (-1, -1) if node["bstart"] is None else (node["bstart"], node["bstart"] + node["size"])


def line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    return starts


def random_program(seed: int) -> str:
    """A few statements with random expressions, in which every value but that of a test may be anything."""
    random = Random(seed)
    forms = (
        "{}",
        "x = {}",
        "if {}: pass",
        "while {}: break",
        "for x in {}: {}",
        "a[{}] += {}",
        "a[{}] = {}",
        "del a[{}]",
        "with {}: {}",
        "x, = {}",
        "x: {} = {}",
        "@a[{}]\ndef made(y={}): {}\nmade()",
    )
    lines = []
    for _ in range(4):
        form = random.choice(forms)
        lines.append(form.format(*(expression(random, 3) for _ in range(form.count("{}")))))
    return "\n".join(lines) + "\n"


def expression(random: Random, depth: int) -> str:
    """A random expression whose value is a recorder, fully in parentheses."""
    if depth == 0 or random.random() < 0.15:
        return random.choice("abcdefgh")
    parts = [expression(random, depth - 1) for _ in range(4)]
    forms = (
        "({} {op} {})",
        "({} and {})",
        "({} or {})",
        "({} if {} else {})",
        "({} {cmp} {})",
        "({} {cmp} {} {cmp} {})",
        "{}[{}]",
        "(-{})",
        "(a if not {} else b)",
        "{}[not {}]",
        "(a if {} in {} else b)",
        "a[{} is {}]",
        "a[[v for v in a1 if {}]]",
        "a[{{{}: {}}}]",
        '(a + f"{{c}}{{d!r}}")',
        "(a + take(*{}, k={}))",
        "(x := {})",
    )
    form = random.choice(forms)
    count = form.replace("{{", "").replace("}}", "").count("{}")
    operators = {"op": random.choice(("+", "-", "*", "%", "|", "&")), "cmp": random.choice(("<", "==", ">=", "!="))}
    return form.format(*parts[: max(count, 4)], **operators)
