"""What looking at stages costs: `python -m pipeline_tests.bench.stages PATH` builds without, with spans, and profiled.

CPU seconds of this process as ratios to the build without anything; and what the switched-off telemetry
adds to a build, measured by calling it as often as a build does.
"""

from __future__ import annotations

import sys
import tempfile
import time
import timeit
from collections.abc import Mapping
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline_assets.api import build
from pipeline_assets.project import load_project
from pipeline_assets.settings import Settings
from pipeline_assets.telemetry import Silence

MODES: Mapping[str, dict[str, str]] = {
    "nothing": {},
    "spans": {"telemetry": "opentelemetry"},
    "profiled": {"profile": "stages"},
}


def seconds(root: Path, chosen: Mapping[str, str]) -> float:
    """CPU seconds of this process for one build; workers do the same in every mode."""
    started = time.process_time()
    with (
        tempfile.TemporaryDirectory() as place,
        build(root, warehouse=place, settings=Settings(**chosen), layers="-pyrefly"),
    ):
        return time.process_time() - started


def main() -> None:
    """Print a line per mode."""
    root, exporter, provider = Path(sys.argv[1]), InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    manifest = load_project().manifest
    seconds(root, {})  # imports, the compiled plan and its SQL are there from now on
    taken = {mode: seconds(root, chosen) for mode, chosen in MODES.items()}
    for mode, cpu in taken.items():
        print(f"{mode:10} {cpu:7.2f} s  {cpu / taken['nothing']:5.2f}")
    task, calls = manifest.tasks[0], len(manifest.tasks)
    off = timeit.timeit(lambda: Silence().task(task, None), number=1000 * calls) / 1000  # type: ignore[arg-type]
    print(f"telemetry that is off: {off * 1e6:.0f} µs a build, {off / taken['nothing']:.6%}")
    print(f"{len(exporter.get_finished_spans())} spans")


if __name__ == "__main__":
    main()
