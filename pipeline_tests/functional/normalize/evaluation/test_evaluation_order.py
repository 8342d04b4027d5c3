"""The flow read off the syntax against the interpreter: what a program records is a path, and every path can be run."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_tests.functional.normalize.evaluation.paths import Machines, paths_of
from pipeline_tests.functional.normalize.evaluation.recording import Decide, Stop, observed
from pipeline_tests.functional.normalize.evaluation.trees import functions_of
from pipeline_tests.functional.normalize.evaluation.writer import Writer

SEEDS = st.lists(st.integers(0, 2**32), min_size=12, max_size=12, unique=True)
RUNS, MOST_EVENTS = 5, 150
PATH_EVENTS, MOST_PATHS = 9, 300

search = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@search
@given(SEEDS)
def test_every_record_is_a_path(seeds: list[int]) -> None:
    writers = [Writer(Random(seed)) for seed in seeds]
    recorded = 0
    for writer, program in zip(writers, functions_of(writer.text for writer in writers), strict=True):
        machines = Machines(program)
        for run in range(RUNS):
            events, is_complete = observed(writer.text, chance(Random(run), writer.inner))
            recorded += len(events)
            refused = machines.first_refused(events, is_complete)
            assert refused is None, f"event {refused} of {events[: refused + 1]} in\n{writer.text}"
    assert recorded > 10 * len(seeds)


@search
@given(SEEDS)
def test_every_path_can_be_run(seeds: list[int]) -> None:
    writers = [Writer(Random(seed), branching=True) for seed in seeds]
    taken = 0
    for writer, program in zip(writers, functions_of(writer.text for writer in writers), strict=True):
        machines = Machines(program)
        for path in paths_of(machines.scopes[0], PATH_EVENTS, MOST_PATHS):
            events, is_complete = observed(writer.text, _script([outcome for _, outcome in path.events]))
            assert [machines.known(event)[:2] for event in events] == [name for name, _ in path.events], writer.text
            assert is_complete or not path.is_complete, writer.text
            taken += 1
    assert taken > 10 * len(seeds)


def chance(random: Random, inner: set[int]) -> Decide:
    """Outcomes by chance; what is inside comprehensions, lambdas and classes never raises."""
    left = iter(range(MOST_EVENTS))

    def decide(kind: str, number: int) -> bool | None:
        if next(left, None) is None:
            raise Stop
        if number not in inner and kind != "type" and random.random() < 0.08:
            return None
        return random.random() < 0.5

    return decide


def _script(outcomes: list[bool | None]) -> Decide:
    """These outcomes, one after the other, then the end."""
    left = iter(outcomes)

    def decide(kind: str, number: int) -> bool | None:
        try:
            return next(left)
        except StopIteration:
            raise Stop from None

    return decide
