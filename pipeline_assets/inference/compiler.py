"""Compile authored tasks into the manifest; collect every problem on the way, then refuse or return."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import CycleError as Waiting
from graphlib import TopologicalSorter

import ibis
from ibis.expr.types import Table

from pipeline_assets.inference.collection import collection_paused
from pipeline_assets.inference.contract import FILE_KEY, LAYERS, REPOSITORY_KEY, Contract
from pipeline_assets.inference.errors import CompileError, InferenceError, Problem
from pipeline_assets.inference.fingerprint import expression_fingerprint, source_fingerprint
from pipeline_assets.inference.grain import Facts, Grain, GrainVerdict, coarsest, expression_grain, facts_of
from pipeline_assets.inference.lineage import lineage
from pipeline_assets.inference.manifest import (
    CheckPlan,
    Generation,
    Manifest,
    Read,
)
from pipeline_assets.inference.plans import (
    Inferred,
    dataset_plan,
    digest,
    merge_reads,
    task_fingerprint,
    task_plan,
    violation_row,
)
from pipeline_assets.inference.policy import (
    EVIDENCE_RULE,
    PURITY_RULE,
    PolicyMode,
    check_determinism,
    check_purity,
    check_reads,
    check_signature,
    check_stages,
)
from pipeline_assets.inference.task import Task, resolve_unions
from pipeline_assets.inference.task_graph import CycleError, TaskEdges, TaskGraph
from pipeline_assets.inference.tracing import Trace, TraceFailure, trace


@dataclass(frozen=True)
class Invariant:
    """A graph invariant: an expression over datasets whose rows are violations.

    `expression` takes datasets by parameter name, as a task does; its reads are inferred the same way.
    """

    name: str
    dataset: str
    description: str
    expression: Callable[..., Table]
    blocking: bool = True


@dataclass(frozen=True)
class Compiled:
    """The manifest with the live objects it was made from."""

    manifest: Manifest
    graph: TaskGraph
    tasks: Mapping[str, Task]
    traces: Mapping[str, Trace]
    contracts: Mapping[str, Contract]
    invariants: Mapping[str, Invariant]
    checks: Mapping[str, Table]
    """Invariant name → its expression over schema-only tables."""


def compile_manifest(
    tasks: Sequence[Task],
    sources: Sequence[Contract],
    invariants: Sequence[Invariant] = (),
    mode: PolicyMode = "reject",
) -> Compiled:
    """Trace every task, infer reads, order, grain and fingerprints; raises `CompileError` with every problem found."""
    with collection_paused():
        return _Compilation(resolve_unions(tasks), tuple(sources), tuple(invariants), mode).run()


@dataclass
class _Compilation:
    tasks: tuple[Task, ...]
    sources: tuple[Contract, ...]
    invariants: tuple[Invariant, ...]
    mode: PolicyMode
    problems: list[Problem] = field(default_factory=list)
    violations: list[Problem] = field(default_factory=list)

    def run(self) -> Compiled:
        self._check_names()
        self._refuse_if_problems()
        self.contracts = {c.name: c for c in (*self.sources, *(c for t in self.tasks for c in t.outputs))}
        self.producer = {c.name: task for task in self.tasks for c in task.outputs}
        self.inferred: dict[str, Inferred] = {}
        self.tables = {source.name: source.unbound() for source in self.sources}
        self.failed: set[str] = set()
        for task in sorted(self.tasks, key=lambda task: task.name):
            self._infer(task, ())
        checks = {check.name: self._infer_check(check) for check in self.invariants}
        self._refuse_if_problems()
        graph = self._build_graph()
        self._check_layers(graph)
        self._check_gates([found[1] for found in checks.values() if found is not None])
        self._refuse_if_problems()
        manifest = self._assemble(graph, {name: found for name, found in checks.items() if found is not None})
        return Compiled(
            manifest,
            graph,
            {task.name: task for task in self.tasks},
            {name: found.trace for name, found in self.inferred.items()},
            self.contracts,
            {check.name: check for check in self.invariants},
            {name: found[0] for name, found in checks.items() if found is not None},
        )

    # -- names and tracing

    def _check_names(self) -> None:
        producers = Counter(contract.name for task in self.tasks for contract in task.outputs)
        producers.update(source.name for source in self.sources)
        for name, count in sorted(producers.items()):
            if count > 1:
                makers = [t.name for t in self.tasks if any(c.name == name for c in t.outputs)]
                message = f"{name} has {count} producers ({', '.join(makers)}); a dataset has one"
                self.problems.append(Problem(makers[0] if makers else name, "", name, "two-producers", message))
        for task, count in Counter(task.name for task in self.tasks).items():
            if count > 1:
                self.problems.append(Problem(task, "", task, "two-tasks", f"{count} tasks are named {task}"))

    def _infer(self, task: Task, above: tuple[str, ...]) -> None:
        """Infer one task, its producers first; a name met again on the way up is a cycle."""
        if task.name in self.inferred or task.name in self.failed:
            return
        if task.name in above:
            path = " → ".join((*above[above.index(task.name) :], task.name))
            self._fail(task, Problem(task.name, "", path, "cycle", f"depends on itself: {path}"))
            return
        signature = list(check_signature(task, self.contracts.keys()))
        fatal = [p for p in signature if p.rule != EVIDENCE_RULE or p.name not in self.contracts]
        self._report(signature)
        for name in {*task.parameters, *(name for stage in task.stages for name in stage.datasets)}:
            if name in self.producer:
                self._infer(self.producer[name], (*above, task.name))
        if fatal or task.name in self.failed:
            self._fail(task)
            return
        try:
            self._trace(task)
        except TraceFailure as failure:
            self._fail(task, failure.problem)
        except InferenceError as error:
            self._fail(task, Problem(task.name, "", type(error).__name__, "unsupported", str(error)))

    def _trace(self, task: Task) -> None:
        found = trace(task, self.tables)
        lineages = {name: lineage(table) for name, table in found.expressions.items()}
        reads = merge_reads(lineages.values())
        schema = list(self._check_schema(task, found)) if task.kind == "relational" else []
        self._report(check_stages(task, found))
        self._report(check_purity(task))
        self._report(check_determinism(task, found))
        self._report(self._check_reads(task, reads))
        self._report(schema)
        self._report(_check_by(task, found))
        self.inferred[task.name] = Inferred(task, found, lineages, reads, task_fingerprint(task, found), self.tables)
        for contract in task.outputs:
            self.tables[contract.name] = self._output_table(task, contract, found, bool(schema))

    def _check_reads(self, task: Task, reads: Mapping[str, Read]) -> Iterator[Problem]:
        """Parameters = reads; in `log` mode a read that the guard logs already is not refused as well."""
        staged = {name for stage in task.stages for name in stage.datasets}
        for problem in check_reads(task, reads.keys()):
            if not (self.mode == "log" and problem.rule == "undeclared-read" and problem.name in staged):
                yield problem

    def _output_table(self, task: Task, contract: Contract, found: Trace, differs: bool) -> Table:
        """What readers are traced against: the contract, or what the task really builds where that differs.

        So a renamed column fails in every reader by name, not only in the task that renamed it.
        """
        if not differs:
            return contract.unbound()
        return ibis.table(found.expressions[contract.name].schema(), name=contract.name)

    def _check_schema(self, task: Task, found: Trace) -> Iterator[Problem]:
        contract = task.outputs[0]
        built = found.expressions[contract.name].schema()
        for name in contract.names:
            if name not in built:
                yield Problem(task.name, "", name, "schema", f"{contract.name}.{name} is promised but not built")
            elif built[name].copy(nullable=True) != contract.schema[name].copy(nullable=True):
                message = f"{contract.name}.{name} is promised as {contract.schema[name]} but built as {built[name]}"
                yield Problem(task.name, "", name, "schema", message)
        for name in built:
            if name not in contract.names:
                yield Problem(task.name, "", name, "schema", f"{contract.name}.{name} is built but not in the contract")
        if set(built) == set(contract.names) and tuple(built) != contract.names:
            message = (
                f"columns are built in the order {', '.join(built)}; the contract's is {', '.join(contract.names)}"
            )
            yield Problem(task.name, "", contract.name, "schema", message)

    def _infer_check(self, check: Invariant) -> tuple[Table, CheckPlan] | None:
        """An invariant's expression and plan; None after reporting why it cannot be inferred."""
        names = tuple(inspect.signature(check.expression).parameters)
        unknown = [name for name in names if name not in self.contracts]
        if unknown:
            self.problems.append(
                Problem(check.name, "", unknown[0], "unknown-dataset", f"nobody produces {', '.join(unknown)}")
            )
            return None
        if any(name not in self.tables for name in names):
            return None  # its producer failed, and that is reported already
        try:
            table = check.expression(**{name: self.tables[name].view() for name in names})
            reads = merge_reads([lineage(table)])
        except Exception as error:
            text = " ".join(str(error).split())
            self.problems.append(Problem(check.name, "", type(error).__name__, "trace", text))
            return None
        fingerprint = digest(expression_fingerprint(table).whole, source_fingerprint(check.expression))
        inputs = tuple(reads[name] for name in sorted(reads))
        return table, CheckPlan(check.name, check.dataset, check.blocking, check.description, inputs, fingerprint)

    # -- graph and plans

    def _build_graph(self) -> TaskGraph:
        edges = [
            TaskEdges(
                name,
                {read.dataset: (read.columns, read.indirect_columns) for read in found.reads.values()},
                tuple(contract.name for contract in found.task.outputs),
            )
            for name, found in self.inferred.items()
        ]
        try:
            return TaskGraph(edges)
        except CycleError as error:
            self.problems.append(Problem(error.path[0], "", error.path[0], "cycle", str(error)))
            self._refuse_if_problems()
            raise

    def _check_layers(self, graph: TaskGraph) -> None:
        """The four layers form a chain: no dependency points to a later one."""
        for name, found in self.inferred.items():
            for dataset in found.reads:
                layer = self.contracts[dataset].layer
                if LAYERS.index(layer) > LAYERS.index(found.task.layer):
                    message = f"a {found.task.layer} task reads {dataset} of the later layer {layer}"
                    self.problems.append(Problem(name, "", dataset, "layer", message))

    def _check_gates(self, checks: Sequence[CheckPlan]) -> None:
        """An invariant gates what reads its dataset, and waits for the gates of what else it reads: nothing may wait
        for itself. Invariants over several outputs of one task, then, all belong to the same one.
        """
        waits: dict[str, set[str]] = {name: {f"{name} (made)"} for name in self.contracts}
        for found in self.inferred.values():
            waits |= {f"{contract.name} (made)": set(found.reads) for contract in found.task.outputs}
        for check in checks:
            others = {read.dataset for read in check.inputs} - {check.dataset}
            waits[f"{check.name} (checked)"] = {f"{check.dataset} (made)", *others}
            waits[check.dataset].add(f"{check.name} (checked)")
        try:
            TopologicalSorter(waits).prepare()
        except Waiting as error:
            path = " → ".join(reversed(error.args[1]))
            name = next(step.removesuffix(" (checked)") for step in error.args[1] if step.endswith(" (checked)"))
            message = f"it can never run, because it waits for itself: {path}; make it a check of another dataset"
            self.problems.append(Problem(name, "", path, "gate", message))

    def _assemble(self, graph: TaskGraph, checks: Mapping[str, tuple[Table, CheckPlan]]) -> Manifest:
        generation = {name: i for i, wave in enumerate(graph.generations) for name in wave}
        grains: dict[str, GrainVerdict] = {}
        facts: dict[str, Facts] = {source.name: facts_of(source, _source_grain(source)) for source in self.sources}
        for wave in graph.generations:
            for name in wave:
                found = self.inferred[name]
                grains[name] = self._grain(found, facts)
                facts |= {c.name: facts_of(c, grains[name].grain) for c in found.task.outputs}
        tasks = tuple(task_plan(self.inferred[name], generation[name], grains[name]) for name in sorted(generation))
        datasets = tuple(
            dataset_plan(contract, self.producer.get(name), facts[name].grain)
            for name, contract in sorted(self.contracts.items())
        )
        identity = digest(*(f"{task.name}={task.fingerprint}" for task in tasks), *map(str, graph.edges()))
        return Manifest(
            plan_fingerprint=identity,
            datasets=datasets,
            tasks=tasks,
            generations=tuple(Generation(i, wave) for i, wave in enumerate(graph.generations)),
            checks=tuple(plan for _, plan in sorted(checks.values(), key=lambda item: item[1].name)),
            violations=tuple(violation_row(problem) for problem in sorted(self.violations)),
        )

    def _grain(self, found: Inferred, facts: Mapping[str, Facts]) -> GrainVerdict:
        """A task is as fine as its coarsest expression; a graph task mixes rows unless it runs `by` a file."""
        stored = found.task.kind == "relational"
        verdict = coarsest(expression_grain(table, facts, stored=stored) for table in found.trace.expressions.values())
        if found.task.kind == "graph" and found.task.by is None and verdict.grain == "file":
            verdict = replace(verdict, grain="repository", reason="a graph task without `by` may mix files")
        for contract in found.task.outputs:
            if verdict.grain == "file" and FILE_KEY not in contract.names:
                verdict = replace(verdict, grain="repository", reason=f"{contract.name} has no {FILE_KEY} column")
            if verdict.grain != "platform" and REPOSITORY_KEY not in contract.names:
                verdict = replace(verdict, grain="platform", reason=f"{contract.name} has no {REPOSITORY_KEY} column")
        return verdict

    # -- reporting

    def _fail(self, task: Task, problem: Problem | None = None) -> None:
        """Give up on one task; its readers are still traced, against its contracts."""
        self.failed.add(task.name)
        if problem is not None:
            self.problems.append(problem)
        for contract in task.outputs:
            self.tables.setdefault(contract.name, contract.unbound())

    def _report(self, found: Iterator[Problem] | Sequence[Problem]) -> None:
        for problem in found:
            known = problem.rule == PURITY_RULE or (problem.rule == EVIDENCE_RULE and problem.name in self.contracts)
            logged = self.mode == "log" and known
            (self.violations if logged else self.problems).append(problem)

    def _refuse_if_problems(self) -> None:
        if self.problems:
            raise CompileError(sorted(set(self.problems)))


def _check_by(task: Task, found: Trace) -> Iterator[Problem]:
    for name, table in found.expressions.items():
        if task.by is not None and task.by not in table.columns:
            message = f"runs by {task.by}, but its projection {name} has no such column; project it"
            yield Problem(task.name, task.stages[0].name, task.by, "by-column", message)


def _source_grain(source: Contract) -> Grain:
    if REPOSITORY_KEY not in source.names:
        return "platform"
    return "file" if FILE_KEY in source.names else "repository"
