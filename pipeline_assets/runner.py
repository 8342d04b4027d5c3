"""The one task runner: build a task's plan, execute it, check it, commit it — for the Python API and Dagster alike.

A session works on one scope: a registered repository, or the platform (datasets that join repositories).
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

import duckdb
import pyarrow as pa

from pipeline_assets.checks.contract import check_contract, check_expression
from pipeline_assets.execution import Execution, Result, execute
from pipeline_assets.extract.pool import Held, WorkerPool
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import CheckPlan, Read, TaskPlan
from pipeline_assets.journal import Journal
from pipeline_assets.outcomes import CheckFailed, Decision, MissingInput, TaskResult
from pipeline_assets.products.manifest_lineage import MANIFEST_LINEAGE, manifest_lineage_rows
from pipeline_assets.project import Project
from pipeline_assets.settings import Settings
from pipeline_assets.sources.given import GIVEN, rows_version
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.bound import Bound
from pipeline_assets.store.columns import stored_columns
from pipeline_assets.store.connection import connect
from pipeline_assets.store.errors import CorruptPart
from pipeline_assets.store.memory import system_memory
from pipeline_assets.store.mirror import pull, push
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import Part, check_presence
from pipeline_assets.store.publish import commit, head, read
from pipeline_assets.store.snapshot import DatasetVersion, Snapshot, Verdict, dataset_version
from pipeline_assets.store.warehouse import Repository, Warehouse

Progress = Callable[[str, int, int], None]
"""Called with a task's name, work done and work in all."""


