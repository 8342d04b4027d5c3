"""What follows from data: conditions with early cutoff, who evaluates them, and how old a final table may be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from dagster import (
    AssetKey,
    AssetSelection,
    AutomationCondition,
    AutomationConditionSensorDefinition,
    DefaultSensorStatus,
    FreshnessPolicy,
)

from pipeline_assets.inference.manifest import DatasetPlan, Manifest
from pipeline_assets.orchestration.keys import asset_key

SECONDS = 60
WARN_AFTER, FAIL_AFTER = timedelta(hours=26), timedelta(hours=50)
"""A night and two hours, and two nights and two hours."""


def early_cutoff() -> AutomationCondition[AssetKey]:
    """Missing, or its code or the *data* of an input changed since it was last asked for or made.

    An input that was made again with the same data asks for nothing, so a change goes no further than it has effects.
    """
    wanted = (
        AutomationCondition.missing()
        | AutomationCondition.code_version_changed()
        | AutomationCondition.any_deps_match(AutomationCondition.data_version_changed())
    )
    handled = AutomationCondition.newly_requested() | AutomationCondition.newly_updated()
    return (
        wanted.since(handled)
        & ~AutomationCondition.any_deps_missing()
        & ~AutomationCondition.any_deps_in_progress()
        & ~AutomationCondition.in_progress()
    ).with_label("its code or the data of an input changed")


def freshness_of(dataset: DatasetPlan) -> FreshnessPolicy | None:
    """Products of a repository are made every night; what spans repositories is made when its inputs change."""
    if dataset.layer != "products" or dataset.grain == "platform":
        return None
    return FreshnessPolicy.time_window(fail_window=FAIL_AFTER, warn_window=WARN_AFTER)


def automation_sensors(manifest: Manifest) -> Iterator[AutomationConditionSensorDefinition]:
    """One sensor for what spans repositories, which runs, and one for everything else, which is there to be started."""
    made = [dataset for dataset in manifest.datasets if dataset.producer is not None]
    platform = [asset_key(dataset) for dataset in made if dataset.grain == "platform"]
    if platform:
        yield AutomationConditionSensorDefinition(
            "platform_follows",
            target=AssetSelection.assets(*platform),
            default_status=DefaultSensorStatus.RUNNING,
            minimum_interval_seconds=SECONDS,
            description="Makes what spans repositories again when the data of any repository changed.",
        )
    yield AutomationConditionSensorDefinition(
        "early_cutoff",
        target=AssetSelection.assets(*(asset_key(dataset) for dataset in made if dataset.grain != "platform")),
        default_status=DefaultSensorStatus.STOPPED,
        minimum_interval_seconds=SECONDS,
        description="Makes a repository's asset again when the data of its inputs changed, wave by wave.",
    )
