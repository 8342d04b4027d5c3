"""Grain: how far a plan's rows depend on each other — one file, one repository, or everything.

A plan has `file` grain when running it on each file's rows alone and putting the results together gives the same rows
as running it on everything; `repository` grain likewise. That holds while every join, grouping, window, distinct and
set operation keeps rows of one file (repository) among themselves, because what it equates *carries* the key:

file         `file_id` itself, or any value that a contract calls `local` (its upper bits are the row's own file)
repository   `repository` itself, and whatever carries the file: a file belongs to one repository

Equal values carry equal files only within one kind: `file_id = file_id` and local = local, never `file_id = node_id`.
A nullable carrier still serves in a join (null equals nothing) but not in a grouping (nulls of all files meet). The
padded side of an outer join is nullable; `coalesce` over both sides is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import ibis.expr.operations as ops
import ibis.expr.types as ir

from pipeline_assets.inference.carriers import (
    ALWAYS,
    NEVER,
    Candidate,
    Key,
    Keys,
    Kind,
    Resolve,
    candidate,
    joined_cases,
    not_null,
)
from pipeline_assets.inference.contract import FILE_KEY, REPOSITORY_KEY, Contract
from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.traversal import conjuncts, relations_of, values_held, values_of

Grain = Literal["file", "repository", "platform"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
"""From fine to coarse."""


@dataclass(frozen=True)
class Facts:
    """What a reader may rely on: the producer's grain and the columns that hold a row's own keys."""

    grain: Grain
    local: frozenset[str]
    """Columns that carry the file: `file_id` and the contract's local columns."""
    repository: str | None
    """The column that holds the repository."""


@dataclass(frozen=True)
class Coarsening:
    """Why one grain is out of reach: the operation and what it does."""

    lost: Grain
    operation: str
    reason: str

    def __str__(self) -> str:
        return f"not {self.lost}: {self.operation} {self.reason}"


@dataclass(frozen=True)
class GrainVerdict:
    """The finest grain that an expression keeps, why no finer, and its columns that hold the row's own key."""

    grain: Grain
    reason: str
    carries: frozenset[str]
    coarsenings: tuple[Coarsening, ...] = ()


def facts_of(contract: Contract, grain: Grain) -> Facts:
    """The facts of a dataset from its contract and its producer's grain."""
    file_keys = {FILE_KEY} & set(contract.names)
    repository = REPOSITORY_KEY if REPOSITORY_KEY in contract.names else None
    return Facts(grain, frozenset(file_keys.union(contract.local)), repository)


def coarsest(verdicts: Iterable[GrainVerdict]) -> GrainVerdict:
    """The verdict of a task made of several expressions: that of the coarsest; raises `ValueError` for none."""
    return max(verdicts, key=lambda verdict: GRAINS.index(verdict.grain))


def expression_grain(expr: ir.Table, facts: Mapping[str, Facts], *, stored: bool = True) -> GrainVerdict:
    """The finest grain of `expr`, never finer than that of the datasets it reads.

    A `stored` expression must carry the key columns of its grain; the projection of an extract or graph task need
    not, because whoever runs it hands over the rows of one file or one repository only.
    Raises `UnsupportedOperation` for a relational operation whose effect is not known.
    """
    coarsenings: list[Coarsening] = []
    for grain in GRAINS[:-1]:
        try:
            keys = _Analysis(grain, facts).keys_of(expr.op(), stored)
        except _Lost as lost:
            coarsenings.append(Coarsening(grain, lost.operation, lost.reason))
            continue
        carries = frozenset(name for name, key in keys.items() if key.kind in _CARRIERS[grain] and not key.nullable)
        return GrainVerdict(grain, _reason(grain, coarsenings), carries, tuple(coarsenings))
    return GrainVerdict("platform", _reason("platform", coarsenings), frozenset(), tuple(coarsenings))


def _reason(grain: Grain, coarsenings: list[Coarsening]) -> str:
    if not coarsenings:
        return f"every step keeps the {grain}'s rows to themselves"
    if len({(coarsening.operation, coarsening.reason) for coarsening in coarsenings}) == 1:
        names = " or ".join(coarsening.lost for coarsening in coarsenings)
        return f"not {names}: {coarsenings[0].operation} {coarsenings[0].reason}"
    return "; ".join(map(str, coarsenings))


class _Lost(Exception):
    """The grain under analysis cannot be kept."""

    def __init__(self, operation: str, reason: str) -> None:
        super().__init__(operation, reason)
        self.operation, self.reason = operation, reason


_CARRIERS: dict[Grain, frozenset[Kind]] = {
    "file": frozenset({"file", "local"}),
    "repository": frozenset({"file", "local", "repository"}),
}
_NAMES: dict[Grain, str] = {
    "file": f"{FILE_KEY} or a local column",
    "repository": f"{REPOSITORY_KEY}, {FILE_KEY} or a local column",
}


