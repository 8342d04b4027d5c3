"""OpenTelemetry spans of a build: the run, in it its tasks, in them their stages. Off unless it is asked for.

Spans are written from what the journal is told anyway, with the times that were measured: nothing is wrapped, so that
there is nothing to pay where telemetry is off. Needs the extra `telemetry`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.outcomes import TaskResult

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

SERVICE = "cpg"


class TelemetryMissing(Exception):
    """Telemetry was asked for, and its libraries are not installed."""

    def __str__(self) -> str:
        return "telemetry needs OpenTelemetry: pip install 'pipeline-assets[telemetry]', or unset CPG_TELEMETRY"


class Recorder(Protocol):
    """Who is told of a run."""

    def task(self, plan: TaskPlan, result: TaskResult) -> None:
        """A task has ended just now."""

    def close(self, error: BaseException | None) -> None:
        """The run has ended just now."""


class Silence:
    """Tells nobody."""

    def task(self, plan: TaskPlan, result: TaskResult) -> None:
        """Nothing."""

    def close(self, error: BaseException | None) -> None:
        """Nothing."""


def recorder(chosen: str, scope: str, run_id: str) -> Recorder:
    """Who is told of a run when `chosen` is the setting `telemetry`; raises `TelemetryMissing`."""
    return Silence() if chosen == "off" else Spans(_tracer(), scope, run_id)


class Spans:
    """A trace of one run."""

    def __init__(self, tracer: Tracer, scope: str, run_id: str) -> None:
        self._tracer = tracer
        attributes = {"cpg.repository": scope, "cpg.run_id": run_id}
        self._run = tracer.start_span(f"build {scope}", attributes=attributes)

    def task(self, plan: TaskPlan, result: TaskResult) -> None:
        """A span for the task, and in it one for each stage that was executed, one after the other as they ran."""
        ended = time.time_ns()
        started = ended - _nanoseconds(result.seconds * 1e3)
        task = self._start(plan.name, self._run, started, _task_attributes(plan, result))
        at = started
        for run in result.stages:
            if run.label == "execute":
                before, at = at, at + _nanoseconds(run.milliseconds)
                rows = {} if run.size_out is None or run.size_out.rows is None else {"cpg.rows": run.size_out.rows}
                stage = plan.stages[run.ordinal]
                attributes = {**stage.tags, **rows}
                self._start(f"{plan.name}.{run.stage}", task, before, _prefixed(attributes)).end(at)
        task.end(ended)

    def close(self, error: BaseException | None) -> None:
        """End the run's span, with the error that ended the run if one did."""
        from opentelemetry.trace import Status, StatusCode

        if error is not None:
            self._run.record_exception(error)
            self._run.set_status(Status(StatusCode.ERROR, str(error)))
        self._run.end()

    def _start(self, name: str, parent: Any, started: int, attributes: dict[str, Any]) -> Any:
        from opentelemetry.trace import set_span_in_context

        return self._tracer.start_span(name, set_span_in_context(parent), attributes=attributes, start_time=started)


def _tracer() -> Tracer:
    """Of the provider that the process has set up, or else of one that exports as `OTEL_*` in the environment says."""
    try:
        from opentelemetry import trace
        from opentelemetry.trace import ProxyTracerProvider
    except ImportError as missing:
        raise TelemetryMissing from missing
    if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
        trace.set_tracer_provider(_exporting())
    return trace.get_tracer(SERVICE)


def _exporting() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise TelemetryMissing from missing
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _task_attributes(plan: TaskPlan, result: TaskResult) -> dict[str, Any]:
    return _prefixed(
        {
            "kind": plan.kind,
            "layer": plan.layer,
            "generation": plan.generation,
            "plan_fingerprint": plan.fingerprint,
            "reused": result.reused,
            "rows": sum(version.rows for version in result.versions.values()),
        }
    )


def _prefixed(attributes: dict[str, Any]) -> dict[str, Any]:
    return {f"cpg.{name.removeprefix('cpg.')}": value for name, value in attributes.items()}


def _nanoseconds(milliseconds: float) -> int:
    return int(milliseconds * 1e6)
