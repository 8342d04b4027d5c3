"""What an exception means to whoever typed the command: an exit code and a message that helps."""

from __future__ import annotations

import os
import tempfile
import traceback

from pipeline_assets.cli.terminal import complain, say

OK, FAILED, USAGE, UNEXPECTED = 0, 1, 2, 3

HANDLED = (
    "pipeline_assets.cli.build.BuildFailed",
    "pipeline_assets.inference.errors.InferenceError",
    "pipeline_assets.orchestration.instance.NoPostgresError",
    "pipeline_assets.orchestration.serve.PortInUseError",
    "pipeline_assets.outcomes.RunError",
    "pipeline_assets.products.flows.spec.FlowError",
    "pipeline_assets.sources.errors.SourceError",
    "pipeline_assets.store.errors.StoreError",
    "pipeline_assets.telemetry.TelemetryMissing",
)
"""Failures that say themselves what, where and what to do; by name, so that reporting one imports nothing."""


def is_handled(error: BaseException) -> bool:
    """Whether the error was raised on purpose, with a sentence for the user."""
    return any(f"{kind.__module__}.{kind.__qualname__}" in HANDLED for kind in type(error).__mro__)


def report(error: Exception) -> int:
    """Tell what went wrong on stderr; returns the exit code."""
    if is_handled(error):
        complain(str(error))
        return FAILED
    return report_unexpected(
        " ".join(f"{type(error).__name__}: {error}".split()), "".join(traceback.format_exception(error))
    )


def report_unexpected(message: str, stack: str) -> int:
    """Tell of a defect: one line, and the traceback in a file, or on stderr with `CPG_DEBUG=1`."""
    complain(f"unexpected: {message}")
    if os.environ.get("CPG_DEBUG", "0") not in ("", "0"):
        say(stack)
    else:
        say(f"The traceback is in {_saved(stack)}; CPG_DEBUG=1 prints it. This is a defect of cpg: please report it.")
    return UNEXPECTED


def _saved(stack: str) -> str:
    with tempfile.NamedTemporaryFile("wb", prefix="cpg-error-", suffix=".txt", delete=False) as file:
        file.write(stack.encode("utf-8", "backslashreplace"))
    return file.name
