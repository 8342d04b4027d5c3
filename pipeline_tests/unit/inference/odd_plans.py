"""Plans as Ibis lets one write them, in every way that a column may come in; nothing is argued: the engine judges.

Datasets are those of `plans.py`. `REFUSED` are plans that no lineage can be given to, or that are not decided by rows.
"""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import ibis.selectors as s
from ibis import _

from pipeline_tests.unit.inference.plans import b, c, m, n

w = ibis.window
UP, TOP = n.view(), n.view()
COUNTED = n.mutate(k=n.count().over(w(group_by=n.kind)))
PAIRED = ibis.union(n.select(x="parent_id", v="v"), n.select(x=n.v, v="parent_id")).rename(node_id="x")
AGAIN = PAIRED.view()
JOINED = n.join(c, "node_id")

ODD: dict[str, Callable[[], ir.Table]] = {
    "join collision": lambda: n.join(c, "node_id"),
    "join rname": lambda: n.join(c, "node_id", rname="{name}_c", lname="{name}_n"),
    "union of one": lambda: ibis.union(
        n.filter(n.v > 3).select("file_id", x=n.v.cast("int64")),
        n.filter(n.kind == "x").select("file_id", x=n.parent_id),
    ),
    "union distinct": lambda: ibis.union(n.select("kind"), c.select(kind="label"), distinct=True),
    "union three": lambda: ibis.union(n.select("kind"), c.select(kind="label"), b.select(kind=b.name.nullif(""))),
    "corr scalar": lambda: n.mutate(t=c.filter(c.node_id == n.node_id).w.sum()),
    "corr scalar select": lambda: n.select("node_id", t=c.filter(c.file_id == n.file_id).w.max()),
    "corr exists": lambda: n.filter((c.node_id == n.node_id).any()),
    "corr exists filter": lambda: n.filter(c.filter((c.node_id == n.node_id) & (c.w > 3)).count() > 0),
    "corr not exists": lambda: n.filter(~((c.node_id == n.node_id) & (c.label == "x")).any()),
    "scalar max": lambda: n.filter(n.v == n.v.max()),
    "scalar max view": lambda: n.filter(n.v > c.w.mean().cast("int64")),
    "isin sub": lambda: n.filter(n.kind.isin(c.label)),
    "notin sub": lambda: n.filter(n.kind.notin(c.filter(c.w > 2).label)),
    "isin value": lambda: n.select("node_id", f=n.kind.isin(c.label)),
    "win filter": lambda: n.mutate(t=n.v.sum(where=n.kind == "x").over(w(group_by=n.file_id))),
    "win rank qual": lambda: n.filter(
        ibis.row_number().over(w(group_by=n.file_id, order_by=[n.v, n.node_id])) == 0
    ).select("node_id"),
    "win lag": lambda: n.select("node_id", d=n.v.lag(1).over(w(group_by=n.parent_id, order_by=n.node_id))),
    "win lag default": lambda: n.select(
        "node_id", d=n.v.lag(1, default=n.node_id).over(w(group_by=n.parent_id, order_by=n.node_id))
    ),
    "win rows": lambda: n.select(
        "node_id", d=n.v.sum().over(w(group_by=n.file_id, order_by=n.node_id, preceding=1, following=1))
    ),
    "win range": lambda: n.select(
        "node_id", d=n.v.count().over(ibis.range_window(order_by=n.v, preceding=2, following=0))
    ),
    "win unused": lambda: n.mutate(d=n.v.sum().over(w(group_by=n.kind))).drop("d"),
    "cases": lambda: n.select("file_id", x=ibis.cases((n.kind == "x", n.v), (n.v > 3, n.node_id), else_=n.parent_id)),
    "cases m": lambda: n.select("file_id", x=n.kind.cases(("x", n.v), ("y", n.node_id), else_=0)),
    "nunique where": lambda: n.group_by("file_id").agg(x=n.kind.nunique(where=n.v > 3)),
    "nunique table": lambda: n.group_by("file_id").agg(x=n.nunique()),
    "count where": lambda: n.group_by("file_id").agg(x=n.count(where=n.v > 3)),
    "agg having": lambda: n.group_by("file_id").having(n.v.sum() > 10).agg(x=n.count()),
    "agg order": lambda: n.group_by("file_id").agg(x=n.kind.group_concat(",", order_by=n.node_id, where=n.v > 2)),
    "first order": lambda: n.group_by("file_id").agg(x=n.kind.first(order_by=[n.v.desc(), n.node_id])),
    "collect order": lambda: n.group_by("file_id").agg(x=n.v.collect(order_by=n.node_id)),
    "value counts": lambda: n.kind.value_counts(),
    "unnest col": lambda: n.select("node_id", i=n.items.unnest()),
    "unnest table": lambda: n.unnest("items", offset="at", keep_empty=True),
    "unnest computed": lambda: n.select("node_id", i=n.kind.split("x").unnest()),
    "unnest drop": lambda: n.unnest("items").select("node_id"),
    "unnest offset only": lambda: n.unnest("items", offset="o").select("o"),
    "difference": lambda: ibis.difference(n.select("kind"), c.select(kind="label")),
    "difference all": lambda: ibis.difference(
        n.select("kind", "file_id"), c.select(kind="label", file_id="file_id"), distinct=False
    ),
    "intersect": lambda: ibis.intersect(n.select("kind"), c.select(kind="label")),
    "rename chain": lambda: n.rename(a="v", v="node_id").rename(b="a").rename(a="v", v="b").select("v", "a"),
    "relocate": lambda: n.relocate("v", before="repository").relocate(s.numeric(), after="kind"),
    "selectors": lambda: n.select(s.numeric() & ~s.cols("v"), s.matches("k.*")),
    "sel across": lambda: n.mutate(s.across(s.numeric(), lambda col: col % 3)),
    "sel across agg": lambda: n.group_by("file_id").agg(
        s.across(s.cols("v", "parent_id"), {"low": _.min(), "high": _.max()})
    ),
    "if any": lambda: n.filter(s.if_any(s.cols("v", "parent_id"), _ > 3)),
    "if all": lambda: n.filter(s.if_all(s.cols("v", "parent_id"), _ > 3)),
    "fill null val": lambda: n.fill_null({"v": 0, "kind": "?"}),
    "fill null col": lambda: n.mutate(v=n.v.fill_null(n.node_id)),
    "drop null any": lambda: n.drop_null(["v", "kind"]).select("node_id"),
    "cross": lambda: n.cross_join(b).select("node_id", "arity"),
    "cross count": lambda: n.cross_join(b).select("node_id"),
    "semi": lambda: n.semi_join(c, [n.node_id == c.node_id, n.v > c.w]).select("kind"),
    "anti": lambda: n.anti_join(c, "node_id").select("kind"),
    "outer": lambda: n.outer_join(c, "node_id").select(n.kind, c.label),
    "right": lambda: n.right_join(c, "node_id").select(n.kind, c.label),
    "left dead": lambda: n.left_join(c, "node_id").select(n.kind),
    "order drop": lambda: n.order_by("v").select("kind").limit(2),
    "pivot longer": lambda: n.select("node_id", "v", "parent_id").pivot_longer(
        ["v", "parent_id"], names_to="nm", values_to="val"
    ),
    "pivot wider": lambda: n.select("file_id", "kind", "v").pivot_wider(
        names_from="kind", values_from="v", names=["x", "y"], values_agg="sum"
    ),
    "cume": lambda: n.select(
        "node_id", r=ibis.rank().over(w(order_by=n.v)), p=ibis.percent_rank().over(w(group_by=n.kind, order_by=n.v))
    ),
    "array map": lambda: n.select("node_id", x=n.items.map(lambda i: i + n.v)),
    "array filter": lambda: n.select("node_id", x=n.items.filter(lambda i: i > n.v)),
    "array in": lambda: n.filter(n.items.contains(n.v)).select("node_id"),
    "array build": lambda: n.select("node_id", x=ibis.array([n.v, n.parent_id]).unnest()),
    "nested sub": lambda: n.filter(n.v > c.filter(c.w > m.size.max()).w.min()).select("node_id"),
    "between": lambda: n.filter(n.v.between(n.parent_id, n.node_id)).select("kind"),
    "nullif": lambda: n.select(x=n.v.nullif(n.parent_id)),
    "greatest": lambda: n.select(x=ibis.greatest(n.v, n.parent_id), y=ibis.coalesce(n.kind, n.repository)),
    "groups only": lambda: n.group_by("kind").agg(),
    "scalar as table": lambda: n.agg(x=n.v.sum()),
    "as scalar": lambda: c.mutate(z=n.agg(x=n.v.max()).as_scalar()),
    "exists in select": lambda: n.select("node_id", has=(c.node_id == n.node_id).any()),
    "bool agg": lambda: n.group_by("file_id").agg(x=(n.v > 3).any(), y=(n.kind == "x").all(where=n.v > 1)),
    "quantile": lambda: n.group_by("file_id").agg(x=n.v.quantile(0.5), y=n.v.median()),
    "ntile": lambda: n.select("node_id", q=ibis.ntile(2).over(order_by=[n.v, n.node_id])),
    "self join": lambda: n.join(UP, n.parent_id == UP.node_id).select(n.node_id, up=UP.v),
    "self join twice": lambda: (
        n.left_join(UP, n.parent_id == UP.node_id)
        .left_join(TOP, UP.parent_id == TOP.node_id)
        .select(n.node_id, up=UP.kind, top=TOP.v)
    ),
    "filter on a window": lambda: COUNTED.filter(COUNTED.k > 1).select("node_id"),
    "cross join of a total": lambda: c.cross_join(n.agg(x=n.v.sum())),
    "union of one table joined to itself": lambda: PAIRED.join(AGAIN, PAIRED.node_id == AGAIN.v).select(
        PAIRED.v, q=AGAIN.node_id
    ),
    "group by after a join": lambda: JOINED.group_by("kind").agg(t=JOINED.w.sum(where=JOINED.v > 2)),
    "field of a struct": lambda: n.select("node_id", both=ibis.struct({"a": n.v, "b": n.kind})).select(
        "node_id", a=_.both["a"]
    ),
}

REFUSED: dict[str, tuple[Callable[[], ir.Table], str]] = {
    "asof join": (lambda: n.asof_join(c, on="node_id").select("node_id", "w"), "asof join"),
    "any inner join": (lambda: n.join(c, "node_id", how="any_inner"), "any_inner join"),
    "memtable": (lambda: n.join(ibis.memtable({"kind": ["x"], "q": [1]}), "kind"), "InMemoryTable"),
    "sample": (lambda: n.sample(0.5), "Sample"),
    "any row of a group": (lambda: n.distinct(on="kind", keep="first"), "First"),
    "row of the largest": (lambda: n.group_by("file_id").agg(x=n.kind.argmax(n.v)), "ArgMax"),
    "mode": (lambda: n.group_by("file_id").agg(x=n.kind.mode()), "Mode"),
    "engine's hash": (lambda: n.select(h=n.kind.hash()), "Hash"),
    "row number without order": (lambda: n.mutate(r=ibis.row_number()), "RowNumber"),
}
