"""What Dagster costs: skeleton assets with a `contract` and an `order` check each, and the `waves` control asset.

Run it with `python -m pipeline_tests.bench.dagster_skeleton --assets 100`. The assets compute nothing; they carry the
metadata of a real one (row count, schema, lineage, a stage table), so what is measured is events and their storage.
"""

import argparse
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.orchestration.launch import launch

WAVE = 10
REPOSITORY = "skeleton"
REPOSITORIES = dg.DynamicPartitionsDefinition(name="repository")
OWN_LOG = ("no checks", "checks yielded in the step", "checks as own steps", "3 assets a step, checks yielded")
DEFAULT_LOG = ("checks yielded, default event log",)


@dataclass(frozen=True)
class Cost:
    """Seconds of one run, and how much of it does not depend on the number of assets."""

    wall: float
    cpu: float


def main() -> None:
    """Print the cost of a run per variant, and of the imports."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--assets", type=int, default=100)
    arguments.add_argument("--repeat", type=int, default=2)
    options = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"a new interpreter, imports included, that builds nothing:     {_fresh_seconds(0):.2f} CPU s")
    fresh = _fresh_seconds(options.assets)
    print(f"the same with {options.assets} assets in a new instance, run once: {fresh:.2f} CPU s")
    print(f"{'variant':34s} {'wall s':>7s} {'CPU s':>7s} {'CPU ms an asset':>16s}")
    for variant in (*OWN_LOG, *DEFAULT_LOG):
        few = max(options.assets // 10, 3)
        small, large = (_measure(variant, assets, options.repeat) for assets in (few, options.assets))
        slope = (large.cpu - small.cpu) / (options.assets - few)
        print(f"{variant:34s} {large.wall:7.2f} {large.cpu:7.2f} {slope * 1e3:16.1f}")


def _fresh_seconds(assets: int) -> float:
    code = f"import time, {__spec__.name} as bench; bench.run_once({assets}); print(time.process_time())"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def run_once(assets: int) -> None:
    """One run of `assets` skeleton assets; none at all for 0."""
    logging.disable(logging.CRITICAL)
    if assets:
        _measure(OWN_LOG[1], assets, repeat=1)


def _measure(variant: str, assets: int, repeat: int) -> Cost:
    job = _definitions(variant, assets).resolve_job_def("build")
    with tempfile.TemporaryDirectory() as home, _instance(variant, home) as instance:
        instance.add_dynamic_partitions("repository", [REPOSITORY])
        costs = [_run(job, instance) for _ in range(repeat)]
        _expect_waves(instance, assets)
    return min(costs, key=lambda cost: cost.cpu)


def _instance(variant: str, home: str) -> dg.DagsterInstance:
    if variant in DEFAULT_LOG:
        return dg.DagsterInstance.local_temp(home, overrides={"telemetry": {"enabled": False}})
    return open_instance(Path(home))


def _run(job: dg.JobDefinition, instance: dg.DagsterInstance) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    result = launch(job, instance, partition=REPOSITORY)
    assert result.success
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def _expect_waves(instance: dg.DagsterInstance, assets: int) -> None:
    filled = instance.get_materialized_partitions(dg.AssetKey("waves"))
    assert len(filled) == -(-assets // WAVE), filled


def _definitions(variant: str, assets: int) -> dg.Definitions:
    per_step = 3 if variant.startswith("3") else 1
    names = [f"t_{i:03d}" for i in range(assets)]
    steps = [names[i : i + per_step] for i in range(0, assets, per_step)]
    generations = dg.StaticPartitionsDefinition([f"g{i:02d}" for i in range(-(-assets // WAVE))])
    waves = dg.MultiPartitionsDefinition({"repository": REPOSITORIES, "generation": generations})

    @dg.asset(name="waves", partitions_def=waves)
    def _waves() -> dg.MaterializeResult:
        return dg.MaterializeResult()

    return dg.Definitions(
        assets=[_waves, *(_step(step, names, variant) for step in steps)],
        asset_checks=[_own_check(name, kind) for name in names for kind in _CHECKS] if "own" in variant else [],
        jobs=[dg.define_asset_job("build", dg.AssetSelection.all() - dg.AssetSelection.assets("waves"))],
        executor=dg.in_process_executor,
    )


_CHECKS = ("contract", "order")


def _step(step: list[str], names: list[str], variant: str) -> dg.AssetsDefinition:
    yielded = _CHECKS if "yielded" in variant else ()

    @dg.multi_asset(
        name=step[0],
        specs=[dg.AssetSpec(name, deps=_upstream(name, names), code_version="0" * 16) for name in step],
        check_specs=[dg.AssetCheckSpec(kind, asset=name, blocking=True) for name in step for kind in yielded],
        partitions_def=REPOSITORIES,
    )
    def _compute(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        for name in step:
            yield dg.MaterializeResult(name, metadata=_metadata(name, names), data_version=dg.DataVersion("0"))
            for kind in yielded:
                yield dg.AssetCheckResult(asset_key=name, check_name=kind, passed=True, metadata={"violations": 0})
            if names.index(name) % WAVE == WAVE - 1 or name == names[-1]:
                context.log_event(_wave(names.index(name) // WAVE))

    return _compute


def _own_check(name: str, kind: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=name, name=kind, blocking=True)
    def _check() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True, metadata={"violations": 0})

    return _check


def _upstream(name: str, names: list[str]) -> list[str]:
    index = names.index(name)
    return [names[i] for i in (index - WAVE, index - WAVE + 1) if i >= 0 and i // WAVE < index // WAVE]


def _metadata(name: str, names: list[str]) -> dict[str, dg.MetadataValue]:
    columns = [f"column_{i}" for i in range(8)]
    upstream = _upstream(name, names)
    lineage = {c: [dg.TableColumnDep(dg.AssetKey(u), c) for u in upstream] for c in columns}
    schema = dg.TableSchema([dg.TableColumn(c, "int64", description="a column of the skeleton") for c in columns])
    stages = [dg.TableRecord({"stage": f"{name}.stage_{i}", "fingerprint": "0" * 16, "seconds": 0.1}) for i in range(4)]
    return {
        "dagster/row_count": dg.MetadataValue.int(1),
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "dagster/column_lineage": dg.MetadataValue.column_lineage(dg.TableColumnLineage(lineage)),
        "stages": dg.MetadataValue.table(stages),
        "sql": dg.MetadataValue.md("```sql\nselect 1\n```"),
    }


def _wave(generation: int) -> dg.AssetMaterialization:
    key = dg.MultiPartitionKey({"repository": REPOSITORY, "generation": f"g{generation:02d}"})
    return dg.AssetMaterialization("waves", partition=key, metadata={"tasks": WAVE})


if __name__ == "__main__":
    main()
