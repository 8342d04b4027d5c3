"""What a build costs beyond extraction, task by task, in P: the CPU seconds of bare `ast.parse(bytes)` of its files.

    python -m pipeline_tests.bench.build FOLDER [FOLDER …] [--layers -pyrefly] [--tasks] [--json]

Builds each folder in a warehouse of its own through the product's runner, without Dagster, and adds up the CPU time of
this process, all of its threads included, by layer: composing, executing, writing and contract checks; invariants are
told apart, and of extract tasks, whose work is done by workers, only what they cost here is counted. Given
several folders, it fits how the cost of the normalize layer grows with lines.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.outcomes import CheckFailed
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import load_settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.bench.measuring import parse_seconds

LAYERS = ("extract", "normalize", "cpg", "products")
MOST_NORMALIZE = 4.0
MOST_MEGABYTES = 2048
CHECKS = "invariants"


@dataclass
class Built:
    """One folder's build: seconds of CPU by task, by layer and for invariants, and the sizes they belong to."""

    name: str
    parse: float
    lines: int = 0
    tasks: dict[str, tuple[str, float, int]] = field(default_factory=dict)
    """Task → its layer, CPU seconds, rows."""
    invariants: dict[str, float] = field(default_factory=dict)
    peak: int = 0
    """Largest resident size of this process so far, in bytes: folders are best given smallest first."""

    def layer(self, name: str) -> float:
        """CPU seconds of one layer."""
        return sum(spent for layer, spent, _ in self.tasks.values() if layer == name)

    def figures(self) -> dict[str, Any]:
        """Everything that is told of a build; costs in P."""
        return {
            "name": self.name,
            "lines": self.lines,
            "parse_seconds": self.parse,
            "layers": {name: self.layer(name) / self.parse for name in LAYERS},
            CHECKS: sum(self.invariants.values()) / self.parse,
            "peak_megabytes": self.peak / 2**20,
            "tasks": {
                name: {"layer": layer, "parses": spent / self.parse, "rows": rows}
                for name, (layer, spent, rows) in self.tasks.items()
            },
            "checks": {name: spent / self.parse for name, spent in self.invariants.items()},
        }


def measure(folder: Path, layers: str) -> Built:
    """Build one folder and account for its CPU time."""
    project = load_project()
    with tempfile.TemporaryDirectory() as scratch:
        warehouse = Warehouse.create(Path(scratch))
        warehouse.register(folder.name, folder, layers=chosen_layers(layers, project.layers))
        with Session(project, warehouse, folder.name, load_settings((folder,)), uuid.uuid4().hex) as session:
            built = Built(folder.name, parse_seconds(session.tree))
            for task in session.tasks():
                started = time.process_time()
                made = session.run_task(task.name)
                rows = sum(version.rows for version in made.versions.values())
                built.tasks[task.name] = (task.layer, time.process_time() - started, rows)
            for check in session.checks():
                started = time.process_time()
                verdict = session.run_check(check.name)
                built.invariants[check.name] = time.process_time() - started
                if verdict.blocking and not verdict.passed:
                    raise CheckFailed(check.name, (verdict,))
            built.lines = _lines(session)
            built.parse = (built.parse + parse_seconds(session.tree)) / 2
    built.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return built


def growth(builds: Sequence[Built]) -> float | None:
    """The exponent with which the normalize layer's cost grows with lines: the slope of both logarithms."""
    points = [(math.log(built.lines), math.log(built.layer("normalize"))) for built in builds]
    if len({x for x, _ in points}) < 2:
        return None
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--layers", default="-pyrefly")
    parser.add_argument("--tasks", action="store_true", help="a line a task, and one an invariant")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    builds = [measure(folder.resolve(), asked.layers) for folder in asked.folders]
    if asked.json:
        print(json.dumps({"python": platform.python_version(), "builds": [b.figures() for b in builds]}, indent=2))
    else:
        print("\n".join(_lines_of(builds, asked.tasks)))


def _lines(session: Session) -> int:
    """Lines of all files."""
    held = session.version("lines")
    assert held is not None
    return sum(part.rows for part in held.parts)


def _lines_of(builds: Sequence[Built], with_tasks: bool) -> Iterator[str]:
    yield f"CPython {platform.python_version()}; CPU in P, the time of bare ast.parse"
    yield f"{'':24}{'lines':>9}{'P s':>7}" + "".join(f"{name:>11}" for name in (*LAYERS, CHECKS)) + f"{'MB':>7}"
    for built in builds:
        spent = [*(built.layer(name) for name in LAYERS), sum(built.invariants.values())]
        costs = "".join(f"{each / built.parse:11.2f}" for each in spent)
        yield f"{built.name:24}{built.lines:>9}{built.parse:7.2f}{costs}{built.peak / 2**20:7.0f}"
    for built in builds if with_tasks else ():
        yield from _task_lines(built)
    most = max(built.layer("normalize") / built.parse for built in builds)
    yield f"normalize: {most:.2f} P at most, {MOST_NORMALIZE} wanted; memory {MOST_MEGABYTES} MB wanted"
    exponent = growth(builds)
    if exponent is not None:
        yield f"normalize grows with lines to the power of {exponent:.2f}"


def _task_lines(built: Built) -> Iterator[str]:
    costs: Mapping[str, tuple[str, float, int]] = built.tasks
    for layer in LAYERS:
        yield f"\n{built.name}: {layer}"
        of_layer = [(spent, name, rows) for name, (found, spent, rows) in costs.items() if found == layer]
        for spent, name, rows in sorted(of_layer, reverse=True):
            yield f"  {name:28}{spent / built.parse:7.3f} P{rows:>11} rows{spent / max(rows, 1) * 1e6:9.2f} µs a row"
    yield f"\n{built.name}: {CHECKS}"
    for name, spent in sorted(built.invariants.items(), key=lambda item: -item[1]):
        yield f"  {name:40}{spent / built.parse:7.3f} P"


if __name__ == "__main__":
    main()
