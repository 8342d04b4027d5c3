"""Snapshots: what one scope (a repository, or the platform) holds at one moment, as immutable values.

A snapshot is consistent when
1. every input that a dataset recorded is held in exactly the version it recorded, and
2. every blocking check it carries passed on exactly the versions it holds: an older verdict says nothing of newer data.
An input whose name has a colon (`source:repository_tree`, `repository:flask:nodes`) lives outside the scope: it is
recorded as provenance and never makes a snapshot inconsistent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import StoredColumn, stored_columns
from pipeline_assets.store.documents import canonical_json
from pipeline_assets.store.parquet import Part


@dataclass(frozen=True)
class DatasetVersion:
    """One dataset as one run made it: its parts and everything it was made from."""

    dataset: str
    data_version: str
    """Hash of the parts' contents and the schema: equal data has equal versions, whoever made it and when."""
    fingerprint: str
    """Identity of the plan that made it."""
    environment: str
    """Hash of interpreter, libraries, producers and configuration."""
    inputs: Mapping[str, str]
    """The data version of every dataset that was read."""
    parts: tuple[Part, ...]
    columns: tuple[StoredColumn, ...]
    run_id: str
    seconds: float

    @property
    def rows(self) -> int:
        """How many rows all parts hold."""
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        """How many bytes all parts take."""
        return sum(part.bytes for part in self.parts)

    @cached_property
    def spelled(self) -> str:
        """This version as canonical JSON: the many snapshots of a build that hold it spell it once."""
        parts, columns = (list(map(_fields, values)) for values in (self.parts, self.columns))
        return _spelled({**_fields(self), "parts": parts, "columns": columns})


@dataclass(frozen=True)
class Verdict:
    """What one check said about the data versions it looked at."""

    check: str
    """Unique in the snapshot, such as `contract:definitions`."""
    passed: bool
    blocking: bool
    versions: Mapping[str, str]
    """The data version of every dataset that the check read."""
    violations: int = 0
    message: str = ""
    sample: tuple[Mapping[str, Any], ...] = ()
    """A few offending rows, as JSON values."""

    @cached_property
    def spelled(self) -> str:
        """This verdict as canonical JSON."""
        return _spelled(_fields(self))


