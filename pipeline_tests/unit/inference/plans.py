"""Named plans that are hard on inference, each with the lineage and grain it must have, argued beside it.

Four datasets: `n` (nodes) and `c` (calls) have file grain, `m` (modules) repository grain, `b` (builtins) none.
`node_id` and `parent_id` are local: their upper bits are the row's own file.

Sources are written `n.v`; an output column that a case does not list comes from the column of its name in `n`.
`rows` is what decides which rows there are. `conservative` says why a grain is coarser than the data would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
from ibis import _

from pipeline_assets.inference.functions import stable_hash
from pipeline_assets.inference.grain import Facts, Grain

n = ibis.table(
    {
        "repository": "!string",
        "file_id": "!int64",
        "node_id": "!int64",
        "parent_id": "int64",
        "kind": "string",
        "v": "int64",
        "items": "array<int64>",
    },
    name="n",
)
c = ibis.table(
    {"repository": "!string", "file_id": "!int64", "node_id": "!int64", "label": "string", "w": "int64"}, name="c"
)
m = ibis.table({"repository": "!string", "module": "!string", "size": "int64"}, name="m")
b = ibis.table({"name": "!string", "arity": "int64"}, name="b")
TABLES = {"n": n, "c": c, "m": m, "b": b}
FACTS = {
    "n": Facts("file", frozenset({"file_id", "node_id", "parent_id"}), "repository"),
    "c": Facts("file", frozenset({"file_id", "node_id"}), "repository"),
    "m": Facts("repository", frozenset(), "repository"),
    "b": Facts("platform", frozenset(), None),
}
OWN = ("repository", "file_id")
NODE = ("repository", "file_id", "node_id")


@dataclass(frozen=True)
class Plan:
    """A plan with what inference must say of it."""

    name: str
    build: Callable[[], ir.Table]
    grain: Grain
    rows: str = ""
    direct: Mapping[str, str] = field(default_factory=dict)
    idle: str = ""
    inert: str = ""
    """Sources that are claimed though no data of the samples lets them move this output."""
    conservative: str = ""
    fingerprint: bool = True
    """False for operations that lineage follows but a fingerprint refuses."""


def sources(text: str) -> frozenset[tuple[str, str]]:
    """`"n.v c.w"` as pairs of dataset and column."""
    return frozenset((source.partition(".")[0], source.partition(".")[2]) for source in text.split())


def _grouped_by(table: ir.Table) -> ir.Table:
    """One row per `q`, whose nulls of all files meet."""
    return table.group_by("q").agg(repository=_.repository.max(), file_id=_.file_id.max()).drop("q")


def _by_file(value: ir.Value) -> ir.Value:
    return value.over(group_by="file_id", order_by="node_id")


def _three(predicate: Callable[[ir.Table, ir.Table], ir.BooleanValue]) -> ir.Table:
    p = n.view()
    joined = n.join(c, ["file_id", "node_id"])
    return joined.join(p, predicate(joined, p)).select(n.repository, n.file_id, c.w, above=p.v)


def _twice_viewed() -> ir.Table:
    """One view in two chains, second in one and third in the other."""
    p = n.view()
    left = n.join(p, n.parent_id == p.node_id).select(n.repository, n.file_id, n.node_id, x=p.v).distinct()
    joined = n.join(c, ["file_id", "node_id"])
    right = joined.join(p, joined.parent_id == p.node_id).select(n.node_id, y=p.kind, z=c.w).distinct()
    return left.join(right, "node_id").select(left.repository, left.file_id, left.x, right.y, right.z)


def _outer(how: str) -> ir.Table:
    return n.join(c, [n.file_id == c.file_id, n.node_id == c.node_id], how=how)


def _parents() -> ir.Table:
    p = n.view()
    return n.left_join(p, n.parent_id == p.node_id).select(n.repository, n.file_id, above=p.kind)


def _pairs() -> ir.Table:
    p = n.view()
    return n.join(p, [n.file_id == p.file_id, n.v < p.v]).select(n.repository, n.file_id, x=n.v, y=p.v, z=p.kind)


def _right_pads_the_middle() -> ir.Table:
    p = n.view()
    joined = n.join(c, "file_id").right_join(p, [n.file_id == p.file_id, n.node_id == p.parent_id])
    return joined.select(p.repository, file_id=c.file_id)


def _picked_key() -> ir.Table:
    owner = ibis.cases((n.v > 3, n.node_id), else_=n.parent_id)
    owned = n.mutate(owner=owner)
    return owned.join(c, owned.owner == c.node_id).select(owned.repository, owned.file_id, c.w)


JOIN_ON_NODE = "n.file_id c.file_id n.node_id c.node_id"
KEYS_OF_BOTH = {"repository": "n.repository c.repository", "file_id": "n.file_id c.file_id"}

PLANS: tuple[Plan, ...] = (
    # -- one table, row by row: every row stays in its file
    Plan("filter", lambda: n.filter(_.v > 3).select(*OWN, "kind"), "file", "n.v"),
    Plan("filters in a row", lambda: n.filter(_.v > 3).filter(_.kind == "x").select(*OWN), "file", "n.v n.kind"),
    Plan("computed column", lambda: n.select(*OWN, z=_.v + _.node_id), "file", direct={"z": "n.v n.node_id"}),
    Plan("unused column is no read", lambda: n.mutate(z=_.v * 2).select(*OWN, "kind"), "file"),
    Plan(
        "case: the condition decides the value",
        lambda: n.select(*OWN, z=ibis.cases((n.v > 3, n.kind), else_="none")),
        "file",
        direct={"z": "n.v n.kind"},
    ),
    Plan(
        "aliases and rename",
        lambda: n.mutate(a=_.v).mutate(q=_.a).rename(z="q").select(*OWN, "z"),
        "file",
        direct={"z": "n.v"},
    ),
    Plan(
        "columns that swap names",
        lambda: n.select(*OWN, v=n.kind, kind=n.v.cast("string")),
        "file",
        direct={"v": "n.kind", "kind": "n.v"},
    ),
    Plan("overwritten column", lambda: n.mutate(v=_.v + 1).mutate(v=_.v * 2).select(*OWN, "v"), "file"),
    Plan("drop", lambda: n.drop("items", "v"), "file"),
    Plan("cast", lambda: n.cast({"v": "string"}).select(*OWN, "v"), "file"),
    Plan("sort keys are read", lambda: n.order_by("v").select(*OWN), "file", "n.v", inert="n.v"),
    Plan("drop nulls of one column", lambda: n.drop_null(["v"]).select(*OWN), "file", "n.v"),
    Plan(
        "drop nulls of any column",
        lambda: n.select(*OWN, "v", "kind").drop_null().select(*OWN),
        "file",
        "n.repository n.file_id n.v n.kind",
    ),
    Plan("fill nulls", lambda: n.fill_null({"v": 0}).select(*OWN, "v"), "file"),
    Plan("declared function", lambda: n.select(*OWN, h=stable_hash(_.kind)), "file", direct={"h": "n.kind"}),
    Plan(
        "lambda over an array",
        lambda: n.select(*OWN, z=_.items.map(lambda item: item + 1)),
        "file",
        direct={"z": "n.items"},
    ),
    # -- the key itself is computed: rows stay in their file, but the result no longer says which one
    Plan("key cast", lambda: n.mutate(file_id=_.file_id.cast("string")), "repository"),
    Plan("key computed", lambda: n.mutate(file_id=_.file_id + 1), "repository"),
    Plan("key dropped", lambda: n.drop("file_id"), "repository"),
    Plan("both keys dropped", lambda: n.select("node_id", "kind"), "platform"),
    Plan(
        "another local column under the key's name",
        lambda: n.select("repository", file_id=n.node_id),
        "repository",
        direct={"file_id": "n.node_id"},
    ),
    # -- joins
    Plan(
        "inner join on the file and a local id",
        lambda: _outer("inner").select(n.repository, n.file_id, n.v, c.w),
        "file",
        JOIN_ON_NODE,
        {"w": "c.w"},
    ),
    Plan(
        "inner join on a local id alone",
        lambda: n.join(c, n.node_id == c.node_id).select(n.repository, n.file_id, c.w),
        "file",
        "n.node_id c.node_id",
        {"w": "c.w"},
    ),
    Plan(
        "the file's id against a local id: equal values, unrelated files",
        lambda: n.left_join(c, n.file_id == c.node_id).select(n.repository, n.file_id, c.w),
        "platform",
        "n.file_id c.node_id",
        {"w": "c.w"},
        inert="c.w",
        conservative="no file's id is a node's id in the samples",
    ),
    Plan(
        "join on a value",
        lambda: n.join(c, n.v == c.w).select(n.repository, n.file_id, c.label),
        "platform",
        "n.v c.w",
        {"label": "c.label"},
    ),
    Plan(
        "join on the repository and a value",
        lambda: n.join(c, [n.repository == c.repository, n.v == c.w]).select(n.repository, n.file_id, c.label),
        "repository",
        "n.repository c.repository n.v c.w",
        {"label": "c.label"},
    ),
    Plan("self-join to the parent", _parents, "file", "n.parent_id n.node_id", {"above": "n.kind"}),
    Plan(
        "self-join: both sides hold the same columns",
        _pairs,
        "file",
        "n.file_id n.v",
        {"x": "n.v", "y": "n.v", "z": "n.kind"},
    ),
    Plan(
        "chain of three, the last one equating the file",
        lambda: _three(lambda joined, p: [joined.file_id == p.file_id, joined.parent_id == p.node_id]),
        "file",
        f"{JOIN_ON_NODE} n.parent_id",
        {"w": "c.w", "above": "n.v"},
    ),
    Plan(
        "chain of three, the last one equating a value",
        lambda: _three(lambda joined, p: [joined.v == p.v]),
        "platform",
        f"{JOIN_ON_NODE} n.v",
        {"w": "c.w", "above": "n.v"},
    ),
    Plan(
        "one view in two chains",
        _twice_viewed,
        "file",
        f"{JOIN_ON_NODE} n.repository n.parent_id n.v n.kind c.w",
        {"x": "n.v", "y": "n.kind", "z": "c.w"},
    ),
    Plan(
        "left join, only the padded side's key kept",
        lambda: _outer("left").select(n.repository, file_id=c.file_id),
        "repository",
        JOIN_ON_NODE,
        {"file_id": "c.file_id"},
    ),
    Plan(
        "right join, the right side's keys kept",
        lambda: _outer("right").select(c.repository, c.file_id, n.v),
        "file",
        JOIN_ON_NODE,
        {"repository": "c.repository", "file_id": "c.file_id"},
    ),
    Plan(
        "right join pads everything before it",
        _right_pads_the_middle,
        "repository",
        "n.file_id c.file_id n.node_id n.parent_id",
        {"file_id": "c.file_id"},
    ),
    Plan(
        "outer join, keys coalesced over both sides",
        lambda: _outer("outer").select(
            repository=ibis.coalesce(n.repository, c.repository), file_id=ibis.coalesce(n.file_id, c.file_id), w=c.w
        ),
        "file",
        JOIN_ON_NODE,
        {**KEYS_OF_BOTH, "w": "c.w"},
    ),
    Plan(
        "outer join, one side's keys",
        lambda: _outer("outer").select(n.repository, n.file_id),
        "platform",
        JOIN_ON_NODE,
    ),
    Plan(
        "semi join by the node",
        lambda: n.semi_join(c, ["file_id", "node_id"]).select(*OWN, "v"),
        "file",
        JOIN_ON_NODE,
    ),
    Plan("semi join by a value", lambda: n.semi_join(c, n.v == c.w).select(*OWN), "platform", "n.v c.w"),
    Plan(
        "semi join by repository and value",
        lambda: n.semi_join(c, [n.repository == c.repository, n.v == c.w]).select(*OWN),
        "repository",
        "n.repository c.repository n.v c.w",
    ),
    Plan("anti join by a local id", lambda: n.anti_join(c, "node_id").select(*OWN), "file", "n.node_id c.node_id"),
    Plan(
        "anti join with an inequality beside the key",
        lambda: n.anti_join(c, [n.file_id == c.file_id, n.v > c.w]).select(*OWN),
        "file",
        "n.file_id c.file_id n.v c.w",
    ),
    Plan("anti join by a value", lambda: n.anti_join(c, n.v == c.w).select(*OWN), "platform", "n.v c.w"),
    Plan(
        "cross join",
        lambda: n.cross_join(m).select(n.repository, n.file_id, m.module),
        "platform",
        direct={"module": "m.module"},
    ),
    Plan(
        "key or value",
        lambda: n.join(c, (n.file_id == c.file_id) | (n.v == c.w)).select(n.repository, n.file_id, c.label),
        "platform",
        "n.file_id c.file_id n.v c.w",
        {"label": "c.label"},
    ),
    Plan(
        "key and value in one predicate",
        lambda: n.join(c, (n.file_id == c.file_id) & (n.v == c.w)).select(n.repository, n.file_id, c.label),
        "file",
        "n.file_id c.file_id n.v c.w",
        {"label": "c.label"},
    ),
    Plan(
        "null-safe equality lets the nulls of all files meet",
        lambda: (lambda p: n.join(p, n.parent_id.identical_to(p.parent_id)).select(n.repository, n.file_id))(n.view()),
        "platform",
        "n.parent_id",
    ),
    Plan(
        "a computed local id is no key",
        lambda: n.join(c, n.node_id + 1 == c.node_id).select(n.repository, n.file_id, c.w),
        "platform",
        "n.node_id c.node_id",
        {"w": "c.w"},
        conservative="the sum happens to stay in the file",
    ),
    Plan(
        "a case that picks among local ids",
        _picked_key,
        "file",
        "n.v n.node_id n.parent_id c.node_id",
        {"w": "c.w"},
    ),
    Plan(
        "aggregate joined back to its table",
        lambda: n.join(n.group_by("file_id").agg(total=_.v.sum()), "file_id").select(*OWN, "total"),
        "file",
        "n.file_id",
        {"total": "n.v"},
    ),
    # -- what the inputs allow
    Plan(
        "repository-grain input",
        lambda: n.join(m, "repository").select(n.repository, n.file_id, m.module),
        "repository",
        "n.repository m.repository",
        {"module": "m.module"},
        conservative="the data of m is the same whichever file is looked at",
    ),
    Plan(
        "platform-grain input",
        lambda: n.join(b, n.kind == b.name).select(n.repository, n.file_id, b.arity),
        "platform",
        "n.kind b.name",
        {"arity": "b.arity"},
        conservative="the data of b is the same whichever file is looked at",
    ),
    Plan(
        "literal rows",
        lambda: n.select("v").union(ibis.literal(1, type="int64").name("v").as_table()),
        "platform",
        direct={"v": "n.v"},
    ),
    # -- set operations
    Plan(
        "union all",
        lambda: n.select(*OWN, x="v").union(c.select(*OWN, x="w")),
        "file",
        direct={**KEYS_OF_BOTH, "x": "n.v c.w"},
    ),
    Plan(
        "union, columns in another order",
        lambda: n.select(*OWN, x="v").union(c.select("file_id", x="w", repository="repository")),
        "file",
        direct={**KEYS_OF_BOTH, "x": "n.v c.w"},
    ),
    Plan(
        "union distinct compares every column",
        lambda: n.select(*OWN, x="v").union(c.select(*OWN, x="w"), distinct=True),
        "file",
        "n.repository c.repository n.file_id c.file_id n.v c.w",
        {**KEYS_OF_BOTH, "x": "n.v c.w"},
    ),
    Plan(
        "union with the key in another column",
        lambda: n.select(*OWN, o=n.node_id).union(c.select("repository", file_id=c.node_id, o=c.file_id)),
        "repository",
        direct={
            "repository": "n.repository c.repository",
            "file_id": "n.file_id c.node_id",
            "o": "n.node_id c.file_id",
        },
    ),
    Plan(
        "union with rows whose file may be null",
        lambda: (
            _outer("inner")
            .select(n.repository, n.file_id)
            .union(_outer("left").select(n.repository, file_id=c.file_id))
        ),
        "repository",
        JOIN_ON_NODE,
        {"file_id": "n.file_id c.file_id"},
    ),
    Plan(
        "intersection",
        lambda: n.select(*NODE).intersect(c.select(*NODE)),
        "file",
        f"{JOIN_ON_NODE} n.repository c.repository",
        {**KEYS_OF_BOTH, "node_id": "n.node_id c.node_id"},
    ),
    Plan(
        "difference",
        lambda: n.select(*NODE).difference(c.select(*NODE)),
        "file",
        f"{JOIN_ON_NODE} n.repository c.repository",
        {**KEYS_OF_BOTH, "node_id": "n.node_id c.node_id"},
    ),
    Plan(
        "difference without the file",
        lambda: n.select("repository", x="v").difference(c.select("repository", x="w")),
        "repository",
        "n.repository c.repository n.v c.w",
        {"repository": "n.repository c.repository", "x": "n.v c.w"},
    ),
    Plan(
        "intersection of bare values",
        lambda: n.select(x="v").intersect(c.select(x="w")),
        "platform",
        "n.v c.w",
        {"x": "n.v c.w"},
    ),
    # -- rows together
    Plan(
        "group by file and kind",
        lambda: n.group_by(*OWN, "kind").agg(rows=_.count(), total=_.v.sum()),
        "file",
        "n.repository n.file_id n.kind",
        {"rows": "", "total": "n.v"},
    ),
    Plan(
        "group by repository",
        lambda: n.group_by("repository").agg(total=_.v.sum()),
        "repository",
        "n.repository",
        {"total": "n.v"},
    ),
    Plan("group by kind", lambda: n.group_by("kind").agg(rows=_.count()), "platform", "n.kind", {"rows": ""}),
    Plan("count of all rows reads no column", lambda: n.agg(rows=_.count()), "platform", "", {"rows": ""}),
    Plan(
        "aggregate with a condition",
        lambda: n.group_by(*OWN).agg(rows=_.count(where=_.v > 3), top=_.node_id.max(where=_.kind == "x")),
        "file",
        "n.repository n.file_id",
        {"rows": "n.v", "top": "n.node_id n.kind"},
    ),
    Plan(
        "group by a local id, keys picked",
        lambda: n.group_by("node_id").agg(
            repository=_.repository.max(), file_id=_.file_id.min(), total=_.v.sum(), node=_.kind.max()
        ),
        "file",
        "n.node_id",
        {"total": "n.v", "node": "n.kind"},
    ),
    Plan(
        "group by a nullable local id: the nulls of all files meet",
        lambda: n.group_by("parent_id").agg(repository=_.repository.max(), file_id=_.file_id.max()),
        "platform",
        "n.parent_id",
    ),
    Plan(
        "group by a nullable local id once its nulls are gone",
        lambda: (
            n.filter(_.parent_id.notnull())
            .group_by("parent_id")
            .agg(repository=_.repository.max(), file_id=_.file_id.max())
        ),
        "file",
        "n.parent_id",
    ),
    Plan(
        "group by a local id whose nulls were filled",
        lambda: (
            n.fill_null({"parent_id": 0})
            .group_by("parent_id")
            .agg(repository=_.repository.max(), file_id=_.file_id.max())
        ),
        "platform",
        "n.parent_id",
    ),
    Plan(
        "group by an id that a condition may leave out",
        lambda: _grouped_by(n.group_by(*OWN).agg(q=_.node_id.max(where=_.v > 5))),
        "platform",
        "n.repository n.file_id n.node_id n.v",
        inert="n.node_id",
    ),
    Plan(
        "group by the id before, which the first row lacks",
        lambda: _grouped_by(n.mutate(q=_by_file(_.node_id.lag()))),
        "platform",
        "n.file_id n.node_id",
    ),
    Plan(
        "group by an id that equals its parent's or is null",
        lambda: _grouped_by(n.mutate(q=_.parent_id.coalesce(_.node_id).nullif(_.node_id))),
        "platform",
        "n.parent_id n.node_id",
    ),
    Plan(
        "aggregate of an aggregate",
        lambda: n.group_by(*OWN, "kind").agg(rows=_.count()).group_by(*OWN).agg(most=_.rows.max()),
        "file",
        "n.repository n.file_id n.kind",
        {"most": ""},
    ),
    Plan(
        "group by a computed column",
        lambda: n.group_by(*OWN, big=_.v > 3).agg(rows=_.count()),
        "file",
        "n.repository n.file_id n.v",
        {"big": "n.v", "rows": ""},
    ),
    Plan(
        "having",
        lambda: n.group_by(*OWN).having(_.v.max() > 3).agg(total=_.node_id.sum()),
        "file",
        "n.repository n.file_id n.v",
        {"total": "n.node_id"},
    ),
    Plan(
        "ordered first",
        lambda: n.group_by(*OWN).agg(first=_.kind.first(order_by=_.node_id)),
        "file",
        "n.repository n.file_id",
        {"first": "n.kind n.node_id"},
    ),
    Plan("distinct with the file", lambda: n.select(*OWN, "kind").distinct(), "file", "n.repository n.file_id n.kind"),
    Plan(
        "distinct with the repository",
        lambda: n.select("repository", "kind").distinct(),
        "repository",
        "n.repository n.kind",
    ),
    Plan("distinct without a key", lambda: n.select("kind").distinct(), "platform", "n.kind"),
    Plan(
        "distinct below, key column dropped above",
        lambda: n.select(*OWN, "kind", "v").distinct().select(*OWN),
        "file",
        "n.repository n.file_id n.kind n.v",
    ),
    Plan(
        "pivot wider",
        lambda: n.pivot_wider(id_cols=OWN, names_from="kind", names=["x", "y"], values_from="v", values_agg="sum"),
        "file",
        "n.repository n.file_id",
        {"x": "n.kind n.v", "y": "n.kind n.v"},
    ),
    # -- windows
    Plan(
        "row number in the file",
        lambda: n.mutate(r=_by_file(ibis.row_number())).select(*OWN, "v", "r"),
        "file",
        direct={"r": "n.file_id n.node_id"},
    ),
    Plan(
        "row number in the kind",
        lambda: n.mutate(r=ibis.row_number().over(group_by="kind", order_by="node_id")).select(*OWN, "r"),
        "platform",
        direct={"r": "n.kind n.node_id"},
    ),
    Plan(
        "rank in the repository",
        lambda: n.mutate(r=_.v.rank().over(group_by="repository")).select(*OWN, "r"),
        "repository",
        direct={"r": "n.repository n.v"},
    ),
    Plan("share of the total", lambda: n.mutate(s=_.v - _.v.sum()).select(*OWN, "s"), "platform", direct={"s": "n.v"}),
    Plan(
        "window by a nullable local id",
        lambda: n.mutate(s=_.v.sum().over(group_by="parent_id")).select(*OWN, "s"),
        "platform",
        direct={"s": "n.v n.parent_id"},
    ),
    Plan(
        "lag",
        lambda: n.mutate(before=_by_file(_.v.lag())).select(*OWN, "before"),
        "file",
        direct={"before": "n.v n.file_id n.node_id"},
    ),
    Plan(
        "a lagged local id is still a key",
        lambda: (lambda left: left.join(c, left.before == c.node_id).select(left.repository, left.file_id, c.w))(
            n.mutate(before=_by_file(_.node_id.lag()))
        ),
        "file",
        "n.file_id n.node_id c.node_id",
        {"w": "c.w"},
    ),
    Plan(
        "running total",
        lambda: n.mutate(s=_.v.sum().over(group_by="file_id", order_by="node_id", rows=(None, 0))).select(*OWN, "s"),
        "file",
        direct={"s": "n.v n.file_id n.node_id"},
    ),
    Plan(
        "filter on a window",
        lambda: n.filter(_by_file(ibis.row_number()) == 0).select(*OWN, "kind"),
        "file",
        "n.file_id n.node_id",
    ),
    Plan(
        "filter above a window",
        lambda: n.mutate(r=_by_file(ibis.row_number())).filter(_.r == 0).select(*OWN, "kind"),
        "file",
        "n.file_id n.node_id",
    ),
    Plan(
        "filter on a window over all files",
        lambda: n.filter(ibis.row_number().over(group_by="kind", order_by="node_id") == 0).select(*OWN),
        "platform",
        "n.kind n.node_id",
    ),
    Plan(
        "aggregate above a window over all files",
        lambda: (
            n.mutate(r=ibis.row_number().over(group_by="kind", order_by="node_id")).group_by(*OWN).agg(top=_.r.max())
        ),
        "platform",
        "n.repository n.file_id",
        {"top": "n.kind n.node_id"},
    ),
    Plan(
        "a window that nobody uses is still computed",
        lambda: n.mutate(r=ibis.row_number().over(group_by="kind", order_by="v")).select(*OWN),
        "platform",
        idle="n.kind n.v",
        conservative="the column is dropped",
    ),
    Plan(
        "window in a join's select",
        lambda: _outer("inner").select(
            n.repository, n.file_id, r=ibis.row_number().over(group_by=n.file_id, order_by=n.node_id)
        ),
        "file",
        JOIN_ON_NODE,
        {"r": "n.file_id n.node_id"},
    ),
    Plan(
        "window by the padded side of a join",
        lambda: _outer("left").select(n.repository, n.file_id, r=n.v.sum().over(group_by=c.file_id)),
        "platform",
        JOIN_ON_NODE,
        {"r": "n.v c.file_id"},
    ),
    # -- rows from arrays
    Plan("unnest", lambda: n.select(*OWN, u=_.items.unnest()), "file", "n.items", {"u": "n.items"}),
    Plan(
        "unnest multiplies rows even when dropped", lambda: n.mutate(u=_.items.unnest()).select(*OWN), "file", "n.items"
    ),
    Plan(
        "unnest of the table with positions",
        lambda: n.unnest("items", offset="at").select(*OWN, "items", "at"),
        "file",
        "n.items",
        {"at": "n.items"},
    ),
    Plan(
        "unnest keeping empty arrays",
        lambda: n.unnest("items", keep_empty=True).select(*OWN, "items"),
        "file",
        "n.items",
    ),
    Plan(
        "unnested ids are no keys",
        lambda: n.select(*OWN, "items").unnest("items").distinct().select("items"),
        "platform",
        "n.repository n.file_id n.items",
        conservative="the distinct compares the file too; only the output lacks it",
    ),
    Plan(
        "pivot longer",
        lambda: n.select(*OWN, "v", "node_id").pivot_longer(["v", "node_id"], names_to="k", values_to="x"),
        "file",
        "n.v n.node_id",
        {"k": "n.v n.node_id", "x": "n.v n.node_id"},
    ),
    # -- choosing among all rows
    Plan("limit", lambda: n.order_by("node_id").limit(3).select(*OWN), "platform", "n.node_id"),
    Plan("offset", lambda: n.order_by("node_id").limit(None, offset=3).select(*OWN), "platform", "n.node_id"),
    # -- subqueries
    Plan(
        "scalar subquery",
        lambda: n.mutate(d=n.v - c.agg(total=c.w.sum()).as_scalar()).select(*OWN, "d"),
        "platform",
        direct={"d": "n.v c.w"},
    ),
    Plan(
        "scalar subquery over filtered rows",
        lambda: n.mutate(d=n.v - c.filter(c.label == "x").agg(rows=_.count()).as_scalar()).select(*OWN, "d"),
        "platform",
        direct={"d": "n.v c.label"},
    ),
    Plan(
        "a scalar subquery that nobody uses is still computed",
        lambda: n.mutate(d=n.v - c.filter(c.label == "x").agg(rows=_.count()).as_scalar()).select(*OWN),
        "platform",
        idle="c.label",
        conservative="the column is dropped",
    ),
    Plan(
        "membership",
        lambda: n.filter(_.v.isin(c.w)).select(*OWN),
        "platform",
        "n.v c.w",
    ),
    Plan(
        "existence",
        lambda: n.filter((c.w == n.v).any()).select(*OWN),
        "platform",
        "n.v c.w",
        fingerprint=False,
    ),
)