class _Analysis:
    """One walk over an expression at one grain; raises `_Lost` where the grain is lost."""

    def __init__(self, grain: Grain, facts: Mapping[str, Facts]) -> None:
        self.grain, self.facts = grain, facts
        self.keys: dict[ops.Relation, Keys] = {}

    def keys_of(self, root: ops.Relation, stored: bool) -> Keys:
        """The key columns of the result; a stored one must hold the grain's own key under its name."""
        for relation in relations_of(root):
            rule = _RULES.get(type(relation))
            if rule is None:
                raise UnsupportedOperation(type(relation).__name__, "its grain is not known; build the plan without it")
            self.keys[relation] = rule(self, relation)
        found = self.keys[root]
        if stored:
            self._require(found, REPOSITORY_KEY, "repository")
        if stored and self.grain == "file":
            self._require(found, FILE_KEY, "file")
        return found

    def _require(self, found: Keys, column: str, kind: Kind) -> None:
        key = found.get(column)
        if key is None or key.kind != kind:
            raise _Lost("the output", f"has no column {column} that holds the row's own {kind}")
        if key.nullable:
            raise _Lost("the output", f"may hold null in {column}")

    # -- leaves

    def leaf(self, relation: ops.UnboundTable) -> Keys:
        name = relation.name
        if name not in self.facts:
            raise UnsupportedOperation(name, "nothing is known of this dataset's grain; compile its producer first")
        facts = self.facts[name]
        if GRAINS.index(facts.grain) > GRAINS.index(self.grain):
            raise _Lost(name, f"is of {facts.grain} grain")
        kinds: dict[str, Kind] = {column: "file" if column == FILE_KEY else "local" for column in facts.local}
        if facts.repository:
            kinds[facts.repository] = "repository"
        keys = {c: Key(kind, relation.schema[c].nullable) for c, kind in kinds.items() if c in relation.schema}
        own = (FILE_KEY,) if self.grain == "file" else (FILE_KEY, facts.repository)
        if not any(column in keys and not keys[column].nullable for column in own):
            raise _Lost(name, f"has no {self.grain} key, or it may be null")
        return keys

    def literal_rows(self, relation: ops.DummyTable) -> Keys:
        raise _Lost("DummyTable", f"makes rows that belong to no {self.grain}")

    # -- rows one by one

    def same(self, relation: ops.Relation) -> Keys:
        self._check(values_held(relation), self._of_parent(relation))
        return self.keys[relation.parent]

    def project(self, relation: ops.Project) -> Keys:
        resolve = self._of_parent(relation)
        self._check(relation.values.values(), resolve)
        return self._settled(relation.values, resolve, 1)

    def drop_columns(self, relation: ops.DropColumns) -> Keys:
        return {name: key for name, key in self.keys[relation.parent].items() if name in relation.schema}

    def filter(self, relation: ops.Filter) -> Keys:
        keys = dict(self.same(relation))
        for predicate in conjuncts(relation.predicates):
            if isinstance(predicate, ops.NotNull):
                not_null(keys, predicate.arg)
        return keys

    def drop_null(self, relation: ops.DropNull) -> Keys:
        keys = dict(self.same(relation))
        if relation.how == "any":
            for column in relation.parent.fields.values() if relation.subset is None else relation.subset:
                not_null(keys, column)
        return keys

    def fill_null(self, relation: ops.FillNull) -> Keys:
        by = relation.replacements
        filled = set(by) if isinstance(by, Mapping) else set(relation.schema.names)
        return {n: key for n, key in self.same(relation).items() if not key.nullable or n not in filled}

    def unnest(self, relation: ops.TableUnnest) -> Keys:
        made = {relation.column_name, relation.offset}
        return {name: key for name, key in self.same(relation).items() if name not in made}

    def limit(self, relation: ops.Relation) -> Keys:
        raise _Lost(type(relation).__name__, f"chooses among the rows of every {self.grain}")

    # -- rows together

    def distinct(self, relation: ops.Distinct) -> Keys:
        keys = self.keys[relation.parent]
        if not any(self._carries(key) and not key.nullable for key in keys.values()):
            raise _Lost("distinct", f"compares rows without {_NAMES[self.grain]}")
        return keys

    def aggregate(self, relation: ops.Aggregate) -> Keys:
        resolve = self._of_parent(relation)
        self._check_groups(relation.groups.values(), resolve, "group_by")
        self._check(relation.values.values(), resolve, reduces=True)
        return self._settled(relation.values, resolve, 1)

    def set(self, relation: ops.Set) -> Keys:
        left, right = self.keys[relation.left], self.keys[relation.right]
        shared = {
            name: Key(key.kind, key.nullable or right[name].nullable)
            for name, key in left.items()
            if name in right and right[name].kind == key.kind
        }
        compares = relation.distinct or not isinstance(relation, ops.Union)
        if compares and not any(self._carries(key) and not key.nullable for key in shared.values()):
            raise _Lost(type(relation).__name__.lower(), f"compares rows without {_NAMES[self.grain]} on both sides")
        return shared

    def join(self, relation: ops.JoinChain) -> Keys:
        cases: list[frozenset[ops.Relation]] = [frozenset({relation.first})]
        for position, link in enumerate(relation.rest):
            self._check_link(link, relation.tables[: position + 1])
            cases = joined_cases(cases, link)

        def resolve(field: ops.Field) -> Candidate | None:
            key = self.keys[field.rel].get(field.name) if field.rel in relation.tables else None
            if key is None or key.nullable:
                return None if key is None else Candidate(key.kind, NEVER)
            return Candidate(key.kind, frozenset(i for i, case in enumerate(cases) if field.rel in case))

        self._check(relation.values.values(), resolve, cases=len(cases))
        return self._settled(relation.values, resolve, len(cases))

    # -- parts of rules

    def _carries(self, key: Key | Candidate) -> bool:
        return key.kind in _CARRIERS[self.grain]

    def _of_parent(self, relation: ops.Relation) -> Resolve:
        def resolve(field: ops.Field) -> Candidate | None:
            key = self.keys[relation.parent].get(field.name) if field.rel == relation.parent else None
            return None if key is None else Candidate(key.kind, NEVER if key.nullable else ALWAYS)

        return resolve

    def _settled(self, values: Mapping[str, ops.Value], resolve: Resolve, cases: int) -> Keys:
        found = {name: candidate(value, resolve) for name, value in values.items()}
        return {name: Key(c.kind, len(c.sure) < cases) for name, c in found.items() if c is not None}

    def _check_link(self, link: ops.JoinLink, seen: list[ops.Relation]) -> None:
        label = f"{link.how} join to {_label(link.table)}"
        if link.how not in ("inner", "left", "right", "outer", "semi", "anti"):
            raise _Lost(label, f"pairs rows without equating {_NAMES[self.grain]}")
        self._check(link.predicates, lambda field: None)
        if not any(self._equates(predicate, seen, link.table) for predicate in conjuncts(link.predicates)):
            raise _Lost(label, f"equates no {_NAMES[self.grain]}")

    def _equates(self, predicate: ops.Value, seen: list[ops.Relation], new: ops.Relation) -> bool:
        if not isinstance(predicate, ops.Equals):
            return False

        def resolve(field: ops.Field) -> Candidate | None:
            key = self.keys[field.rel].get(field.name)
            return None if key is None else Candidate(key.kind, NEVER)

        sides = (predicate.left, predicate.right)
        found = [candidate(side, resolve) for side in sides]
        if found[0] is None or found[1] is None or found[0].kind != found[1].kind or not self._carries(found[0]):
            return False
        relations = [side.relations for side in sides]
        return any(relations[i] == {new} and relations[1 - i] <= set(seen) for i in (0, 1))

    def _check(self, values: Iterable[ops.Value], resolve: Resolve, reduces: bool = False, cases: int = 1) -> None:
        """Refuse values that look beyond their own row: subqueries, and windows whose partition carries no key."""
        nodes = [node for value in values for node in values_of(value)]
        windows = [node for node in nodes if isinstance(node, ops.WindowFunction)]
        for window in windows:
            self._check_groups(window.group_by, resolve, f"window of {type(window.func).__name__}", cases)
        windowed = {window.func for window in windows}
        for node in nodes:
            if isinstance(node, ops.Subquery):
                raise _Lost(type(node).__name__, f"reads {_label(node.rel)} as a whole")
            if isinstance(node, (ops.Analytic, *(() if reduces else (ops.Reduction,)))) and node not in windowed:
                raise _Lost(type(node).__name__, f"sees the rows of every {self.grain}")

    def _check_groups(self, groups: Iterable[ops.Value], resolve: Resolve, label: str, cases: int = 1) -> None:
        found = [candidate(group, resolve) for group in groups]
        if not any(c is not None and self._carries(c) and len(c.sure) == cases for c in found):
            raise _Lost(label, f"puts rows together without {_NAMES[self.grain]}")