class Session:
    """A run on one scope. A context manager: it holds the scope's build lock and a scratch folder while it lasts.

    While a session of the same run is open in another process, this is one of its steps: that one holds the lock,
    publishes to object storage and records the run.
    """

    def __init__(
        self,
        project: Project,
        warehouse: Warehouse,
        scope: str,
        settings: Settings,
        run_id: str,
        progress: Progress | None = None,
        lock_seconds: float = 600.0,
    ) -> None:
        self.project, self.warehouse, self.scope, self.settings = project, warehouse, scope, settings
        self.run_id = run_id
        self.progress = progress or (lambda task, done, total: None)
        self._lock_seconds = lock_seconds
        self._resources = ExitStack()
        self._given: dict[str, pa.Table] = {}
        self._journal = Journal(project, scope, run_id, settings.telemetry)

    def __enter__(self) -> Session:
        with ExitStack() as resources:
            if not self._joins:
                resources.enter_context(self.warehouse.building(self.scope, self._lock_seconds))
                pull(self.warehouse, self.scope, building=True)
            resources.enter_context(system_memory())
            self._scratch = resources.enter_context(self.warehouse.run(self.run_id))
            self._snapshot = head(self.warehouse, self.scope)
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and not self._joins:
                push(self.warehouse, self.scope)
        finally:
            try:
                self._resources.close()
            finally:
                self._journal.close(self.warehouse, self._snapshot, error, joined=self._joins)

    # -- what there is

    @cached_property
    def _joins(self) -> bool:
        """Whether another process holds what this run needs."""
        return self.run_id in self.warehouse.live_runs()

    @cached_property
    def tree(self) -> Tree:
        """The repository's files, walked once a session."""
        return walk(
            Path(self._repository.root),
            self.scope,
            self._repository.selection,
            max_file_bytes=self.settings.max_file_bytes,
            max_files=self.settings.max_files,
        )

    def given(self, source: str) -> pa.Table:
        """The rows of a declared source, found once a session."""
        if source not in self._given:
            self._given[source] = self._find_given(source)
        return self._given[source]

    def _find_given(self, source: str) -> pa.Table:
        if source == MANIFEST_LINEAGE.name:
            return manifest_lineage_rows(self.project.manifest)
        found = next(given for given in GIVEN if given.contract.name == source)
        return found.rows(self._repository, self.tree)

    @cached_property
    def _repository(self) -> Repository:
        return self.warehouse.repository(self.scope)

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The session's DuckDB connection, opened when first needed."""
        connection = connect(
            memory_limit=self.settings.memory_limit,
            threads=self.settings.thread_count,
            temp=self._scratch,
            macros=MACROS,
        )
        self._resources.callback(connection.close)
        return connection

    @cached_property
    def _bound(self) -> Bound:
        return Bound(self.connection, self.warehouse.root)

    @cached_property
    def pool(self) -> WorkerPool:
        """The extraction workers, started when first needed."""
        return self._resources.enter_context(WorkerPool(self.settings.worker_count))

    def environment(self, task: str) -> str:
        """What a task's data depends on beside plan and inputs: versions of interpreter, libraries and producers."""
        return environment_text(self.project.tasks[task].producers)

    # -- deciding and running

    def tasks(self) -> list[TaskPlan]:
        """The tasks of this scope, generation by generation."""
        wanted = self.scope == PLATFORM
        return [task for task in self.project.manifest.in_order() if (task.grain == "platform") == wanted]

    def checks(self) -> list[CheckPlan]:
        """The graph invariants of this scope, by name."""
        names = {output for task in self.tasks() for output in task.outputs}
        return [check for check in self.project.manifest.checks if check.dataset in names]

    def decide(self) -> list[Decision]:
        """What would run now and why, assuming that whatever runs changes its outputs."""
        changed: set[str] = set()
        decisions = []
        for task in self.tasks():
            upstream = [read.dataset for read in task.inputs if read.dataset in changed]
            reasons = tuple(f"{name} is made again" for name in upstream) or tuple(self._reasons(task))
            changed.update(task.outputs if reasons else ())
            decisions.append(Decision(task.name, bool(reasons), reasons))
        return decisions

    def run_task(self, name: str) -> TaskResult:
        """Make the outputs of one task and commit them, or reuse what is held when nothing they depend on changed.

        Raises `MissingInput`, `CheckFailed` (nothing is published then), `CorruptPart`, or what the stages raise.
        """
        with self._journal.watching(name):
            result = self._run_task(name)
        self._journal.add(result)
        self.progress(name, 1, 1)
        return result

    def _run_task(self, name: str) -> TaskResult:
        started = time.perf_counter()
        plan = self.project.manifest.task(name)
        inputs = self._input_versions(plan)
        held = self._reusable(plan, inputs)
        if held:
            assert self._snapshot is not None
            verdicts = tuple(v for v in self._snapshot.checks.values() if v.versions.keys() <= set(plan.outputs))
            return TaskResult(name, held, verdicts, (), {}, time.perf_counter() - started, True, self._snapshot)
        self._bind(plan.inputs)
        result = execute(plan, self._execution())
        seconds = time.perf_counter() - started
        versions = {
            contract.name: dataset_version(
                contract,
                result.parts[contract.name],
                fingerprint=plan.fingerprint,
                environment=self.environment(name),
                inputs=inputs,
                run_id=self.run_id,
                seconds=seconds,
            )
            for contract in self.project.tasks[name].outputs
        }
        verdicts = self._check_outputs(plan, versions)
        self._publish(versions, verdicts)
        return self._described(plan, versions, verdicts, result, time.perf_counter() - started)

    def run_check(self, name: str) -> Verdict:
        """Run one graph invariant on what is held now, and record its verdict in the snapshot."""
        with self._journal.watching(name):
            return self._run_check(name)

    def _run_check(self, name: str) -> Verdict:
        plan = next(check for check in self.project.manifest.checks if check.name == name)
        self._bind(plan.inputs)
        versions = {read.dataset: self._held(read.dataset, name).data_version for read in plan.inputs}
        verdict = check_expression(self.connection, plan, self.project.check_sql(name), versions)
        self._publish({}, (verdict,))
        return verdict

    def conclude(self, failure: str | None) -> None:
        """Record a run whose steps had sessions in other processes, which have ended; `failure` says why it failed."""
        self._snapshot = head(self.warehouse, self.scope)
        self._journal.note_run(self.warehouse, self._snapshot, failure)

    def version(self, dataset: str) -> DatasetVersion | None:
        """What is held of a dataset now."""
        return self._snapshot.datasets.get(dataset) if self._snapshot else None

    @property
    def snapshot(self) -> Snapshot | None:
        """The scope's head as of this session's last commit."""
        return self._snapshot

    @property
    def error(self) -> BaseException | None:
        """The first error of this session, even when whoever ran the task went on."""
        return self._journal.error

    # -- helpers, in the order they are used

    def _reasons(self, plan: TaskPlan) -> Iterator[str]:
        for output in plan.outputs:
            held = self.version(output)
            if held is None:
                yield f"{output} was never made"
                continue
            if held.fingerprint != plan.fingerprint:
                yield f"{output}: the code of {plan.name} changed"
            now = self.environment(plan.name)
            if held.environment != now:
                yield f"{output}: the environment changed ({_first_difference(held.environment, now)})"
            try:
                inputs = self._input_versions(plan)
            except MissingInput as missing:
                yield f"{output}: {missing.dataset} was never made"
                continue
            different = sorted(n for n in {*inputs, *held.inputs} if inputs.get(n) != held.inputs.get(n))
            yield from (f"{output}: {name.removeprefix('source:')} changed" for name in different)
            if any(not self._is_present(part) for part in held.parts):
                yield f"{output}: a file of it is missing or cut short"

    def _reusable(self, plan: TaskPlan, inputs: Mapping[str, str]) -> dict[str, DatasetVersion]:
        """The held versions of all outputs, when each was made by this plan, environment and inputs, and is there."""
        held = self._alike(plan)
        return held if all(dict(found.inputs) == dict(inputs) for found in held.values()) else {}

    def _alike(self, plan: TaskPlan) -> dict[str, DatasetVersion]:
        """The held versions of all outputs, when each was made by this plan and environment and is there."""
        held = {name: found for name in plan.outputs if (found := self.version(name)) is not None}
        same = all(
            found.fingerprint == plan.fingerprint
            and found.environment == self.environment(plan.name)
            and all(self._is_present(part) for part in found.parts)
            for found in held.values()
        )
        return held if same and len(held) == len(plan.outputs) else {}

    def _extracted_before(self, plan: TaskPlan) -> Held | None:
        """What an extractor that reads file by file made of the files as they were."""
        held = {} if self.project.tasks[plan.name].reads_whole else self._alike(plan)
        try:
            return Held.read({name: found.parts for name, found in held.items()}, self.warehouse.root) if held else None
        except CorruptPart:  # then everything is made again
            return None

    def _is_present(self, part: Part) -> bool:
        try:
            check_presence(part, self.warehouse.root)
        except CorruptPart:  # lost or cut short: a reason to make it again
            return False
        return True

    def _input_versions(self, plan: TaskPlan) -> dict[str, str]:
        """Name → data version of every input; sources and other scopes carry a colon in their name."""
        found: dict[str, str] = {}
        for item in plan.inputs:
            if item.dataset in self.project.manifest.sources:
                found[f"source:{item.dataset}"] = self._source_version(item.dataset)
            elif self._is_foreign(item.dataset):
                found |= {
                    f"repository:{scope}:{item.dataset}": held.data_version
                    for scope, held in self._versions_elsewhere(item.dataset)
                }
            else:
                found[item.dataset] = self._held(item.dataset, plan.name).data_version
        return found

    def _source_version(self, name: str) -> str:
        if name == MANIFEST_LINEAGE.name:
            return self.project.manifest.plan_fingerprint
        return rows_version(self.given(name))

    def _is_foreign(self, dataset: str) -> bool:
        """Whether a dataset lives in the repositories while this session works on the platform."""
        return self.scope == PLATFORM and self.project.manifest.dataset(dataset).grain != "platform"

    def _versions_elsewhere(self, dataset: str) -> Iterator[tuple[str, DatasetVersion]]:
        for repository in self.warehouse.repositories():
            snapshot = read(self.warehouse, repository.name)
            if snapshot and dataset in snapshot.datasets:
                yield repository.name, snapshot.datasets[dataset]

    def _held(self, dataset: str, wanted_by: str) -> DatasetVersion:
        held = self.version(dataset)
        if held is None:
            raise MissingInput(wanted_by, dataset, self.scope)
        return held

    def _bind(self, reads: tuple[Read, ...]) -> None:
        """Make every input exactly the parts that are held."""
        for item in reads:
            if item.dataset in self.project.manifest.sources:
                self.connection.register(item.dataset, self.given(item.dataset))
            else:
                columns = stored_columns(self.project.contracts[item.dataset])
                self._bound.bind(item.dataset, self._parts(item.dataset), columns)

    def _parts(self, dataset: str) -> tuple[Part, ...]:
        if self._is_foreign(dataset):
            return tuple(part for _, held in self._versions_elsewhere(dataset) for part in held.parts)
        return self._held(dataset, "a check").parts

    def _execution(self) -> Execution:
        return Execution(
            driver=self.project.driver,
            tasks=self.project.tasks,
            sql=self.project.sql,
            connection=self.connection,
            root=self.warehouse.root,
            tree=lambda: self.tree,
            pool=lambda: self.pool,
            parts=self._parts,
            held=self._extracted_before,
            progress=self.progress,
            contracts=self.project.contracts,
            sources=self.project.manifest.sources,
            profile=self.settings.profile == "stages",
        )

    def _check_outputs(self, plan: TaskPlan, versions: Mapping[str, DatasetVersion]) -> tuple[Verdict, ...]:
        """Check what was staged against its contract before anything refers to it."""
        verdicts = []
        for name, made in versions.items():
            contract = self.project.contracts[name]
            self._bound.trust(made.parts)
            self._bound.bind(name, made.parts, stored_columns(contract))
            # A union lists its members' parts, whose rows were checked when they were made.
            verdict = check_contract(self.connection, contract, made.data_version, rows_checked=plan.is_union)
            verdicts.append(verdict)
        if any(verdict.blocking and not verdict.passed for verdict in verdicts):
            for name in versions:
                self._bound.forget(name)
            raise CheckFailed(plan.name, tuple(verdicts))
        return tuple(verdicts)

    def _publish(self, versions: Mapping[str, DatasetVersion], verdicts: tuple[Verdict, ...]) -> None:
        known = [output for task in self.tasks() for output in task.outputs]
        checks = [f"contract:{name}" for name in known] + [check.name for check in self.checks()]
        self._snapshot = commit(
            self.warehouse, self.scope, versions, verdicts, datasets=known, checks=checks, at_hand=self._snapshot
        )

    def _described(
        self,
        plan: TaskPlan,
        versions: Mapping[str, DatasetVersion],
        verdicts: tuple[Verdict, ...],
        result: Result,
        seconds: float,
    ) -> TaskResult:
        assert self._snapshot is not None
        return TaskResult(
            task=plan.name,
            versions=versions,
            verdicts=verdicts,
            stages=result.stages,
            sql=result.sql,
            seconds=seconds,
            reused=False,
            snapshot=self._snapshot,
            files_kept=result.files_kept,
        )


@cache
def environment_text(producers: tuple[str, ...] = ()) -> str:
    """Versions of the interpreter, of the libraries behind every dataset, and of the producers behind some."""
    libraries = ("duckdb", "ibis-framework", "numpy", "pyarrow", *producers)
    return " ".join(
        [f"{platform.python_implementation()}={platform.python_version()}", *(f"{n}={_version(n)}" for n in libraries)]
    )


def _version(distribution: str) -> str:
    """What is installed: producers may be missing, and their layers say so."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "none"


def _first_difference(before: str, now: str) -> str:
    gone = [item for item in before.split() if item not in now.split()]
    come = [item for item in now.split() if item not in before.split()]
    return f"{' '.join(gone)} → {' '.join(come)}"
