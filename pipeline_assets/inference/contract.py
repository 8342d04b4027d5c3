"""Contracts: what a dataset promises — columns, types, key, spans, functional dependencies — and why it exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.schema as sch
import ibis.expr.types as ir

from pipeline_assets.inference.errors import ContractError

Layer = Literal["extract", "normalize", "cpg", "products"]
LAYERS: tuple[Layer, ...] = get_args(Layer)

FILE_KEY = "file_id"
REPOSITORY_KEY = "repository"
ORDINAL_BITS = 23
FAMILY_BITS = 4
FILE_SHIFT = ORDINAL_BITS + FAMILY_BITS


@dataclass(frozen=True, slots=True)
class Column:
    """One column: an Ibis type name, a description, and what is checked on data."""

    name: str
    type: str
    description: str
    nullable: bool = False
    values: tuple[str, ...] = ()
    """The closed list of values of a categorical column; empty means any value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Values of `column` must be found in `dataset.target`; nulls refer to nothing."""

    column: str
    dataset: str
    target: str


@dataclass(frozen=True)
class Contract:
    """The promise of one dataset; everything a reader may rely on and every free check follows from it.

    `description` is one plain sentence; `query` is a ready SQL query to try.
    `local` names columns whose value carries the row's own file in its upper bits
    (`value >> FILE_SHIFT == file_id`): joining on them keeps `file` grain.
    `spans` are (start, end) column pairs, half-open byte offsets into the row's own file.
    `part_of` names the union dataset that collects this one; its columns must be the union's.
    """

    name: str
    layer: Layer
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    local: tuple[str, ...] = ()
    spans: tuple[tuple[str, str], ...] = ()
    references: tuple[Reference, ...] = ()
    part_of: str | None = None
    query: str = ""

    def __post_init__(self) -> None:
        """Refuse a contract that contradicts itself, naming what is wrong."""
        problems = list(_contract_problems(self))
        if problems:
            raise ContractError(self.name, problems)

    @cached_property
    def schema(self) -> sch.Schema:
        """The Ibis schema, in contract order, nullability included."""
        return sch.Schema({c.name: ibis.dtype(c.type).copy(nullable=c.nullable) for c in self.columns})

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`; `KeyError` when the contract has none."""
        return next(column for column in self.columns if column.name == name)

    def unbound(self) -> ir.Table:
        """A schema-only table under the dataset's name, for tracing."""
        return ibis.table(self.schema, name=self.name)

    def select(self, table: ir.Table) -> ir.Table:
        """The contract's columns of `table` in order: the usual last step of a task.

        Integers widen to the promised size (literals are born narrow); any other difference is left to be refused.
        """
        return table.select(**{name: _widened(table[name], self.schema[name]) for name in self.names})


def _widened(value: ir.Value, promised: dt.DataType) -> ir.Value:
    built = value.type()
    if isinstance(built, dt.Integer) and isinstance(promised, dt.Integer) and built.nbytes < promised.nbytes:
        return value.cast(promised)
    return value


def _contract_problems(contract: Contract) -> Iterator[str]:
    names = contract.names
    if not contract.name.isidentifier() or contract.name != contract.name.lower():
        yield f"the name {contract.name!r} is not a lower-case identifier"
    if contract.layer not in LAYERS:
        yield f"the layer {contract.layer!r} is none of {', '.join(LAYERS)}"
    if not contract.description.strip():
        yield "there is no description"
    yield from (f"the column {name!r} appears twice" for name in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"the column {c.name!r} has no description" for c in contract.columns if not c.description.strip())
    mentioned = {
        "key": contract.key,
        "local": contract.local,
        "spans": tuple(name for span in contract.spans for name in span),
        "references": tuple(reference.column for reference in contract.references),
    }
    for role, used in mentioned.items():
        yield from (f"{role} names {name!r}, which is not a column" for name in used if name not in names)
    if not contract.key:
        yield "there is no key"
    yield from (
        f"the key column {name!r} is nullable"
        for name in contract.key
        if name in names and contract.column(name).nullable
    )
    if contract.local and FILE_KEY not in names:
        yield f"local columns need a {FILE_KEY} column to agree with"
