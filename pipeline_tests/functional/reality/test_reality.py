"""A small package under its own tests: what is observed, what of it the graph has, and that the judge sees misses."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_tests.reality.graph import CallGraph, call_graph_of
from pipeline_tests.reality.judging import judge
from pipeline_tests.reality.observing import Call, Job, Observed, observe

FILES = {
    "shop/__init__.py": """\
from shop.till import Till


def sell(price):
    return checked(
        price,
    ).add(price)


def checked(price):
    return Till()


def each(prices):
    with Till() as till:
        return sorted(prices, key=lambda price: -price), list(numbers())


def numbers():
    yield from [one(n) for n in range(3)]


def one(n):
    return n
""",
    "shop/till.py": """\
class Till:
    def __init__(self):
        self.sum = 0

    def add(self, price):
        self.sum += price
        return self.total

    @property
    def total(self):
        return self.sum

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass
""",
    "tests/test_shop.py": """\
import shop


def test_sell():
    assert shop.sell(3) == 3


def test_each():
    assert shop.each([1, 2]) == ([2, 1], [0, 1, 2])
""",
}

CALLS = {
    ("sell", "checked", "direct"),
    ("sell", "Till.add", "direct"),
    ("checked", "Till.__init__", "direct"),
    ("each", "Till.__init__", "direct"),
    ("numbers", "one", "direct"),
}
IMPLICIT = {("Till.add", "Till.total"), ("each", "Till.__enter__"), ("each", "Till.__exit__")}


class Trial:
    """The package, what its tests did, and its graph."""

    def __init__(self, folder: Path) -> None:
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        self.files = {str(folder / name): name for name in FILES if name.startswith("shop/")}
        self.observed: Observed = observe(Job("shop", self.files, "pytest", ["tests"], [folder], folder, 20.0))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reality")


@pytest.fixture(scope="module")
def trial(folder: Path) -> Trial:
    return Trial(folder)


@pytest.fixture(scope="module")
def graph(folder: Path, trial: Trial) -> Iterator[CallGraph]:
    with call_graph_of(folder) as found:
        yield found


def shown(calls: list[Call]) -> set[tuple[str, str]]:
    """Caller and callee; the function around a comprehension stands for it."""
    return {(call.caller.qualname.partition(".<locals>")[0], call.callee.qualname) for call in calls}


def test_all_calls_are_observed(trial: Trial) -> None:
    assert (trial.observed.tests, trial.observed.ended) == ({"passed": 2}, "")
    expected = {(caller, callee) for caller, callee, _ in CALLS} | IMPLICIT | {("each", "each.<locals>.<lambda>")}
    if sys.version_info >= (3, 12):
        expected |= {("each", "numbers")}  # 3.11 does not tell what a call instruction calls
    assert shown(trial.observed.calls) == expected


def test_calls_are_found_by_their_place(trial: Trial, graph: CallGraph) -> None:
    placed = {call: graph.site(call) for call in trial.observed.calls}
    assert shown([call for call, site in placed.items() if site is None]) == IMPLICIT
    names = {(call.callee.qualname, site.callee_name) for call, site in placed.items() if site is not None}
    assert {("Till.add", "add"), ("checked", "checked"), ("Till.__init__", "Till"), ("one", "one")} <= names
    assert all(graph.definition(call.callee) for call in placed)


def test_the_graph_has_what_was_called(trial: Trial, graph: CallGraph) -> None:
    verdict = judge("shop", graph, trial.observed.calls, {*trial.files.values()})
    assert verdict.seen["implicit"] == len(IMPLICIT)
    assert verdict.found["site"] == verdict.seen["site"] >= len(CALLS)
    assert verdict.found["implicit"] >= 1, "the property is read by a method of its own class"
    assert verdict.closed_misses == []
    assert verdict.figures["sites"] == 2 + 1 + 4 + 2


def test_a_closed_site_without_its_target_is_a_miss(trial: Trial, graph: CallGraph) -> None:
    """The judge complains when it should."""
    site = next(site for site in graph.sites.values() if site.callee_name == "checked")
    kept, site.targets = site.targets, set()
    verdict = judge("shop", graph, trial.observed.calls, {*trial.files.values()})
    site.targets = kept
    assert site.completeness == "closed"
    assert len(verdict.closed_misses) == 1


def test_tests_that_cannot_be_run_are_told(tmp_path: Path) -> None:
    observed = observe(Job("none", {}, "unittest", ["no_such_module"], [tmp_path], tmp_path, 1.0))
    assert (observed.calls, observed.tests) == ([], {"passed": 0, "failed": 1})
