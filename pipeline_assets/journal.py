"""The journal of one session: what it ran, written to the record tables when it ends; the catalog is rebuilt then."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.measuring import UNKNOWN
from pipeline_assets.inference.manifest import TaskPlan
from pipeline_assets.outcomes import TaskResult
from pipeline_assets.profiling import StageRun, column_deltas
from pipeline_assets.project import Project
from pipeline_assets.store.catalog import build_catalog
from pipeline_assets.store.parquet import read_part
from pipeline_assets.store.records import POLICY_VIOLATIONS, RUNS, STAGE_RUNS, WAVES, append
from pipeline_assets.store.snapshot import DatasetVersion, Snapshot
from pipeline_assets.store.warehouse import Warehouse
from pipeline_assets.telemetry import recorder


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many files were read, how many lines they have, and how many of them some layer could not read."""

    files: int
    lines: int
    errors: int


def count_files(warehouse: Warehouse, snapshot: Snapshot | None) -> FileCounts:
    """Counts from `files`, `lines` and `extract_status` as the snapshot holds them; zeros where it does not."""
    held = snapshot.datasets if snapshot else {}
    status = _column(warehouse, held.get("files"), "status")
    failed: set[int] = set()
    if "extract_status" in held:
        for part in held["extract_status"].parts:
            rows = read_part(part, warehouse.root, ["file_id", "status"])
            bad = rows.filter(pc.invert(pc.is_in(rows["status"], pa.array(["ok", "skipped"]))))
            failed.update(bad["file_id"].to_pylist())
    return FileCounts(status.count("ok"), held["lines"].rows if "lines" in held else 0, len(failed))


def _column(warehouse: Warehouse, version: DatasetVersion | None, name: str) -> list[Any]:
    parts = version.parts if version else ()
    return [value for part in parts for value in read_part(part, warehouse.root, [name])[name].to_pylist()]


def stage_row(plan: TaskPlan, run: StageRun) -> dict[str, Any]:
    """What one stage cost, as a row of `stage_runs` without run and repository."""
    size_in, size_out = run.size_in or UNKNOWN, run.size_out or UNKNOWN
    added, dropped = column_deltas(size_in.columns, size_out.columns)
    return {
        "task_name": run.task_name,
        "stage": run.stage,
        "ordinal": run.ordinal,
        "kind": plan.kind,
        "label": run.label,
        "milliseconds": run.milliseconds,
        "rows_in": size_in.rows,
        "rows_out": size_out.rows,
        "bytes": size_out.bytes,
        "columns_added": added,
        "columns_dropped": dropped,
        "finding": run.finding,
        "plan_fingerprint": plan.fingerprint,
        "stage_fingerprint": plan.stages[run.ordinal].stage_fingerprint,
    }


class Journal:
    """Collects what a session did; `close` writes one `runs` row, and the rows of stages, waves and violations."""

    def __init__(self, project: Project, scope: str, run_id: str, telemetry: str = "off") -> None:
        self._project, self._scope, self._run_id = project, scope, run_id
        self._started, self._clock = datetime.now(UTC), time.perf_counter()
        self._results: list[TaskResult] = []
        self._errors: dict[str, BaseException] = {}
        self._told = recorder(telemetry, scope, run_id)

    def add(self, result: TaskResult) -> None:
        """Remember what one task gave."""
        self._results.append(result)
        self._told.task(self._project.manifest.task(result.task), result)

    @property
    def error(self) -> BaseException | None:
        """The first error that nothing mended since, also where Dagster made a failed step of it."""
        return next(iter(self._errors.values()), None)

    @contextmanager
    def watching(self, what: str) -> Iterator[None]:
        """Remember an error of `what`: under Dagster a failing step does not end the session; a retry may mend it."""
        try:
            yield
        except BaseException as error:
            self._errors.setdefault(what, error)
            raise
        self._errors.pop(what, None)

    def close(
        self, warehouse: Warehouse, snapshot: Snapshot | None, error: BaseException | None, *, joined: bool = False
    ) -> None:
        """Write the records and rebuild the catalog; does nothing for a session that ran nothing.

        A session that `joined` a run records its tasks; the run is for the other to record.
        """
        if error is not None:
            self._errors.setdefault("", error)
        self._told.close(self.error)
        if not self._results and self.error is None:
            return
        if not joined:
            append(warehouse, RUNS, [self._run_row(warehouse, snapshot)])
            append(warehouse, POLICY_VIOLATIONS, [self._named(row) for row in self._project.manifest.violations])
        append(warehouse, STAGE_RUNS, list(self._stage_rows()))
        append(warehouse, WAVES, list(self._wave_rows()))
        if not joined:
            build_catalog(warehouse, self._project.catalog)
            self._project.keep()

    def note_run(self, warehouse: Warehouse, snapshot: Snapshot | None, failure: str | None) -> None:
        """What `close` would record of a run whose tasks other sessions ran."""
        row = self._run_row(warehouse, snapshot)
        held = snapshot.datasets.values() if snapshot else ()
        row["reused"] = sum(version.run_id != self._run_id for version in held)
        row |= {"status": "failed" if failure else "ok", "message": failure}
        append(warehouse, RUNS, [row])
        append(warehouse, POLICY_VIOLATIONS, [self._named(found) for found in self._project.manifest.violations])
        build_catalog(warehouse, self._project.catalog)

    def note_nothing_to_do(self, warehouse: Warehouse, snapshot: Snapshot) -> None:
        """One `runs` row for a build that found everything up to date."""
        append(warehouse, RUNS, [self._run_row(warehouse, snapshot) | {"status": "nothing_to_do"}])

    def _named(self, row: Any) -> dict[str, Any]:
        return {"run_id": self._run_id, "repository": self._scope, **row}

    def _run_row(self, warehouse: Warehouse, snapshot: Snapshot | None) -> dict[str, Any]:
        counts = count_files(warehouse, snapshot)
        return self._named(
            {
                "started": self._started,
                "seconds": time.perf_counter() - self._clock,
                "status": "failed" if self.error else "ok",
                "snapshot": snapshot.id if snapshot and snapshot.is_consistent else None,
                "plan_fingerprint": self._project.manifest.plan_fingerprint,
                "files": counts.files,
                "lines": counts.lines,
                "reused": sum(len(result.versions) for result in self._results if result.reused),
                "errors": counts.errors,
                "message": str(self.error) if self.error else None,
            }
        )

    def _stage_rows(self) -> Iterator[dict[str, Any]]:
        for result in self._results:
            plan = self._project.manifest.task(result.task)
            yield from (self._named(stage_row(plan, run)) for run in result.stages)

    def _wave_rows(self) -> Iterator[dict[str, Any]]:
        for result in self._results:
            plan = self._project.manifest.task(result.task)
            inputs = {name: v for made in result.versions.values() for name, v in made.inputs.items()}
            yield self._named(
                {
                    "generation": plan.generation,
                    "task_name": plan.name,
                    "stages": len(plan.stages),
                    "fingerprint": plan.fingerprint,
                    "rows": sum(made.rows for made in result.versions.values()),
                    "seconds": 0.0 if result.reused else result.seconds,
                    "reused": result.reused,
                    "inputs": json.dumps(inputs, sort_keys=True),
                    "slack": self._slack()[plan.name],
                    "violations": sum(not verdict.passed for verdict in result.verdicts),
                }
            )

    def _slack(self) -> dict[str, int]:
        """Generations a task could be later without delaying anything: the graph's slack with each task one long."""
        tasks = {task.name: 1.0 for task in self._project.manifest.tasks}
        return {name: int(slack) for name, slack in self._project.graph.slack(tasks).items()}
