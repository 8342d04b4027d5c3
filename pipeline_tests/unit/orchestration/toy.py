"""A toy project, and sessions that write made-up rows through the real store and can be told to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.outcomes import CheckFailed, TaskResult
from pipeline_assets.profiling import StageRun
from pipeline_assets.project import Project
from pipeline_assets.settings import Settings
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.parquet import write_part
from pipeline_assets.store.publish import commit, head
from pipeline_assets.store.snapshot import Verdict, dataset_version
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.unit.orchestration import toy_tasks


class ToyProject(Project):
    """A project of the toy tasks, compiled anew."""

    def __init__(self) -> None:
        super().__init__([toy_tasks], (toy_tasks.TREE,), (toy_tasks.INVARIANT,))


@dataclass
class ToySession:
    """Writes `rows` rows per dataset; `broken` datasets break their contract, `failing` invariants do not hold."""

    project: ToyProject
    warehouse: Warehouse
    scope: str
    run_id: str
    rows: int = 3
    text: str = "plain"
    broken: frozenset[str] = frozenset()
    failing: frozenset[str] = frozenset()
    ran: list[str] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings(warehouse=self.warehouse.root)

    def run_task(self, name: str) -> TaskResult:
        self.ran.append(name)
        plan = self.project.manifest.task(name)
        verdicts = tuple(self._contract_verdict(output) for output in plan.outputs)
        if any(not verdict.passed for verdict in verdicts):
            raise CheckFailed(name, verdicts)
        inputs = {read.dataset: self._input(read.dataset) for read in plan.inputs if read.dataset != "tree"}
        if "tree" in plan.declared_inputs:
            inputs |= self._sources()
        if self.scope == PLATFORM:
            inputs = dict(self._foreign_inputs(list(inputs)))
        versions = {
            contract.name: dataset_version(
                contract,
                [write_part(self._table(contract), contract, self.warehouse.root)],
                fingerprint=plan.fingerprint,
                environment="toy",
                inputs=inputs,
                run_id=self.run_id,
                seconds=0.25,
            )
            for contract in self.project.tasks[name].outputs
        }
        verdicts = tuple(replace(v, versions={n: versions[n].data_version for n in v.versions}) for v in verdicts)
        snapshot = commit(self.warehouse, self.scope, versions, verdicts)
        stages = tuple(StageRun(name, s.name, s.ordinal, "execute", 1.5) for s in plan.stages)
        sql = {plan.outputs[0]: "SELECT '```' AS fence"}
        return TaskResult(name, versions, verdicts, stages, sql, 0.25, False, snapshot)

    def run_check(self, name: str) -> Verdict:
        passed = name not in self.failing
        message = "" if passed else "2 nodes dangle"
        return Verdict(name, passed, True, {}, 0 if passed else 2, message, ({"node_id": 7},))

    def _sources(self) -> dict[str, str]:
        return {"source:tree": f"tree of {self.rows}"}

    def _contract_verdict(self, dataset: str) -> Verdict:
        broken = dataset in self.broken
        sample = ({"file_id": None, "path": "<script>alert(1)</script>"},) if broken else ()
        message = f"{dataset}.file_id is null" if broken else ""
        return Verdict(f"contract:{dataset}", not broken, True, {dataset: "0"}, int(broken), message, sample)

    def _input(self, dataset: str) -> str:
        snapshot = head(self.warehouse, self.scope)
        held = snapshot.datasets.get(dataset) if snapshot else None
        return held.data_version if held else ""

    def _foreign_inputs(self, datasets: list[str]) -> Iterator[tuple[str, str]]:
        for repository in self.warehouse.repositories():
            found = head(self.warehouse, repository.name)
            for dataset in datasets if found else []:
                yield f"repository:{repository.name}:{dataset}", found.datasets[dataset].data_version

    def _table(self, contract: Contract) -> pa.Table:
        def values(column: Column) -> list[Any]:
            texts = [f"{self.text} {i}" for i in range(self.rows)]
            return list(range(self.rows)) if column.type == "int64" else texts

        return pa.table({column.name: values(column) for column in contract.columns})


@dataclass
class ToySessions:
    """Opens toy sessions and remembers them; `settings` are what each next one is made with."""

    project: ToyProject
    warehouse: Warehouse
    settings: dict[str, Any] = field(default_factory=dict)
    opened: list[ToySession] = field(default_factory=list)
    ends_with: Exception | None = None
    """What goes wrong when a session ends."""

    @contextmanager
    def __call__(self, scope: str, run_id: str) -> Iterator[ToySession]:
        self.opened.append(ToySession(self.project, self.warehouse, scope, run_id, **self.settings))
        yield self.opened[-1]
        if self.ends_with:
            raise self.ends_with


def toy_warehouse(root: Path, *repositories: str) -> Warehouse:
    warehouse = Warehouse.create(root)
    for name in repositories:
        folder = root.parent / f"of {name.replace('/', '_')}"
        folder.mkdir(exist_ok=True)
        warehouse.register(name, folder)
    return warehouse
