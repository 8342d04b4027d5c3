"""Asset checks: `contract` and `order` on every asset, one blocking check per graph invariant, and what guards let go.

Where `CPG_POLICY=log` lets a plan build with what the guards found, `policy` warns: on each asset of a task that was
let go, with its findings, and on `policy_violations`, with all of them.
"""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
import re
from collections.abc import Iterable, Mapping, Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSpec,
    PartitionsDefinition,
    TableColumn,
    TableColumnConstraints,
    TableSchema,
    asset_check,
)

from pipeline_assets.inference.manifest import CheckPlan, DatasetPlan, Manifest
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.order import Finding
from pipeline_assets.orchestration.partitions import partitions_of
from pipeline_assets.orchestration.sessions import RUN, run_of
from pipeline_assets.orchestration.text import plain, table
from pipeline_assets.store.records import POLICY_VIOLATIONS
from pipeline_assets.store.snapshot import Verdict

CONTRACT = "contract"
ORDER = "order"
POLICY = "policy"
VIOLATIONS_KEY = AssetKey([POLICY_VIOLATIONS.layer, POLICY_VIOLATIONS.name])
_VIOLATION = ("task_name", "stage", "rule", "name", "message")


def check_specs(dataset: DatasetPlan, *, is_let_go: bool = False) -> list[AssetCheckSpec]:
    """The checks that the asset's own step yields after its materialization; `policy` where guards let its task go."""
    key, partitions = asset_key(dataset), partitions_of(dataset.grain)
    return [
        AssetCheckSpec(
            CONTRACT,
            asset=key,
            blocking=True,
            partitions_def=partitions,
            description="The rows keep the contract: types, nulls, key, values, spans and references.",
        ),
        AssetCheckSpec(
            ORDER,
            asset=key,
            blocking=True,
            partitions_def=partitions,
            description="Every input was made before this, by today's plan, and is the version that was read.",
        ),
        *([_policy_spec(key, partitions)] if is_let_go else []),
    ]


def _policy_spec(key: AssetKey, partitions: PartitionsDefinition | None) -> AssetCheckSpec:
    return AssetCheckSpec(
        POLICY, asset=key, partitions_def=partitions, description="The task reads only what it declares, and is pure."
    )


def contract_result(key: AssetKey, verdicts: Iterable[Verdict]) -> AssetCheckResult:
    """The verdicts of the store's contract check, with the offending rows."""
    return _verdict_result(key, CONTRACT, list(verdicts))


def order_result(key: AssetKey, findings: Sequence[Finding]) -> AssetCheckResult:
    """Every finding as a row; the check passes when all do."""
    failed = [finding for finding in findings if not finding.passed]
    rows = [
        {"rule": f.rule, "input": f.input, "passed": f.passed, "evidence": f.evidence} for f in (failed or findings)
    ]
    summary = "; ".join(f"{f.rule} {f.input}: {f.evidence}".replace(" :", ":") for f in failed)
    return AssetCheckResult(
        asset_key=key,
        check_name=ORDER,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR,
        description=plain(summary, 500) if failed else f"{len(findings)} rules kept",
        metadata={"findings": table(rows, ("rule", "input", "passed", "evidence"))},
    )


def violations_of(manifest: Manifest, task: str) -> list[Mapping[str, str]]:
    """What the guards found in a task and let go."""
    return [row for row in manifest.violations if row["task_name"] == task]


def policy_result(key: AssetKey, violations: Sequence[Mapping[str, str]]) -> AssetCheckResult:
    """A warning with each finding as a row; passes when there is none."""
    told = "; ".join(".".join(filter(None, (v["task_name"], v["stage"]))) + f": {v['message']}" for v in violations)
    return AssetCheckResult(
        asset_key=key,
        check_name=POLICY,
        passed=not violations,
        severity=AssetCheckSeverity.WARN,
        description=plain(f"CPG_POLICY=log let go: {told}", 500) if violations else "the guards found nothing",
        metadata={"violations": table(violations, _VIOLATION, 500)},
    )


def violations_spec() -> AssetSpec:
    """The record of what was let go: every run adds its rows, no step makes it."""
    columns = [
        TableColumn(c.name, c.type, c.description, constraints=TableColumnConstraints(nullable=c.nullable))
        for c in POLICY_VIOLATIONS.columns
    ]
    return AssetSpec(
        VIOLATIONS_KEY,
        description=POLICY_VIOLATIONS.description,
        group_name=POLICY_VIOLATIONS.layer,
        metadata={"dagster/column_schema": TableSchema(columns)},
        tags={"layer": "obs"},
    )


def policy_check(manifest: Manifest) -> AssetChecksDefinition:
    """The check of that record: what the guards find in today's plan."""

    @asset_check(
        asset=VIOLATIONS_KEY,
        name=POLICY,
        description="No guard found anything: each task reads only what it declares, and every stage is pure.",
    )
    def _policy() -> AssetCheckResult:
        return policy_result(VIOLATIONS_KEY, manifest.violations)

    return _policy


def check_name(plan: CheckPlan) -> str:
    """The invariant's name as Dagster allows it: letters, digits and underscores."""
    return re.sub(r"\W", "_", plan.name)


def invariant_checks(manifest: Manifest) -> list[AssetChecksDefinition]:
    """One check per graph invariant, on the dataset it is about, after every dataset that it reads."""
    return [_invariant_check(plan, manifest) for plan in manifest.checks]


def _invariant_check(plan: CheckPlan, manifest: Manifest) -> AssetChecksDefinition:
    dataset = manifest.dataset(plan.dataset)
    key = asset_key(dataset)
    others = [asset_key(manifest.dataset(read.dataset)) for read in plan.inputs if read.dataset != plan.dataset]

    @asset_check(
        asset=key,
        name=check_name(plan),
        description=plan.description,
        blocking=plan.blocking,
        additional_deps=others,
        required_resource_keys={RUN},
        partitions_def=partitions_of(dataset.grain),
    )
    def _check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        return _verdict_result(key, check_name(plan), [run_of(context).session.run_check(plan.name)])

    return _check


def _verdict_result(key: AssetKey, name: str, verdicts: Sequence[Verdict]) -> AssetCheckResult:
    failed = [verdict for verdict in verdicts if not verdict.passed]
    blocking = any(verdict.blocking for verdict in failed)
    rows = [{"check": v.check, "passed": v.passed, "violations": v.violations, "message": v.message} for v in verdicts]
    metadata = {"verdicts": table(rows, ("check", "passed", "violations", "message"))}
    for verdict in failed:
        if verdict.sample:
            metadata[f"sample {verdict.check}"] = table(verdict.sample, list(verdict.sample[0]))
    message = "; ".join(v.message or f"{v.check}: {v.violations} violation(s)" for v in failed)
    return AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not failed,
        severity=AssetCheckSeverity.ERROR if blocking or not failed else AssetCheckSeverity.WARN,
        description=plain(message, 500) if failed else "every rule kept",
        metadata=metadata,
    )
