"""Rules that the shape of the syntax decides."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.pipes.stacking import stack

_LEAVING = ("Return", "Raise", "Break", "Continue")
"""Statements after which the next of the same block never runs."""
_NO_IDENTITY = ("int", "float", "complex", "str", "bytes")
"""Kinds of literals whose identity says nothing."""
_DISPLAYS = ("Tuple", "List", "Dict", "Set", "ListComp", "SetComp", "DictComp")
"""Expressions that make a new object each time."""


def unreachable_code(ast_nodes: Table) -> Table:
    """The statement right after one that leaves its block; a `yield` may stand there to make a generator."""
    leaving = ast_nodes.filter(ast_nodes.kind.isin(_LEAVING) & ast_nodes.ordinal.notnull())
    before = leaving.select("file_id", "parent_id", "field", place=leaving.ordinal + 1)
    inner = ast_nodes.filter(ast_nodes.field == "value").filter(ast_nodes.kind.isin(("Yield", "YieldFrom")))
    yields = inner.select("file_id", "parent_id")
    statements = ast_nodes.filter(ast_nodes.field.isin(("body", "orelse", "finalbody")) & (ast_nodes.ordinal > 0))
    after = statements.select("repository", "file_id", "node_id", "parent_id", "field", "ordinal").semi_join(
        before,
        [
            statements.file_id == before.file_id,
            statements.parent_id == before.parent_id,
            statements.field == before.field,
            statements.ordinal == before.place,
        ],
    )
    lost = after.anti_join(yields, [after.file_id == yields.file_id, after.node_id == yields.parent_id])
    return lost.select("repository", "file_id", "node_id")


def is_literal(ast_nodes: Table) -> Table:
    """Comparisons by `is` with a number, text or bytes, or with a tuple display, on either side."""
    compared = ast_nodes.filter((ast_nodes.kind == "Compare") & ast_nodes.ctx.isin(("Is", "IsNot"))).select(
        "repository", "file_id", "node_id"
    )
    operands = ast_nodes.filter(ast_nodes.field.isin(("left", "comparators")))
    is_value = (operands.kind == "Constant") & operands.value_kind.isin(_NO_IDENTITY)
    held = operands.filter(is_value.fill_null(False) | (operands.kind == "Tuple")).select("file_id", "parent_id")
    return compared.semi_join(held, [compared.file_id == held.file_id, compared.node_id == held.parent_id])


def assert_on_tuple(ast_nodes: Table) -> Table:
    """Assertions whose condition is a tuple display with items."""
    items = ast_nodes.filter((ast_nodes.field == "elts") & (ast_nodes.ordinal == 0)).select("file_id", "parent_id")
    tests = ast_nodes.filter((ast_nodes.kind == "Tuple") & (ast_nodes.field == "test"))
    filled = tests.select("repository", "file_id", "node_id", "parent_id").semi_join(
        items, [tests.file_id == items.file_id, tests.node_id == items.parent_id]
    )
    holders = ast_nodes.filter(ast_nodes.kind == "Assert").select("file_id", "node_id")
    asserted = filled.semi_join(holders, [filled.file_id == holders.file_id, filled.parent_id == holders.node_id])
    return asserted.select("repository", "file_id", node_id=asserted.parent_id)


def duplicate_key(ast_nodes: Table) -> Table:
    """Keys of a dict display that are written again further on in it: literals of one kind and value."""
    keys = ast_nodes.filter((ast_nodes.field == "keys") & (ast_nodes.kind == "Constant"))
    known = keys.filter(keys.value_kind.notnull()).select(
        "repository", "file_id", "node_id", "parent_id", "ordinal", "value", "value_kind"
    )
    displays = ast_nodes.filter(ast_nodes.kind == "Dict").select("file_id", "node_id")
    written = known.semi_join(displays, [known.file_id == displays.file_id, known.parent_id == displays.node_id])
    same = ibis.window(group_by=("file_id", "parent_id", "value_kind", "value"))
    counted = written.mutate(last=written.ordinal.max().over(same))
    return counted.filter(counted.ordinal < counted.last).select("repository", "file_id", "node_id")


def redefined_unused(definitions: Table, ast_nodes: Table, decorators: Table) -> Table:
    """Undecorated functions and classes that one of the same name and block replaces, unread until then."""
    plain = definitions.filter(
        definitions.kind.isin(("function", "async_function", "class")) & (definitions.name != "_")
    )
    several = plain.group_by("file_id", "parent_id", "name").aggregate(count=plain.count())
    several = several.filter(several["count"] > 1)
    twice = plain.select("file_id", "parent_id", "definition_id", "name").semi_join(
        several, ["file_id", "parent_id", "name"]
    )
    bare = twice.anti_join(decorators, ["file_id", "definition_id"])
    places = ast_nodes.filter(ast_nodes.field.isin(("body", "orelse", "finalbody"))).select(
        "repository", "file_id", "node_id", "subtree_end", "parent_id", "field", "ordinal"
    )
    placed = places.inner_join(bare, [places.file_id == bare.file_id, places.node_id == bare.definition_id]).select(
        places, bare.name
    )
    block = ibis.window(group_by=("file_id", "parent_id", "field", "name"), order_by=("ordinal",))
    followed = placed.mutate(next_id=placed.node_id.lead().over(block))
    replaced = followed.filter(followed.next_id.notnull())
    names = ast_nodes.filter((ast_nodes.kind == "Name") & ast_nodes.ctx.isin(("Load", "Del")))
    reads = names.select("file_id", "name", read_id="node_id")
    used = reads.inner_join(
        replaced,
        [
            replaced.file_id == reads.file_id,
            replaced.name == reads.name,
            reads.read_id < replaced.next_id,
        ],
    ).select(replaced.node_id, replaced.subtree_end, reads.read_id)
    # What stands above may run in between; what the function says of itself does not.
    used = used.filter((used.read_id < used.node_id) | (used.read_id >= used.subtree_end))
    return replaced.anti_join(used, "node_id").select("repository", "file_id", "node_id")


def mutable_default(parameters: Table, ast_nodes: Table, call_sites: Table, name_resolutions: Table) -> Table:
    """Defaults that are displays, or calls of the builtin classes of mutable containers."""
    made = ast_nodes.filter(ast_nodes.kind.isin(tuple(kind for kind in _DISPLAYS if kind != "Tuple")))
    builtin = name_resolutions.filter(
        (name_resolutions.target_kind == "builtin") & name_resolutions.name.isin(("list", "dict", "set", "bytearray"))
    ).select("file_id", "node_id")
    calls = call_sites.select("file_id", "call_id", "callee_id")
    called = calls.semi_join(builtin, [calls.file_id == builtin.file_id, calls.callee_id == builtin.node_id])
    mutable = stack(made.select("file_id", "node_id"), called.select("file_id", node_id="call_id"))
    defaults = parameters.filter(parameters.default_id.notnull()).select("repository", "file_id", "default_id")
    found = defaults.semi_join(mutable, [defaults.file_id == mutable.file_id, defaults.default_id == mutable.node_id])
    return found.select("repository", "file_id", node_id="default_id")
