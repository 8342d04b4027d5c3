"""What leads from one repository to another: imports, calls and bases that only all repositories together explain."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.cpg import ids
from pipeline_assets.cpg.edges import EDGES, derive_edge_ids, edge, select_edges
from pipeline_assets.cpg.shared import import_statements, variables_of
from pipeline_assets.inference.contract import Contract
from pipeline_assets.pipes import task
from pipeline_assets.pipes.stacking import stack

CROSS_REPOSITORY_EDGES = Contract(
    name="cross_repository_edges",
    layer="products",
    description=(
        "One row per edge from a repository to another: PY_RESOLVES_TO of imports, CALL, INHERITS_FROM. The columns "
        "are those of `edges`; where several repositories have what is meant, there is one to each."
    ),
    columns=EDGES.columns,
    key=("src", "edge_id", "dst_repository"),
    query=(
        "SELECT repository, dst_repository, kind, count(*) AS edges FROM cross_repository_edges GROUP BY ALL "
        "ORDER BY edges DESC"
    ),
)
_SURE, _LIKELY = 0.9, 0.5
"""Confidence in the only repository that has what is meant, and in one of several."""


def _collect_wishes(imports: Table, call_targets: Table, class_bases: Table) -> Table:
    """What is asked for by name: a member of a module, or where `name` is null the module itself."""
    outside = import_statements(imports).filter(imports.target_kind == "external")
    statements = outside.filter(outside.absolute_module.notnull() & ~outside.is_star)
    called = call_targets.filter(call_targets.target_kind == "external")
    bases = class_bases.filter((class_bases.resolution == "external") & class_bases.target_name.notnull())
    return stack(
        statements.select(
            "repository",
            "file_id",
            kind=ibis.literal("PY_RESOLVES_TO"),
            src=statements.import_id,
            module=statements.absolute_module,
            name=ibis.ifelse(statements.kind == "from", statements.name, None),
            variable=statements.bound_name,
            method=ibis.literal("import"),
            place=ibis.null("int32"),
        ),
        _dotted(called, "CALL", called.call_id, "external", ibis.null("int32")),
        _dotted(bases, "INHERITS_FROM", bases.class_id, "base", bases.position),
    )


def _find_elsewhere(wishes: Table, exports: Table, modules: Table, definitions: Table, bindings: Table) -> Table:
    """Every entity of another repository that has the name, by the members of its modules or its own full name."""
    members = exports.filter(exports.target_id.notnull()).select(
        "module", "name", "target_kind", "target_id", owner="repository"
    )
    whole = modules.filter(modules.node_id.notnull() & modules.is_importable).select(
        "module", owner="repository", target_id="node_id"
    )
    inner = definitions.filter(definitions.class_id.notnull()).select(
        "qualname", owner="repository", target_id="definition_id"
    )
    named = wishes.filter(wishes.name.notnull())
    dotted = named.mutate(dotted=named.module + ibis.literal(".") + named.name)
    columns = wishes.columns
    held = named.inner_join(members, ["module", "name"]).select(*(named[c] for c in columns), *_target(members))
    loaded = wishes.filter(wishes.name.isnull())
    by_module = loaded.inner_join(whole, "module").select(
        *(loaded[c] for c in columns), target_kind=ibis.literal("module"), target_id=whole.target_id, owner=whole.owner
    )
    by_name = dotted.inner_join(inner, dotted.dotted == inner.qualname).select(
        *(dotted[c] for c in columns),
        target_kind=ibis.literal("definition"),
        target_id=inner.target_id,
        owner=inner.owner,
    )
    found = stack(held, by_module, by_name)
    others = found.filter(found.owner != found.repository)
    sites = variables_of(bindings).select("binding_id", "variable_node", holder="repository")
    return others.left_join(sites, [others.owner == sites.holder, others.target_id == sites.binding_id]).select(
        others, sites.variable_node
    )


def _choose_nodes(found: Table, definitions: Table) -> Table:
    """The node at the other end: calling a class runs its `__init__`, a base is the TYPE of a class."""
    known = definitions.select("definition_id", holder="repository", definition_kind="kind")
    made = definitions.filter(definitions.name == "__init__").select(
        "class_id", runs="repository", init="definition_id"
    )
    last = made.group_by("runs", "class_id").aggregate(init=made.init.max())
    told = found.left_join(known, [found.owner == known.holder, found.target_id == known.definition_id]).select(
        found, known.definition_kind
    )
    ends = told.left_join(last, [told.owner == last.runs, told.target_id == last.class_id]).select(told, last.init)
    is_class, is_function = ends.definition_kind == "class", ends.definition_kind.isin(("function", "async_function"))
    imported = ibis.cases(
        (ends.target_kind == "module", ids.companion(ends.target_id, ids.NAMESPACE_BLOCK)),
        (ends.target_kind == "definition", ends.target_id),
        else_=ends.variable_node,
    )
    dst = ibis.cases(
        (ends.kind == "PY_RESOLVES_TO", imported),
        ((ends.kind == "CALL") & is_function, ends.target_id),
        ((ends.kind == "CALL") & is_class, ends.init),
        ((ends.kind == "INHERITS_FROM") & is_class, ids.companion(ends.target_id, ids.CLASS_TYPE)),
        else_=ibis.null("int64"),
    )
    reached = ends.mutate(dst=dst)
    columns = ("repository", "file_id", "kind", "src", "dst", "owner", "variable", "method", "place")
    return reached.filter(reached.dst.notnull()).select(*columns).distinct()


def _tie_repositories(ends: Table, task_name: str) -> Table:
    """One edge per source and end."""
    several = ibis.window(group_by=("repository", "src", "kind"))
    counted = ends.mutate(owners=ends.owner.nunique().over(several))
    edges = stack(*(_edges(counted, kind) for kind in ("PY_RESOLVES_TO", "CALL", "INHERITS_FROM")))
    owners = ends.select("src", "dst", "kind", "owner", of="repository").distinct()
    derived = derive_edge_ids(edges, task_name).drop("dst_repository")
    return select_edges(
        derived.inner_join(
            owners,
            [
                derived.repository == owners.of,
                derived.src == owners.src,
                derived.dst == owners.dst,
                derived.kind == owners.kind,
            ],
        ).select(derived, dst_repository=owners.owner)
    )


@task(
    CROSS_REPOSITORY_EDGES,
    stages=(_collect_wishes, _find_elsewhere, _choose_nodes, _tie_repositories),
    task_name="cross_repository_edges",
)
def cross_repository_edges(
    imports: Table,
    call_targets: Table,
    class_bases: Table,
    exports: Table,
    modules: Table,
    definitions: Table,
    bindings: Table,
) -> Table:
    """One row per edge from a repository to another: imports, calls and bases."""


def _dotted(rows: Table, kind: str, src: ibis.Value, method: str, place: ibis.Value) -> Table:
    """Wishes by full name: what is before the last dot is the module."""
    return rows.select(
        "repository",
        "file_id",
        kind=ibis.literal(kind),
        src=src,
        module=rows.target_name.re_extract(r"^(.*)\.[^.]*$", 1),
        name=rows.target_name.re_extract(r"([^.]*)$", 1),
        variable=ibis.null("string"),
        method=ibis.literal(method),
        place=place,
    )


def _target(members: Table) -> tuple[ibis.Value, ...]:
    return members.target_kind, members.target_id, members.owner


def _edges(ends: Table, kind: str) -> Table:
    rows = ends.filter(ends.kind == kind)
    return edge(
        rows,
        kind,
        src=rows.src,
        dst=rows.dst,
        ord=rows.place,
        variable=rows.variable,
        origin="names",
        method=rows.method,
        confidence=(rows.owners > 1).ifelse(_LIKELY, _SURE),
        ambiguity_group=(rows.owners > 1).ifelse(rows.src, ibis.null("int64")),
    )
