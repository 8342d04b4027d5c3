"""The project: every task found in the rooms, compiled once into a manifest, with its live Hamilton driver."""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from types import ModuleType

import ibis
from ibis.expr.types import Table

from pipeline_assets.checks.invariants import INVARIANTS
from pipeline_assets.extract.layers import OPT_IN
from pipeline_assets.extract.status import EXTRACT_STATUS, STATUS_SUFFIX
from pipeline_assets.inference.collection import collection_paused
from pipeline_assets.inference.compiler import Compiled, Invariant, compile_manifest
from pipeline_assets.inference.contract import LAYERS, Contract
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.inference.policy import PolicyMode, policy_mode
from pipeline_assets.inference.task import Task, resolve_unions
from pipeline_assets.inference.task_graph import TaskGraph, task_graph
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.pipes.driver import PlanDriver
from pipeline_assets.pipes.pipeline import Pipeline
from pipeline_assets.plan_lock import Locked, PlanLock
from pipeline_assets.products.manifest_lineage import MANIFEST_LINEAGE
from pipeline_assets.products.stages import stages_view
from pipeline_assets.products.views import QUERY_MACROS, QUESTIONS, VIEWS, macros_view
from pipeline_assets.sources.given import GIVEN
from pipeline_assets.store.views import Catalog

SOURCES: tuple[Contract, ...] = (MANIFEST_LINEAGE, *(given.contract for given in GIVEN))


class Project:
    """Tasks and modules as found, with their manifest: from the plan lock when that still fits, compiled otherwise.

    Everything else is made when it is first asked for: planning needs no driver, a locked plan no compiling.
    """

    def __init__(
        self,
        modules: Sequence[ModuleType],
        sources: Sequence[Contract] = SOURCES,
        invariants: Sequence[Invariant] = INVARIANTS,
        mode: PolicyMode = "reject",
        lock: PlanLock | None = None,
    ) -> None:
        found = {module: _own_tasks(module) for module in modules}
        self.modules = tuple(module for module, tasks in found.items() if any(t.collects is None for t in tasks))
        self._authored = tuple({id(task): task for tasks in found.values() for task in tasks}.values())
        self._sources, self._invariants, self._mode = tuple(sources), tuple(invariants), mode
        self._lock = lock
        locked = lock.read() if lock else None
        self._sql: dict[str, dict[str, str]] = {name: dict(sql) for name, sql in (locked.sql if locked else {}).items()}
        self.manifest: Manifest = locked.manifest if locked else self.compiled.manifest
        if locked is None:
            self.keep()

    @cached_property
    def compiled(self) -> Compiled:
        """The manifest with the expressions it was made from; raises `CompileError`."""
        return compile_manifest(self._authored, self._sources, self._invariants, self._mode)

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """Task name → what was authored, unions with their members."""
        return {task.name: task for task in resolve_unions(self._authored)}

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """Dataset name → contract, declared sources included."""
        made = (contract for task in self.tasks.values() for contract in task.outputs)
        return {contract.name: contract for contract in (*self._sources, *made)}

    @cached_property
    def layers(self) -> frozenset[str]:
        """What can be asked for or left out when a repository is extracted: every extractor, and their options."""
        statuses = (contract.name for contract in self.contracts.values() if contract.part_of == EXTRACT_STATUS.name)
        return OPT_IN.union(name.removesuffix(STATUS_SUFFIX) for name in statuses)

    @cached_property
    def graph(self) -> TaskGraph:
        """The rustworkx projection of the manifest."""
        return task_graph(self.manifest)

    def sql(self, task: str) -> dict[str, str]:
        """The SQL of a task by output, or by projection for extract and graph tasks; rendered once."""
        if task not in self._sql:
            built = self.driver.build(task).value
            tables = built.projections if isinstance(built, Pipeline) else {self.tasks[task].outputs[0].name: built}
            self._sql[task] = {name: render(table) for name, table in tables.items()}
        return self._sql[task]

    def check_sql(self, check: str) -> str:
        """The SQL of an invariant's violating rows; rendered once."""
        if check not in self._sql:
            self._sql[check] = {check: render(self.compiled.checks[check])}
        return self._sql[check][check]

    def keep(self) -> None:
        """Keep manifest and SQL for the next process, where the project has a lock."""
        if self._lock is not None:
            self._lock.write(Locked(self.manifest, self._sql))

    @cached_property
    def driver(self) -> PlanDriver:
        """The Hamilton projection of the manifest, guarded when built."""
        return PlanDriver(self, self.modules)

    @cached_property
    def catalog(self) -> Catalog:
        """What readers can name: every dataset, the product's views and macros, and the stage catalogue."""
        return Catalog(
            contracts=tuple(c for name, c in self.contracts.items() if name not in self.manifest.sources),
            platform=frozenset(d.name for d in self.manifest.datasets if d.grain == "platform"),
            views=(stages_view(self.manifest), *VIEWS, *QUESTIONS, macros_view()),
            macros={**MACROS, **QUERY_MACROS},
            fingerprints={output: task.fingerprint for task in self.manifest.tasks for output in task.outputs},
        )


@lru_cache(maxsize=1)
def load_project() -> Project:
    """The product's own project: every public module of the four layers' rooms."""
    modules, mode = tuple(_room_modules()), policy_mode(os.environ)
    return Project(modules, mode=mode, lock=PlanLock((module.__name__ for module in modules), mode=mode))


def render(table: Table) -> str:
    """The DuckDB SQL of an expression."""
    with collection_paused():
        return str(ibis.to_sql(table, dialect="duckdb"))


def _room_modules() -> Iterator[ModuleType]:
    for layer in LAYERS:
        room = importlib.import_module(f"{__package__}.{layer}")
        public = (item.name for item in pkgutil.iter_modules(room.__path__) if not item.name.startswith("_"))
        for name in sorted(public):
            yield importlib.import_module(f"{room.__name__}.{name}")


def _own_tasks(module: ModuleType) -> tuple[Task, ...]:
    """The tasks a module makes, in definition order: unions by name, others by the module they were written in."""
    tasks = []
    for name, item in vars(module).items():
        task = authored_task(item)
        if task is not None and (item.__module__ == module.__name__ or (task.collects and name == task.name)):
            tasks.append(task)
    return tuple(tasks)
