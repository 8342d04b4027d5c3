"""What could not be told, as data: one dataset per family of questions, and their union."""

from __future__ import annotations

from types import MappingProxyType

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.pipes import union

REASONS = MappingProxyType(
    {
        "undefined": "nothing that can be seen binds the name",
        "unbound": "the variable is cleared before it is read, as at the end of `except … as`",
        "star_import": "a star import from outside the repository may bind the name",
        "no_symbols": "the compiler refused the file, so it has no symbol table",
        "missing_member": "the module it is imported from is here and has no such member",
        "missing_module": "the package it is imported from is here and has no such module",
        "beyond_top_level": "a relative import leaves the top-level package",
        "parameter": "the callee is the value of a parameter",
        "variable": "the callee is the value of a variable",
        "module": "a module is called",
        "implicit": "the callee is something Python itself provides, such as `__class__`",
        "not_callable": "the name leads to a class attribute or property whose value is called",
        "unknown_object": "an attribute of an object whose class is not known",
        "no_method": "nothing in the resolution order binds the member to a function or class",
        "no_class": "`super()` or a first parameter outside any class",
        "call_result": "what another call returns is called",
        "item": "an item of a container is called",
        "expression": "the callee is computed by an expression",
        "limit": "a limit of the points-to analysis cut off what else may be called",
        "dynamic_base": "the base is computed by an expression",
        "value_base": "the base is a variable, not a class statement",
    }
)
"""Reason code → what it means; the closed list."""

_COLUMNS = (
    REPOSITORY,
    FILE_ID,
    Column("site_node", "int64", "The node in question."),
    Column("what", "string", "What is not known of it.", values=("call", "name", "import", "base")),
    Column("name", "string", "Name as written; null where the source has none.", nullable=True),
    Column(
        "reason",
        "string",
        "Why: " + "; ".join(f"{code}: {meaning}" for code, meaning in REASONS.items()) + ".",
        values=tuple(REASONS),
    ),
    Column(
        "completeness",
        "string",
        "open: some answers are known, others may be missing; unknown: none is.",
        values=("open", "unknown"),
    ),
)


def unresolved_family(name: str, description: str) -> Contract:
    """The contract of one family of open questions: it is part of `unresolved` and has the same columns."""
    return Contract(
        name=name,
        layer="cpg",
        description=description,
        columns=_COLUMNS,
        key=("what", "site_node"),
        local=("file_id", "site_node"),
        part_of="unresolved",
        query=f"SELECT what, reason, count(*) AS sites FROM {name} GROUP BY ALL ORDER BY sites DESC",
    )


UNRESOLVED = Contract(
    name="unresolved",
    layer="cpg",
    description="One row per call, name, import and base that could not be resolved, with the reason.",
    columns=_COLUMNS,
    key=("what", "site_node"),
    local=("file_id", "site_node"),
    references=(Reference("site_node", "nodes", "node_id"),),
    query="SELECT what, reason, count(*) AS sites FROM unresolved GROUP BY ALL ORDER BY sites DESC",
)

unresolved = union(UNRESOLVED)
