"""What orchestration costs of a build: CPU of this process beside what the tasks and checks themselves take.

    python -m pipeline_tests.bench.orchestration FOLDER [FOLDER …]

Builds each folder through Dagster in a warehouse of its own, Pyrefly left out, extraction in one worker (whose CPU is
not counted). Run it twice: the first compiles the plan where that is not kept. The goal is 6 s flat, 0.15 s a dataset
and a twentieth of the work.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import load_settings
from pipeline_assets.store.warehouse import Warehouse

FLAT, A_DATASET, OF_WORK = 6.0, 0.15, 0.05


@dataclass(frozen=True)
class Costs:
    """CPU seconds of one build."""

    datasets: int
    loading: float
    work: float
    events: float
    closing: float

    @property
    def overhead(self) -> float:
        """All that is not the tasks' and checks' own."""
        return self.loading + self.events + self.closing

    @property
    def goal(self) -> float:
        """What it may be."""
        return FLAT + A_DATASET * self.datasets + OF_WORK * self.work


def main() -> None:
    """Print a row per folder; what loading takes is counted with each."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folders", nargs="+", type=Path)
    folders = arguments.parse_args().folders
    importlib.import_module("pipeline_assets.orchestration.builds")
    project = load_project()
    loading = time.process_time()
    print("folder       datasets  loading   work  events  closing  overhead   goal")
    for folder in folders:
        cost = measure(folder, project, loading)
        print(
            f"{folder.name:12s} {cost.datasets:8d} {cost.loading:8.2f} {cost.work:6.1f} {cost.events:7.2f} "
            f"{cost.closing:8.2f} {cost.overhead:9.2f} {cost.goal:6.1f}"
        )


def measure(folder: Path, project: Project, loading: float) -> Costs:
    """Build `folder`, with a clock around every task and check."""
    from pipeline_assets.orchestration.builds import build_through_dagster

    settings = load_settings((folder,), workers=1)
    with tempfile.TemporaryDirectory(prefix="cpg-bench-") as place:
        warehouse = Warehouse.create(Path(place) / "warehouse")
        warehouse.register("bench", folder, layers=chosen_layers("-pyrefly", project.layers))
        clock = _Clock()
        with Session(project, warehouse, "bench", settings, str(uuid.uuid4())) as session:
            vars(session)["run_task"] = clock.around(session.run_task)
            vars(session)["run_check"] = clock.around(session.run_check)
            began = time.process_time()
            outcome = build_through_dagster(session)
            ended = time.process_time()
            assert outcome.succeeded, outcome.failures
            assert session.snapshot is not None
            datasets = len(session.snapshot.datasets)
        closing = time.process_time() - ended
    return Costs(datasets, loading, clock.seconds, ended - began - clock.seconds, closing)


class _Clock:
    """Adds up what functions take."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, function: Callable[[str], Any]) -> Callable[[str], Any]:
        """The function, with its CPU added up."""

        def timed(name: str) -> Any:
            began = time.process_time()
            try:
                return function(name)
            finally:
                self.seconds += time.process_time() - began

        return timed


if __name__ == "__main__":
    main()
