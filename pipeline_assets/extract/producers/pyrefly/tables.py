"""From facts and spans to the tables: texts instead of codes, rows in an order that owes nothing to the report's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.pyrefly.columns import (
    Codes,
    Columns,
    Targets,
    bit,
    matrix,
    members,
    number,
    texts_column,
)
from pipeline_assets.extract.producers.pyrefly.facts import NOTHING, SCALARS, Facts
from pipeline_assets.extract.producers.pyrefly.modules import (
    CLASS_FLAGS,
    CLASS_METHOD,
    CLASS_RECEIVER,
    DUNDER_CALL,
    FUNCTION_FLAGS,
    OBJECT_RECEIVER,
    OVERRIDES,
    RETURNS,
    STATIC_METHOD,
    site_of,
)
from pipeline_assets.extract.producers.pyrefly.places import Spans

_RETURNED = [",".join(name for bit, name in enumerate(SCALARS) if bits >> bit & 1) for bits in range(1 << len(SCALARS))]
_TOLD = ("line", "col", "end_line", "end_col")
_ONLY_DECLARED = ("owner", "name", "kind", "overload", "position", "required", "annotation")


@dataclass(frozen=True, slots=True)
class Placed:
    """The facts about a repository's files, and the byte range of every place that they name."""

    files: Sequence[SourceFile]
    facts: Facts
    spans: Spans
    targets: Targets
    texts: Sequence[str]

    @classmethod
    def of(cls, files: Sequence[SourceFile], facts: Facts, spans: Spans) -> Placed:
        """With what several tables need."""
        return cls(files, facts, spans, Targets.of(files, facts, spans), facts.texts.values())

    def misplaced(self) -> frozenset[int]:
        """Numbers of the files of which the report names places that they do not have, other than of errors."""
        lost = ~self.spans.known
        lost[[NOTHING, *matrix(self.facts.flaws)["place"].tolist()]] = False
        return frozenset(self.spans.files[lost].tolist())


def types_columns(placed: Placed) -> Columns:
    """Columns of the types."""
    facts, spans, texts = placed.facts, placed.spans, placed.texts
    declared = matrix(facts.declared)
    places = _concatenated([np.arange(each.first, each.first + len(each.types)) for each in facts.expressions])
    types = _concatenated([np.frombuffer(each.types, np.int64) for each in facts.expressions])
    types = np.append(types, declared["type"])
    rest = {name: np.append(np.full(len(places), NOTHING), declared[name]) for name in _ONLY_DECLARED}
    roles = texts_column(["expression", *texts], np.append(np.zeros(len(places), np.int64), declared["role"] + 1))
    files = np.append(spans.files[places], declared["file"])
    return _placed_columns(placed, files, np.append(places, declared["place"])) | {
        "role": roles,
        "owner": texts_column(placed.targets.qualified, rest["owner"]),
        "name": texts_column(texts, rest["name"]),
        "kind": texts_column(texts, rest["kind"]),
        "overload": number(rest["overload"]),
        "position": number(rest["position"]),
        "is_required": pa.array(rest["required"] > 0, mask=rest["required"] == NOTHING),
        "annotation": texts_column(texts, rest["annotation"]),
        **_type_columns(facts, types),
    }


def calls_columns(placed: Placed) -> Columns:
    """Columns of the calls."""
    facts, spans, texts, targets = placed.facts, placed.spans, placed.texts, placed.targets
    all_sites = matrix(facts.sites)
    at, rows = members(facts.bodies.targets, all_sites["body"])
    sites = {name: values[at] for name, values in all_sites.items()}
    calls = {name: values[rows] for name, values in matrix(facts.bodies.targets.rows).items()}
    labels = [site_of(*label) for label in facts.labels]
    flags = calls["flags"]
    receiver = np.where(flags & OBJECT_RECEIVER, 0, np.where(flags & CLASS_RECEIVER, 1, NOTHING))
    returned = flags >> RETURNS
    return (
        _placed_columns(placed, spans.files[sites["place"]], sites["place"])
        | {
            "site": texts_column([site for site, _ in labels], sites["label"]),
            "origin": texts_column([origin for _, origin in labels], sites["label"]),
            "role": texts_column(texts, calls["role"]),
            "argument": number(calls["argument"]),
        }
        | targets.columns("target", calls["target"])
        | targets.columns("caller", sites["caller"])
        | {
            "flags": pa.array(flags),
            "is_overridable": pa.array(flags & OVERRIDES > 0),
            "receiver": texts_column(texts, calls["receiver"]),
            "implicit_receiver": texts_column(["object", "class"], receiver),
            "is_dunder_call": pa.array(flags & DUNDER_CALL > 0),
            "is_class_method": pa.array(flags & CLASS_METHOD > 0),
            "is_static_method": pa.array(flags & STATIC_METHOD > 0),
            "returns": texts_column(_RETURNED, np.where(returned, returned, NOTHING)),
            "reason": texts_column(texts, calls["reason"]),
        }
    )


