"""What an inmate of the sandbox wrote, believed only as far as its form goes: the module may have written it itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline_assets.extract.producers.runtime.contracts import KINDS, PARAMETER_KINDS

Row = tuple[Any, ...]
Check = Callable[[Any], bool]

MOST_LINE = 1 << 31


class MalformedReport(Exception):
    """Bytes that are no report."""

    def __str__(self) -> str:
        return "what was written for a report is none"


@dataclass(frozen=True, slots=True)
class Failure:
    """What importing raised."""

    error_class: str
    message: str
    place: str | None = None
    """The place of the file in which it was raised, in the folder of the sources."""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a module holds; rows by the names that lead to the object."""

    objects: Mapping[str, Row]
    """Kind, type, module, qualified name, place, line, documentation."""
    signatures: Mapping[str, Row]
    """Text, result, whether it is wrapped, why there is none."""
    parameters: Mapping[tuple[str, int], Row]
    """Name, kind, whether there is a default, the default, whether there is an annotation, the annotation."""
    members: Mapping[tuple[str, str], Row]
    """Kind, type, module and qualified name of the class it comes from."""
    is_cut: bool


def read_report(said: bytes) -> Report | Failure:
    """Read a report; raises `MalformedReport`."""
    try:
        document = json.loads(said)
        if "error" in document:
            return _failure(document["error"])
        objects = _table(document["objects"], _OBJECT, 1)
        found = Report(
            objects={key[0]: row for key, row in objects.items()},
            signatures={key[0]: row for key, row in _table(document["signatures"], _SIGNATURE, 1).items()},
            parameters=_table(document["parameters"], _PARAMETER, 2),
            members=_table(document["members"], _MEMBER, 2),
            is_cut=document["is_cut"] is True,
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise MalformedReport from error
    named = {name for name, _ in (*found.members, *found.parameters)} | set(found.signatures)
    if not named | {""} <= set(found.objects):
        raise MalformedReport
    return found


def _failure(said: Sequence[Any]) -> Failure:
    error_class, message, place = said
    if not (_text(error_class) and _text(message)):
        raise ValueError
    path, line = place or (None, None)
    if not (_maybe_text(path) and _line(line)):
        raise ValueError
    return Failure(_clean(error_class), _clean(message), path and _clean(path), line)


def _table(rows: Sequence[Any], checks: Sequence[Check], keys: int) -> dict[Any, Row]:
    """Rows by their first columns; a row that comes again counts once."""
    found: dict[Any, Row] = {}
    for row in rows:
        if len(row) != len(checks) or not all(check(value) for check, value in zip(checks, row, strict=True)):
            raise ValueError
        clean = tuple(_clean(value) if isinstance(value, str) else value for value in row)
        found.setdefault(clean[:keys], clean[keys:])
    return found


def _clean(text: str) -> str:
    """Text without lone surrogates, which no table can hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _maybe_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _line(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value < MOST_LINE)


def _position(value: Any) -> bool:
    return value is not None and _line(value)


def _kind(value: Any) -> bool:
    return value in KINDS


def _parameter_kind(value: Any) -> bool:
    return value in PARAMETER_KINDS


_OBJECT = (_text, _kind, _text, _maybe_text, _maybe_text, _maybe_text, _line, _maybe_text)
_SIGNATURE = (_text, _maybe_text, _maybe_text, _flag, _maybe_text)
_PARAMETER = (_text, _position, _text, _parameter_kind, _flag, _maybe_text, _flag, _maybe_text)
_MEMBER = (_text, _text, _kind, _text, _maybe_text, _maybe_text)
