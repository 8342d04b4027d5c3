"""The project: every task found in the rooms, compiled once into a manifest, with its live Hamilton driver."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from types import ModuleType

import pipeline_assets
from pipeline_assets.checks.invariants import INVARIANTS
from pipeline_assets.inference.compiler import Compiled, Invariant, compile_manifest
from pipeline_assets.inference.contract import LAYERS, Contract
from pipeline_assets.inference.functions import MACROS
from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.inference.policy import PolicyMode
from pipeline_assets.inference.task import Task
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.pipes.driver import PlanDriver
from pipeline_assets.products.manifest_lineage import MANIFEST_LINEAGE
from pipeline_assets.products.stages import stages_view
from pipeline_assets.products.views import QUERY_MACROS, VIEWS
from pipeline_assets.sources.tree import REPOSITORY_TREE
from pipeline_assets.store.views import Catalog

SOURCES: tuple[Contract, ...] = (MANIFEST_LINEAGE, REPOSITORY_TREE)


class Project:
    """Tasks and modules as found, compiled. The driver is built when it is first asked for: planning needs none."""

    def __init__(
        self,
        modules: Sequence[ModuleType],
        sources: Sequence[Contract] = SOURCES,
        invariants: Sequence[Invariant] = INVARIANTS,
        mode: PolicyMode = "reject",
    ) -> None:
        found = {module: _own_tasks(module) for module in modules}
        self.modules = tuple(module for module, tasks in found.items() if any(t.collects is None for t in tasks))
        tasks = {id(task): task for tasks in found.values() for task in tasks}
        self.compiled: Compiled = compile_manifest(tuple(tasks.values()), sources, invariants, mode)

    @property
    def manifest(self) -> Manifest:
        """The compiled manifest."""
        return self.compiled.manifest

    @cached_property
    def driver(self) -> PlanDriver:
        """The Hamilton projection of the manifest, guarded when built."""
        return PlanDriver(self.compiled, self.modules)

    @cached_property
    def catalog(self) -> Catalog:
        """What readers can name: every dataset, the product's views and macros, and the stage catalogue."""
        return Catalog(
            contracts=tuple(c for name, c in self.compiled.contracts.items() if name not in self.manifest.sources),
            platform=frozenset(d.name for d in self.manifest.datasets if d.grain == "platform"),
            views=(stages_view(self.manifest), *VIEWS),
            macros={**MACROS, **QUERY_MACROS},
            fingerprints={output: task.fingerprint for task in self.manifest.tasks for output in task.outputs},
        )


@lru_cache(maxsize=1)
def load_project() -> Project:
    """The product's own project: every public module of the four layers' rooms."""
    return Project(tuple(_room_modules()))


def _room_modules() -> Iterator[ModuleType]:
    for layer in LAYERS:
        room = importlib.import_module(f"{pipeline_assets.__name__}.{layer}")
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