_RULES: dict[type, Callable[[_Analysis, ops.Relation], Keys]] = {
    ops.UnboundTable: _Analysis.leaf,
    ops.DummyTable: _Analysis.literal_rows,
    ops.SelfReference: _Analysis.same,
    ops.JoinReference: _Analysis.same,
    ops.Sort: _Analysis.same,
    ops.Project: _Analysis.project,
    ops.DropColumns: _Analysis.drop_columns,
    ops.Filter: _Analysis.filter,
    ops.DropNull: _Analysis.drop_null,
    ops.FillNull: _Analysis.fill_null,
    ops.TableUnnest: _Analysis.unnest,
    ops.Limit: _Analysis.limit,
    ops.Sample: _Analysis.limit,
    ops.Distinct: _Analysis.distinct,
    ops.Aggregate: _Analysis.aggregate,
    ops.Union: _Analysis.set,
    ops.Intersection: _Analysis.set,
    ops.Difference: _Analysis.set,
    ops.JoinChain: _Analysis.join,
}


def _label(relation: ops.Relation) -> str:
    while isinstance(relation, (ops.Reference, ops.Filter, ops.Sort, ops.DropColumns)):
        relation = relation.parent
    return str(relation.name) if isinstance(relation, ops.UnboundTable) else "a derived table"
