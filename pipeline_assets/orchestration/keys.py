"""Asset keys: a dataset's name under its layer."""

from __future__ import annotations

from dagster import AssetKey

from pipeline_assets.inference.manifest import DatasetPlan


def asset_key(dataset: DatasetPlan) -> AssetKey:
    """`layer/name`: one name everywhere, grouped by the layer."""
    return AssetKey([dataset.layer, dataset.name])