@dataclass(frozen=True)
class Snapshot:
    """Everything a scope holds at one moment; `id` sorts by time and ends in a hash of the content."""

    id: str
    parent: str | None
    """The consistent snapshot below this one."""
    repository: str
    created: str
    datasets: Mapping[str, DatasetVersion]
    checks: Mapping[str, Verdict]

    @cached_property
    def is_consistent(self) -> bool:
        """Whether readers may see it."""
        return next(inconsistencies(self), None) is None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part of every dataset, each file once."""
        by_path = {part.path: part for version in self.datasets.values() for part in version.parts}
        return tuple(by_path.values())


def dataset_version(
    contract: Contract,
    parts: Iterable[Part],
    *,
    fingerprint: str,
    environment: str,
    inputs: Mapping[str, str],
    run_id: str,
    seconds: float,
) -> DatasetVersion:
    """The version that `parts` make: parts in bucket order, `data_version` from their contents and the schema."""
    ordered = tuple(sorted(parts, key=lambda part: -1 if part.bucket is None else part.bucket))
    columns = stored_columns(contract)
    return DatasetVersion(
        dataset=contract.name,
        data_version=_content_version(ordered, columns),
        fingerprint=fingerprint,
        environment=environment,
        inputs=dict(sorted(inputs.items())),
        parts=ordered,
        columns=columns,
        run_id=run_id,
        seconds=seconds,
    )


def inconsistencies(snapshot: Snapshot) -> Iterator[str]:
    """One sentence for everything that keeps readers from seeing `snapshot`; nothing when it is consistent."""
    held = {name: version.data_version for name, version in snapshot.datasets.items()}
    for name, version in snapshot.datasets.items():
        for read, wanted in version.inputs.items():
            if ":" not in read and held.get(read) != wanted:
                yield f"{name} was made from {read} {wanted}, but the snapshot holds {held.get(read, 'none')}"
    for check in snapshot.checks.values():
        if check.blocking and not check.passed:
            yield f"the blocking check {check.check} failed: {check.message or f'{check.violations} violation(s)'}"
        elif check.blocking and any(held.get(name) != wanted for name, wanted in check.versions.items()):
            yield f"the blocking check {check.check} has not been run on the data that is held now"


def merge(
    head: Snapshot | None,
    repository: str,
    replaced: Mapping[str, DatasetVersion],
    verdicts: Iterable[Verdict],
    datasets: Sequence[str] | None = None,
    checks: Sequence[str] | None = None,
) -> Snapshot:
    """`head` with some datasets and verdicts replaced; `datasets` and `checks` name what today's plan still has.

    A verdict about a dataset that is no longer held is dropped with it. The result has no id yet: see `sealed`.
    """
    held = {**(head.datasets if head else {}), **replaced}
    judged = {**(head.checks if head else {}), **{verdict.check: verdict for verdict in verdicts}}
    held = {name: held[name] for name in sorted(held) if datasets is None or name in datasets}
    judged = {name: judged[name] for name in sorted(judged) if checks is None or name in checks}
    judged = {name: verdict for name, verdict in judged.items() if verdict.versions.keys() <= held.keys()}
    parent = head.id if head and head.is_consistent else head.parent if head else None
    return Snapshot("", parent, repository, "", held, judged)


def sealed(draft: Snapshot, created: datetime) -> Snapshot:
    """`draft` with its time and the id that follows from time and content."""
    stamp = created.strftime("%Y%m%dT%H%M%S") + f"{created.microsecond // 1000:03d}Z"
    dated = replace(draft, created=created.isoformat(timespec="milliseconds"))
    digest = hashlib.sha256(spelled_snapshot(dated)).hexdigest()[:12]
    return replace(dated, id=f"{stamp}-{digest}")


def spelled_snapshot(snapshot: Snapshot) -> bytes:
    """A snapshot as canonical JSON, put together from what its versions and verdicts have spelled before."""
    body = {name: _spelled(value) for name, value in _fields(snapshot).items() if name not in _SPELLED}
    body |= {name: _spelled_values(getattr(snapshot, name)) for name in _SPELLED}
    return _spelled_object(body).encode()


def snapshot_from_json(body: Mapping[str, Any]) -> Snapshot:
    """The snapshot that `spelled_snapshot` spelled, from what JSON reads there."""
    return Snapshot(
        **{
            **body,
            "datasets": {name: _version_from_json(version) for name, version in body["datasets"].items()},
            "checks": {name: _verdict_from_json(verdict) for name, verdict in body["checks"].items()},
        }
    )


_SPELLED = ("checks", "datasets")


def _spelled_values(named: Mapping[str, DatasetVersion] | Mapping[str, Verdict]) -> str:
    return _spelled_object({name: value.spelled for name, value in named.items()})


def _spelled_object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{_spelled(name)}:{members[name]}" for name in sorted(members)) + "}"


def _spelled(value: object) -> str:
    return canonical_json(value).decode()


def _fields(value: Any) -> dict[str, Any]:
    """A value's own fields, uncopied: `dataclasses.asdict` copies every leaf and takes ten times as long."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _version_from_json(body: Mapping[str, Any]) -> DatasetVersion:
    parts = tuple(Part(**part) for part in body["parts"])
    columns = tuple(StoredColumn(**column) for column in body["columns"])
    return DatasetVersion(**{**body, "parts": parts, "columns": columns})


def _verdict_from_json(body: Mapping[str, Any]) -> Verdict:
    return Verdict(**{**body, "sample": tuple(body["sample"])})


def _content_version(parts: Sequence[Part], columns: Sequence[StoredColumn]) -> str:
    schema = [[column.name, column.type, column.nullable] for column in columns]
    return hashlib.sha256(canonical_json([schema, [part.sha256 for part in parts if part.rows]])).hexdigest()[:32]
