"""The rule that ancestors of caught exceptions decide."""

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


def caught_expressions(ast_nodes: Table) -> Table:
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


def known_classes(named: Table, name_resolutions: Table, attribute_resolutions: Table, definitions: Table) -> Table:
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


def unreachable_except(caught: Table, mro: Table) -> Table:
    """Clauses of a `try` of which every class is caught by clauses before, as far as all of its classes are known."""
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