def functions_columns(placed: Placed) -> Columns:
    """Columns of the functions."""
    rows, targets = matrix(placed.facts.functions), placed.targets
    names = ("is_overload", "is_static_method", "is_class_method", "is_getter", "is_setter", "is_stub")
    assert len(names) == len(FUNCTION_FLAGS)
    return (
        _placed_columns(placed, rows["file"], rows["place"])
        | {
            "function": texts_column(targets.qualified, rows["definition"]),
            "kind": texts_column(targets.kinds, rows["definition"]),
            "class": texts_column(placed.texts, rows["class"]),
            "parameters": texts_column(placed.texts, rows["parameters"]),
            "overloads": number(rows["overloads"]),
        }
        | {name: bit(rows["flags"], index) for index, name in enumerate(names)}
    )


def classes_columns(placed: Placed) -> Columns:
    """Columns of the classes."""
    rows, texts = matrix(placed.facts.classes), [text or None for text in placed.texts]
    return (
        _placed_columns(placed, rows["file"], rows["place"])
        | {
            "class": texts_column(placed.targets.qualified, rows["definition"]),
            "bases": texts_column(texts, rows["bases"]),
            "mro": texts_column(texts, rows["mro"]),
            "is_cyclic": pa.array(rows["mro"] == NOTHING),
            "fields": texts_column(texts, rows["fields"]),
        }
        | {name: bit(rows["flags"], index) for index, name in enumerate(CLASS_FLAGS)}
    )


def overrides_columns(placed: Placed) -> Columns:
    """Columns of the overrides."""
    rows = matrix(placed.facts.overrides)
    return (
        _placed_columns(placed, rows["file"], rows["place"])
        | {
            "method": texts_column(placed.targets.qualified, rows["definition"]),
            "class": texts_column(placed.texts, rows["class"]),
        }
        | placed.targets.columns("base", rows["base"])
    )


def captures_columns(placed: Placed) -> Columns:
    """Columns of the captured variables: of functions as a whole, then of uses."""
    facts, sites, whole = placed.facts, matrix(placed.facts.sites), matrix(placed.facts.captures)
    at, rows = members(facts.bodies.captures, sites["body"])
    uses = {name: values[rows] for name, values in matrix(facts.bodies.captures.rows).items()}
    places = sites["place"][at]
    files = np.append(whole["file"], placed.spans.files[places])
    return (
        _placed_columns(placed, files, np.append(np.full(len(whole["file"]), NOTHING), places))
        | {"name": texts_column(placed.texts, np.append(whole["name"], uses["name"]))}
        | placed.targets.columns("function", np.append(whole["definition"], sites["caller"][at]))
        | placed.targets.columns("owner", np.append(whole["owner"], uses["owner"]))
    )


def errors_columns(placed: Placed) -> Columns:
    """Columns of the errors: positions stay as they are told, whether the file has them or not."""
    flaws = matrix(placed.facts.flaws)
    places = flaws["place"]
    told = placed.spans.told[places]
    return {
        "number": pa.array(flaws["file"]),
        "is_misplaced": pa.array(np.zeros(len(places), bool)),
        "bstart": number(placed.spans.starts[places]),
        "bend": number(placed.spans.ends[places]),
        "kind": texts_column(placed.texts, flaws["kind"]),
        "message": texts_column(placed.texts, flaws["message"]),
        **{name: number(np.where(told[:, 0] > 0, column, NOTHING)) for name, column in zip(_TOLD, told.T, strict=True)},
    }


def _type_columns(facts: Facts, types: Codes) -> Columns:
    records = list(facts.types)
    return {
        "type": texts_column([record.text for record in records], types),
        "classes": texts_column([record.classes or None for record in records], types),
        "modifiers": texts_column([record.modifiers or None for record in records], types),
        "is_exhaustive": pa.array(np.array([record.is_exhaustive for record in records], bool)[types]),
        "scalar": texts_column([record.scalar or None for record in records], types),
    }


def _placed_columns(placed: Placed, files: Codes, places: Codes) -> Columns:
    """The file's number and the span; a row whose place its file does not have is to be left out."""
    spans = placed.spans
    return {
        "number": pa.array(files),
        "is_misplaced": pa.array((places >= 0) & ~spans.known[places]),
        "bstart": number(spans.starts[places]),
        "bend": number(spans.ends[places]),
    }


def _concatenated(parts: list[Codes]) -> Codes:
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
