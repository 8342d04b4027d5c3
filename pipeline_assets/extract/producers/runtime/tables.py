"""From reports to tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.runtime.contracts import (
    RUNTIME_MEMBERS,
    RUNTIME_MODULES,
    RUNTIME_OBJECTS,
    RUNTIME_PARAMS,
    RUNTIME_SIGNATURES,
)
from pipeline_assets.extract.producers.runtime.places import Places
from pipeline_assets.extract.producers.runtime.report import Report
from pipeline_assets.inference.contract import Contract
from pipeline_assets.store.columns import arrow_schema, stored_columns

OUTSIDE = 1 << 62
"""Marks ids of what is in no file."""
MOST_DOC = 200
SANDBOX = {
    "is_without_network": ("network", "ipc"),
    "is_without_files": ("filesystem",),
    "is_without_processes": ("processes",),
}
"""What each column takes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a module."""

    status: str
    error_class: str | None = None
    message: str | None = None
    place: str | None = None
    line: int | None = None
    limit: str | None = None


@dataclass(frozen=True, slots=True)
class Inspected:
    """A module that was asked for."""

    name: str
    file: SourceFile | None
    verdict: Verdict
    report: Report | None = None
    sandbox: Mapping[str, str] | None = None
    class_lines: Places = field(default_factory=dict)

    @property
    def not_enforced(self) -> str | None:
        """What the platform refused, and why."""
        refused = [f"{name} ({reason})" for name, reason in sorted((self.sandbox or {}).items()) if reason]
        return ", ".join(refused) or None


def object_id(repository: str, module: str, qualname: str) -> int:
    """Id of an object: it depends on its names alone."""
    names = "\0".join(("runtime", repository, module, qualname)).encode()
    return OUTSIDE | int.from_bytes(hashlib.blake2b(names, digest_size=8).digest(), "big") >> 2


def modules_table(repository: str, inspected: Sequence[Inspected], places: Mapping[str, SourceFile]) -> pa.Table:
    """A row per module that was asked for."""
    return _table(RUNTIME_MODULES, [_module_row(repository, each, places) for each in inspected])


def object_tables(
    repository: str, inspected: Sequence[Inspected], places: Mapping[str, SourceFile]
) -> dict[str, pa.Table]:
    """The tables of objects, signatures, parameters and members."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("runtime_objects", "runtime_signatures", "runtime_params", "runtime_members")
    }
    for each in inspected:
        if each.report is not None:
            ids = {name: object_id(repository, each.name, name) for name in each.report.objects}
            rows["runtime_objects"] += _object_rows(each, each.report, ids, places)
            rows["runtime_signatures"] += _signature_rows(each, each.report, ids)
            rows["runtime_params"] += _param_rows(each.report, ids)
            rows["runtime_members"] += _member_rows(each, each.report, ids)
    contracts = (RUNTIME_OBJECTS, RUNTIME_SIGNATURES, RUNTIME_PARAMS, RUNTIME_MEMBERS)
    return {
        contract.name: _table(contract, [{"repository": repository, **row} for row in rows[contract.name]])
        for contract in contracts
    }


def _module_row(repository: str, each: Inspected, places: Mapping[str, SourceFile]) -> dict[str, Any]:
    verdict, sandbox = each.verdict, each.sandbox
    raised_in = places.get(verdict.place or "")
    enforced = {
        column: None if sandbox is None else not any(sandbox.get(name, "unknown") for name in names)
        for column, names in SANDBOX.items()
    }
    return {
        "repository": repository,
        "module": each.name,
        "file_id": each.file and each.file.file_id,
        "status": verdict.status,
        "error_class": verdict.error_class,
        "message": verdict.message,
        "error_file_id": raised_in and raised_in.file_id,
        "error_line": verdict.line if raised_in else None,
        **enforced,
        "not_enforced": each.not_enforced,
    }


def _object_rows(
    each: Inspected, report: Report, ids: Mapping[str, int], places: Mapping[str, SourceFile]
) -> Iterator[dict[str, Any]]:
    for name, (kind, type_name, module, qualname, place, line, document) in report.objects.items():
        file = places.get(place or "")
        if kind == "class" and line is None:
            line = each.class_lines.get((place or "", qualname or ""))
        yield {
            "object_id": ids[name],
            "module": each.name,
            "qualname": name,
            "kind": kind,
            "type": type_name,
            "defined_module": module,
            "defined_qualname": qualname,
            "file_id": file and file.file_id,
            "line": line if file else None,
            "doc": _first_line(document),
        }


def _signature_rows(each: Inspected, report: Report, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for name, (text, returns, is_wrapped, reason) in report.signatures.items():
        yield {
            "object_id": ids[name],
            "module": each.name,
            "qualname": name,
            "signature": text,
            "returns": returns,
            "is_wrapped": is_wrapped,
            "reason": reason,
        }


def _param_rows(report: Report, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    columns = ("name", "kind", "has_default", "default", "has_annotation", "annotation")
    for (name, position), row in report.parameters.items():
        yield {"object_id": ids[name], "position": position, **dict(zip(columns, row, strict=True))}


def _member_rows(each: Inspected, report: Report, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for (cls, name), (kind, type_name, module, qualname) in report.members.items():
        yield {
            "object_id": ids[cls],
            "module": each.name,
            "class": cls,
            "name": name,
            "kind": kind,
            "type": type_name,
            "defining_module": module,
            "defining_class": qualname,
        }


def _first_line(document: str | None) -> str | None:
    lines = (line.strip() for line in (document or "").splitlines())
    return next((line[:MOST_DOC] for line in lines if line), None)


def _table(contract: Contract, rows: list[dict[str, Any]]) -> pa.Table:
    table = pa.Table.from_pylist(rows, arrow_schema(stored_columns(contract)))
    return table.sort_by([(name, "ascending") for name in contract.key])
