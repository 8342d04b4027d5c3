"""Rules that ancestors of classes decide."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from pipeline_assets.pipes.stacking import stack

_FAMILIES = {
    "ArithmeticError": ("FloatingPointError", "OverflowError", "ZeroDivisionError"),
    "ConnectionError": (
        "BrokenPipeError", "ConnectionAbortedError", "ConnectionRefusedError", "ConnectionResetError",
    ),
    "ImportError": ("ModuleNotFoundError",),
    "LookupError": ("IndexError", "KeyError"),
    "NameError": ("UnboundLocalError",),
    "OSError": (
        "BlockingIOError", "BrokenPipeError", "ChildProcessError", "ConnectionAbortedError", "ConnectionError",
        "ConnectionRefusedError", "ConnectionResetError", "EnvironmentError", "FileExistsError", "FileNotFoundError",
        "IOError", "InterruptedError", "IsADirectoryError", "NotADirectoryError", "PermissionError",
        "ProcessLookupError", "TimeoutError",
    ),
    "RuntimeError": ("NotImplementedError", "RecursionError"),
    "SyntaxError": ("IndentationError", "TabError"),
    "UnicodeError": ("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeTranslateError"),
    "ValueError": ("UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "UnicodeTranslateError"),
}  # fmt: skip
"""Builtin exceptions → the builtin exceptions that are kinds of them, in every version."""
_NO_EXCEPTION = ("BaseException", "BaseExceptionGroup", "GeneratorExit", "KeyboardInterrupt", "SystemExit")
"""Builtin exceptions that `except Exception` lets pass."""
_INITIALISERS = ("__init__", "__new__", "__init_subclass__", "__post_init__", "__class_getitem__", "__set_name__")
"""Methods that are called for one class at a time: an override may ask for something else."""
_BY_PLACE = ("positional_only", "positional_or_keyword")


def unreachable_except(
    ast_nodes: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table, mro: Table
) -> Table:
    """Clauses of a `try` of which every class is caught by clauses before, as far as all of its classes are known."""
    named = _caught(ast_nodes)
    known = _classes(named, name_resolutions, attribute_resolutions, definitions)
    caught = named.left_join(known, [named.file_id == known.file_id, named.node_id == known.node_id]).select(
        named, known["class"]
    )
    kinds = _ancestors(caught, mro)
    earlier = caught.filter(caught["class"].notnull()).select("file_id", "try_id", above="place", catching="class")
    answered = kinds.inner_join(
        earlier,
        [kinds.file_id == earlier.file_id, kinds.try_id == earlier.try_id, kinds.ancestor == earlier.catching],
    ).select(kinds.file_id, kinds.node_id, kinds.place, earlier.above)
    covered = answered.filter(answered.above < answered.place).select("file_id", "node_id").distinct()
    open_ = caught.anti_join(covered, [caught.file_id == covered.file_id, caught.node_id == covered.node_id])
    clauses = caught.select("repository", "file_id", "handler_id").distinct()
    lost = clauses.anti_join(open_, [clauses.file_id == open_.file_id, clauses.handler_id == open_.handler_id])
    return lost.select("repository", "file_id", node_id="handler_id")


def incompatible_override(overrides: Table, definitions: Table, parameters: Table, decorators: Table) -> Table:
    """Methods that take fewer arguments by place than the one they override, or need more than that takes."""
    plain = definitions.filter(
        definitions.kind.isin(("function", "async_function"))
        & definitions.name.notin(_INITIALISERS)
        & ~(definitions.name.startswith("__") & ~definitions.name.endswith("__"))
    ).select("repository", "file_id", "definition_id")
    bare = plain.anti_join(
        decorators, [plain.file_id == decorators.file_id, plain.definition_id == decorators.definition_id]
    )
    by_place = parameters.kind.isin(_BY_PLACE)
    counted = parameters.group_by("repository", "file_id", "definition_id").aggregate(
        most=by_place.cast("int32").sum(),
        least=(by_place & parameters.default_id.isnull()).cast("int32").sum(),
        is_endless=(parameters.kind == "var_positional").any(),
    )
    shapes = counted.semi_join(bare, [counted.file_id == bare.file_id, counted.definition_id == bare.definition_id])
    exact = overrides.filter(
        overrides.is_exact & overrides.by_order & (overrides.kind == "method") & (overrides.base_kind == "method")
    ).select("repository", "file_id", "member_id", "base_id")
    own = exact.inner_join(shapes, [exact.file_id == shapes.file_id, exact.member_id == shapes.definition_id]).select(
        exact, shapes.most, shapes.least, shapes.is_endless
    )
    base = shapes.view()
    both = own.inner_join(base, [own.repository == base.repository, own.base_id == base.definition_id]).select(
        own, base_most=base.most, base_endless=base.is_endless
    )
    takes_less = (both.most < both.base_most) & ~both.is_endless
    needs_more = (both.least > both.base_most) & ~both.base_endless
    return both.filter(takes_less | needs_more).select("repository", "file_id", node_id="member_id").distinct()


def _caught(ast_nodes: Table) -> Table:
    """One row per expression that a clause names as a class, alone or in a tuple, with the place of the clause."""
    tries = ast_nodes.filter(ast_nodes.kind == "Try").select("file_id", "node_id")
    handlers = ast_nodes.filter(ast_nodes.kind == "ExceptHandler").select(
        "file_id", handler_id="node_id", try_id="parent_id", place="ordinal"
    )
    own = handlers.semi_join(tries, [handlers.file_id == tries.file_id, handlers.try_id == tries.node_id])
    held = ast_nodes.filter(ast_nodes.field == "type").select("repository", "file_id", "node_id", "parent_id", "kind")
    wholes = held.inner_join(own, [held.file_id == own.file_id, held.parent_id == own.handler_id]).select(
        held.repository, held.file_id, held.node_id, held.kind, own.handler_id, own.try_id, own.place
    )
    tuples = wholes.filter(wholes.kind == "Tuple")
    items = ast_nodes.filter(ast_nodes.field == "elts").select("file_id", item_id="node_id", tuple_id="parent_id")
    listed = items.inner_join(tuples, [items.file_id == tuples.file_id, items.tuple_id == tuples.node_id])
    columns = ("handler_id", "try_id", "place")
    return stack(
        wholes.filter(wholes.kind != "Tuple").drop("kind"),
        listed.select(
            tuples.repository, tuples.file_id, *(tuples[name] for name in columns), node_id=items.item_id
        ).select("repository", "file_id", "node_id", *columns),
    )


def _classes(named: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table) -> Table:
    """Names and chains that certainly are one class: its id as text, or the dotted name of one outside."""
    certain = name_resolutions.filter(name_resolutions.candidates <= 1)
    columns = ("repository", "file_id", "node_id", "target_kind", "target_id", "target_module", "target_name")
    resolved = (certain.select(*columns), attribute_resolutions.select(*columns))
    meant = stack(*(rows.semi_join(named, ["file_id", "node_id"]) for rows in resolved))
    classes = definitions.filter(definitions.kind == "class").select("repository", "definition_id")
    inside = meant.filter(meant.target_kind == "definition").inner_join(
        classes, ["repository", ("target_id", "definition_id")]
    )
    outside = meant.filter(meant.target_kind.isin(("builtin", "standard_library", "external")))
    return stack(
        inside.select("repository", "file_id", "node_id", **{"class": inside.target_id.cast("string")}),
        outside.filter(outside.target_name.notnull()).select(
            "repository",
            "file_id",
            "node_id",
            **{"class": outside.target_module + ibis.literal(".") + outside.target_name},
        ),
    )


def _ancestors(caught: Table, mro: Table) -> Table:
    """Every class that a caught class is a kind of, itself included."""
    columns = ("repository", "file_id", "try_id", "node_id", "place")
    known = caught.filter(caught["class"].notnull())
    exact = mro.filter(mro.reason.isnull()).select(
        "repository",
        of=mro.class_id.cast("string"),
        ancestor=mro.ancestor_id.cast("string").coalesce(mro.ancestor_name),
    )
    inherited = known.inner_join(exact, [known.repository == exact.repository, known["class"] == exact.of]).select(
        *(known[name] for name in columns), exact.ancestor
    )
    passing = tuple(f"builtins.{name}" for name in _NO_EXCEPTION)
    given = [(known["class"].isin(_dotted(children)), parent) for parent, children in _FAMILIES.items()]
    builtin = known["class"].startswith("builtins.")
    rules = [*given, (builtin & known["class"].notin(passing), "Exception"), (builtin, "BaseException")]
    return stack(
        known.select(*columns, ancestor="class"),
        inherited,
        *(known.filter(holds).select(*columns, ancestor=ibis.literal(f"builtins.{parent}")) for holds, parent in rules),
    )


def _dotted(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"builtins.{name}" for name in names)
