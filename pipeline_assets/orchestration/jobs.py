"""The jobs: `build` for one repository, `wave_gNN` for one generation of it, `platform` for what spans repositories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dagster import AssetCheckKey, AssetKey, AssetSelection, define_asset_job
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipeline_assets.inference.manifest import DatasetPlan, Manifest
from pipeline_assets.orchestration.checks import POLICY, VIOLATIONS_KEY
from pipeline_assets.orchestration.keys import asset_key
from pipeline_assets.orchestration.partitions import generation_name

BUILD = "build"
PLATFORM = "platform"
_POLICY = AssetSelection.checks(AssetCheckKey(VIOLATIONS_KEY, POLICY))
"""It is about the plan, not about one repository."""


def jobs_of(manifest: Manifest) -> list[UnresolvedAssetJobDefinition]:
    """Every job of the manifest; platform datasets have their own, or each repository would rebuild them."""
    partitioned = [dataset for dataset in _made(manifest) if dataset.grain != "platform"]
    platform = [dataset for dataset in _made(manifest) if dataset.grain == "platform"]
    jobs = [_job(BUILD, partitioned, "Everything of one repository, extraction to products.")]
    if platform:
        jobs.append(_job(PLATFORM, platform, "What spans all repositories.", _POLICY))
    return [*jobs, *_wave_jobs(manifest)]


def _wave_jobs(manifest: Manifest) -> Iterator[UnresolvedAssetJobDefinition]:
    for wave in manifest.generations:
        datasets = [
            manifest.dataset(output)
            for task in wave.tasks
            for output in manifest.task(task).outputs
            if manifest.dataset(output).grain != "platform"
        ]
        if datasets:
            name = generation_name(wave.index)
            yield _job(f"wave_{name}", datasets, f"Generation {name} of one repository.")


def _job(
    name: str, datasets: Iterable[DatasetPlan], description: str, more: AssetSelection | None = None
) -> UnresolvedAssetJobDefinition:
    keys: list[AssetKey] = [asset_key(dataset) for dataset in datasets]
    chosen = AssetSelection.assets(*keys)
    return define_asset_job(name, chosen | more if more else chosen, description=description)


def _made(manifest: Manifest) -> Iterator[DatasetPlan]:
    return (dataset for dataset in manifest.datasets if dataset.producer is not None)
