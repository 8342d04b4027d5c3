"""What extraction costs, in P: the CPU seconds of bare `ast.parse(bytes)` over the same files, collector off.

    python -m pipeline_tests.bench.extract FOLDER [--workers 2] [--repeat 3]

Absolute times drift on shared machines; ratios hold. P is measured between the runs it is compared with. Everything
counts: reading, writing Parquet, and starting the fork server and its workers, which is shown apart too because it does
not grow with the repository.
"""

from __future__ import annotations

import argparse
import ast
import gc
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.pool import Extracted, Work, WorkerPool, run_extractor
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.parquet import read_part
from pipeline_tests.extracting import OUTPUTS, STEPS, readable_rows

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """CPU seconds and other figures of one run over a folder."""

    parse: float
    extractors: dict[str, float]
    start: float
    everything: float
    wall: float
    lines: int
    bytes: int
    rows: dict[str, int]
    written: dict[str, int]
    peak: int
    stages: dict[str, tuple[float, ...]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="extract", description="What extraction costs, in P.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args(arguments)
    costs = [measure(options.folder, options.workers) for _ in range(options.repeat)]
    print("\n".join(_report(costs, options.workers)))


def measure(folder: Path, workers: int) -> Cost:
    """One run in fresh processes, with P measured before and after."""
    tree = walk(folder, "sample")
    before = parse_seconds(tree)
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        with _children() as spent, WorkerPool(workers) as pool:
            made = dict(_extract(pool, tree, Path(scratch)))
            wall = time.perf_counter() - started
            parts = {name: found for each in made.values() for name, found in each.parts.items()}
            lines = sum(part.rows for part in parts["lines"])
            size = sum(row["size"] for row in tree.table.to_pylist() if row["status"] == "ok")
    extractors = {name: each.cpu_seconds for name, each in made.items()}
    return Cost(
        parse=(before + parse_seconds(tree)) / 2,
        extractors=extractors,
        start=spent[0] - sum(extractors.values()),
        everything=spent[0],
        wall=wall,
        lines=lines,
        bytes=size,
        rows={name: sum(part.rows for part in found) for name, found in parts.items()},
        written={name: sum(part.bytes for part in found) for name, found in parts.items()},
        peak=max(each.peak_bytes for each in made.values()),
        stages={name: each.stage_milliseconds for name, each in made.items()},
    )


def parse_seconds(tree: Tree) -> float:
    """P: the CPU seconds of parsing every readable file, collector off."""
    rows = tree.table.filter(pc.equal(tree.table["status"], "ok")).to_pylist()
    sources = [(tree.root / row["path"]).read_bytes() for row in rows]
    gc.collect()
    gc.disable()
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            try:
                ast.parse(source)
            except (SyntaxError, ValueError, RecursionError):
                continue
    spent = time.process_time() - started
    gc.enable()
    return spent


def _extract(pool: WorkerPool, tree: Tree, warehouse: Path) -> Iterator[tuple[str, Extracted]]:
    for folder in ("data", "staging"):
        (warehouse / folder).mkdir()
    found = run_extractor(pool, Work(STEPS["files"], OUTPUTS["files"], tree.table, tree, warehouse))
    yield "files", found
    readable = readable_rows(pa.concat_tables(read_part(part, warehouse) for part in found.parts["files"]))
    for name in ("syntax", "scopes"):
        yield name, run_extractor(pool, Work(STEPS[name], OUTPUTS[name], readable, tree, warehouse))


@contextmanager
def _children() -> Iterator[list[float]]:
    """CPU seconds of the fork server and of all it started, filled in at the end."""
    from multiprocessing import forkserver

    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._stop()
    spent = [0.0]
    yield spent
    # workers have ended and been waited for, so their time is in the server's account
    figures = Path(f"/proc/{server._forkserver_pid}/stat").read_text().rpartition(")")[2].split()
    spent[0] = sum(map(int, figures[11:15])) / CLOCK_TICKS


def _report(costs: Sequence[Cost], workers: int) -> Iterator[str]:
    best = min(costs, key=lambda cost: cost.everything / cost.parse)
    yield f"{best.lines:,} lines, {best.bytes:,} bytes; python {sys.version.split()[0]}, {workers} workers"
    yield f"P = {statistics.median(cost.parse for cost in costs):.2f} s (ast.parse, collector off)"
    for name in best.extractors:
        stages = ", ".join(f"{each / 1e3 / best.parse:.2f}" for each in best.stages[name])
        yield f"{_ratio(name, [cost.extractors[name] / cost.parse for cost in costs])}; stages (wall) {stages}"
    yield _ratio("sum", [sum(cost.extractors.values()) / cost.parse for cost in costs])
    yield f"{_ratio('all', [cost.everything / cost.parse for cost in costs])}, starting workers included"
    yield f"start    {statistics.median(cost.start for cost in costs):5.2f} s   peak {best.peak / 1e6:.0f} MB a worker"
    yield f"speed    {best.lines / best.everything / 1e3:5.0f} kLOC a CPU second; wall {best.wall:.1f} s"
    for name, size in best.written.items():
        yield f"  {name:16} {best.rows[name]:>10,} rows  {size / best.lines:6.2f} bytes a line"


def _ratio(name: str, ratios: Sequence[float]) -> str:
    return f"{name:8} {statistics.median(ratios):5.2f} P   from {min(ratios):.2f} to {max(ratios):.2f}"


if __name__ == "__main__":
    main()
