"""Partitions from grain: rows that stay within a repository are partitioned by it, everything else is one piece."""

from __future__ import annotations

from collections.abc import Iterable

from dagster import (
    DagsterInstance,
    DynamicPartitionsDefinition,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
)

from pipeline_assets.inference.grain import Grain
from pipeline_assets.inference.manifest import Manifest
from pipeline_assets.store.names import check_repository_name

REPOSITORY = "repository"
GENERATION = "generation"
REPOSITORIES = DynamicPartitionsDefinition(name=REPOSITORY)


class UnknownGenerationError(LookupError):
    """A wave that the manifest does not have; says which and how many there are."""

    def __init__(self, index: int, count: int) -> None:
        super().__init__(index, count)
        self.index, self.count = index, count

    def __str__(self) -> str:
        return f"there is no generation {self.index}: the manifest has {self.count}, counted from 0"


def partitions_of(grain: Grain) -> DynamicPartitionsDefinition | None:
    """The partitions of a dataset of this grain; None for a dataset over all repositories."""
    return None if grain == "platform" else REPOSITORIES


def generation_name(index: int) -> str:
    """`g00` … `gNN`: how a wave is called in tags, partition keys and job names."""
    return f"g{index:02d}"


def waves_partitions(manifest: Manifest) -> MultiPartitionsDefinition:
    """Repository × generation: one partition is one wave of one repository."""
    generations = StaticPartitionsDefinition([generation_name(wave.index) for wave in manifest.generations])
    return MultiPartitionsDefinition({REPOSITORY: REPOSITORIES, GENERATION: generations})


def wave_key(repository: str, index: int, manifest: Manifest) -> MultiPartitionKey:
    """The partition of one wave; checked here, as Dagster stores any key it is given."""
    if not 0 <= index < len(manifest.generations):
        raise UnknownGenerationError(index, len(manifest.generations))
    check_repository_name(repository)
    return MultiPartitionKey({REPOSITORY: repository, GENERATION: generation_name(index)})


def register_repository(instance: DagsterInstance, repository: str) -> None:
    """Make `repository` a partition, once; raises `InvalidRepositoryName` for a name that cannot be one."""
    check_repository_name(repository)
    if not instance.has_dynamic_partition(REPOSITORY, repository):
        instance.add_dynamic_partitions(REPOSITORY, [repository])


def forget_repository(instance: DagsterInstance, repository: str) -> None:
    """Drop the partition of `repository`, if there is one; its recorded events stay."""
    if instance.has_dynamic_partition(REPOSITORY, repository):
        instance.delete_dynamic_partition(REPOSITORY, repository)


def sync_repositories(instance: DagsterInstance, registered: Iterable[str]) -> None:
    """Make every registered repository a partition; what goes is the `repositories` sensor's to see."""
    for repository in sorted(set(registered) - set(instance.get_dynamic_partitions(REPOSITORY))):
        register_repository(instance, repository)
