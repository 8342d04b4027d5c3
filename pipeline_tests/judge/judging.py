"""Build the tables, run the programs, compare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipeline_tests.judge.names import name_check
from pipeline_tests.judge.observed import Counts, Job, Observed
from pipeline_tests.judge.places import dead_check, line_check
from pipeline_tests.judge.reads import read_check
from pipeline_tests.judge.running import run
from pipeline_tests.judge.tables import Tables, Unit
from pipeline_tests.judge.transitions import check_ends, check_steps, leap_check
from pipeline_tests.judge.verdicts import Verdict

Check = Callable[[Unit, Counts, Verdict], None]

CHECKS: dict[str, tuple[Callable[[Tables], Check], tuple[str, ...]]] = {
    "steps": (lambda tables: check_steps, ("blocks", "block_edges")),
    "leaps": (leap_check, ("cfg_blocks", "cfg_edges", "anchors")),
    "ends": (lambda tables: check_ends, ("cfg_blocks", "cfg_edges")),
    "lines": (line_check, ("cfg_blocks", "anchors")),
    "dead": (dead_check, ("cfg_blocks", "syntax_flow", "anchors")),
    "names": (name_check, ("anchors", "name_resolutions")),
    "reads": (read_check, ("def_use", "reaching_defs")),
}
"""Each check with the datasets it reads."""


def watch(
    tables: Tables,
    jobs: Iterable[Job],
    timeout: float = 300.0,
    workers: int = 1,
    progress: Callable[[Job, Observed], None] = lambda job, found: None,
) -> Observed:
    """Everything that the jobs' processes saw."""
    overlooked = tables.overlooked()
    observed = Observed()
    given = [replace(job, overlooked=overlooked) for job in jobs]
    with ThreadPoolExecutor(workers) as pool:
        for job, found in zip(given, pool.map(lambda job: run(job, timeout), given), strict=True):
            progress(job, found)
            observed.add(found)
    return observed


def judge(tables: Tables, observed: Observed, only: Collection[str] = ()) -> dict[str, Verdict]:
    """The verdict of every check, or some, whose datasets are there."""
    chosen = {name: CHECKS[name] for name in only or CHECKS}
    there = {name: make(tables) for name, (make, datasets) in chosen.items() if tables.has(*datasets)}
    verdicts = {name: Verdict(name) for name in there}
    for key, counts in observed.codes.items():
        if key in tables.by_key:
            unit = tables.units[tables.by_key[key]]
            for name, check in there.items():
                check(unit, counts, verdicts[name])
    return verdicts
