"""What programs really did is in the tables; and the judge complains when it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline_tests.judge.cases import Cases, hand_written, random_programs
from pipeline_tests.judge.judging import CHECKS, judge, watch
from pipeline_tests.judge.library import SHORT_SOURCES, SHORT_TESTS
from pipeline_tests.judge.observed import Observed
from pipeline_tests.judge.precision import figures
from pipeline_tests.judge.recorder import ENTRY
from pipeline_tests.judge.tables import Tables, Unit

RANDOM = range(12)
LEAST = {
    "steps": 40_000,
    "leaps": 30_000,
    "ends": 1_000,
    "names": 5_000,
    "reads": 3_000,
    "lines": 4_000,
    "dead": 20_000,
}
"""Different things that each check compares at least."""


class Court:
    """The tables of all cases and what their programs did."""

    def __init__(self, root: Path) -> None:
        self.cases = Cases(root)
        self.cases.add_programs(hand_written())
        self.cases.add_programs(random_programs(RANDOM))
        self.cases.add_library(SHORT_SOURCES, SHORT_TESTS)
        self.tables = Tables(root)
        self.observed: Observed = watch(self.tables, self.cases.jobs(2_000, 5_000, 10.0))
        self.verdicts = judge(self.tables, self.observed)

    def run_units(self) -> list[Unit]:
        """The code units that were run."""
        return [self.tables.units[self.tables.by_key[key]] for key in self.observed.codes]

    def crossed(self) -> tuple[Unit, tuple[int, int]]:
        """A unit, and an edge between two kept blocks of it that was taken."""
        for unit, counts in zip(self.run_units(), self.observed.codes.values(), strict=True):
            for start, end in counts.leaps:
                if start != ENTRY:
                    pair = unit.blocks[unit.places[start]], unit.blocks[unit.places[end]]
                    if pair[0] != pair[1] and pair in unit.flow and pair in {edge[:2] for edge in unit.edges}:
                        return unit, pair
        raise AssertionError("nothing was run")


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    """Built once: it takes most of the time."""
    made = Court(tmp_path_factory.mktemp("judged"))
    yield made
    made.tables.close()


def test_enough_is_run_and_all_of_it_is_known(court: Court) -> None:
    assert court.observed.failed == []
    assert court.observed.transitions > 100_000
    assert len(court.cases.programs) >= 60 + len(RANDOM)
    assert [key[:3] for key in court.observed.codes if key not in court.tables.by_key] == []


def test_every_check_is_made(court: Court) -> None:
    assert court.verdicts.keys() == CHECKS.keys() == LEAST.keys()


@pytest.mark.parametrize("check", CHECKS)
def test_what_happened_is_in_the_tables(court: Court, check: str) -> None:
    verdict = court.verdicts[check]
    assert [str(mismatch) for mismatch in verdict.mismatches] == []
    assert verdict.distinct > LEAST[check]


def test_figures_tell_how_much_is_said_beyond_what_was_seen(court: Court) -> None:
    found = figures(court.tables, court.observed)
    assert 0.3 < found["share of blocks run"] <= 1
    assert 0.3 < found["share of control-flow edges of these blocks that were taken"] <= 1
    assert 1 <= found["definitions a use, local"] < 3


# -- positive controls: each takes away, or changes, something that was seen


def _without_an_edge(court: Court, patch: pytest.MonkeyPatch) -> None:
    unit, crossed = court.crossed()
    patch.setattr(unit, "edges", {edge for edge in unit.edges if edge[:2] != crossed})


def _without_a_way(court: Court, patch: pytest.MonkeyPatch) -> None:
    unit, crossed = court.crossed()
    patch.delitem(unit.flow, crossed)


def _with_another_raiser(court: Court, patch: pytest.MonkeyPatch) -> None:
    for unit in court.run_units():
        for pair, ways in unit.flow.items():
            patch.setitem(unit.flow, pair, {way._replace(node=-1) if way.is_exceptional else way for way in ways})


def _without_exits(court: Court, patch: pytest.MonkeyPatch) -> None:
    for unit in court.run_units():
        patch.setattr(unit, "exits", set())
        patch.setattr(unit, "raising", set())


def _with_another_resolution(court: Court, patch: pytest.MonkeyPatch) -> None:
    other = {"builtin": "global", "local": "builtin", "enclosing": "class"}
    changed = {
        at: (name, other.get(resolution, resolution), reason)
        for at, (name, resolution, reason) in court.tables.resolutions.items()
    }
    patch.setattr(court.tables, "resolutions", changed)


def _without_definitions(court: Court, patch: pytest.MonkeyPatch) -> None:
    for use in court.tables.data_flow.uses.values():
        patch.setattr(use, "definitions", set(list(use.definitions)[:-1]))


def _with_everything_bound(court: Court, patch: pytest.MonkeyPatch) -> None:
    for use in court.tables.data_flow.uses.values():
        patch.setattr(use, "is_possibly_unbound", False)


def _with_everything_certain(court: Court, patch: pytest.MonkeyPatch) -> None:
    nodes = court.tables.data_flow.nodes
    for use in court.tables.data_flow.uses.values():
        patch.setattr(use, "certain", {nodes[each] for each in list(use.definitions)[:1]})


def _without_spans(court: Court, patch: pytest.MonkeyPatch) -> None:
    for unit in court.run_units():
        patch.setattr(unit, "spans", unit.spans[:1])


def _with_dead_blocks(court: Court, patch: pytest.MonkeyPatch) -> None:
    for unit in court.run_units():
        patch.setattr(unit, "reachable", dict.fromkeys(unit.reachable, False))


def _with_dead_syntax(court: Court, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(court.tables, "dead_nodes", {*court.tables.anchored.values()})


def _with_dead_lines(court: Court, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(court.tables, "dead_lines", {unit.path: {*unit.lines} for unit in court.run_units()})


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        ("steps", _without_an_edge),
        ("leaps", _without_a_way),
        ("leaps", _with_another_raiser),
        ("ends", _without_exits),
        ("names", _with_another_resolution),
        ("reads", _without_definitions),
        ("reads", _with_everything_bound),
        ("reads", _with_everything_certain),
        ("lines", _without_spans),
        ("dead", _with_dead_blocks),
        ("dead", _with_dead_syntax),
        ("dead", _with_dead_lines),
    ],
)
def test_the_judge_complains(
    court: Court,
    monkeypatch: pytest.MonkeyPatch,
    check: str,
    spoil: Callable[[Court, pytest.MonkeyPatch], None],
) -> None:
    spoil(court, monkeypatch)
    spoiled = judge(court.tables, court.observed, only=(check,))[check]
    assert len(spoiled.mismatches) > len(court.verdicts[check].mismatches)
