"""Every call expression: its shape, callee, receiver, caller and arguments."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import BEND, BSTART, FILE_ID, LINE, REPOSITORY

CALL_SITES = Contract(
    name="call_sites",
    layer="normalize",
    description="One row per call expression, with its callee's shape, its caller and a summary of its arguments.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("call_id", "int64", "The Call node."),
        Column("caller_id", "int64", "The function, class, lambda or module whose code makes the call."),
        Column("scope_node", "int64", "Node of the scope in which the call is evaluated."),
        Column("callee_id", "int64", "The expression that is called."),
        Column(
            "shape",
            "string",
            "name: `f()`; self_attribute: an attribute of the method's first parameter; super: an attribute of `super()`; "
            "attribute: any other attribute; call: the result of a call; subscript: an item; lambda: a lambda; other.",
            values=("name", "attribute", "self_attribute", "super", "call", "subscript", "lambda", "other"),
        ),
        Column("callee_text", "string", "The callee when it is a dotted name, else null.", nullable=True),
        Column("callee_name", "string", "Name or attribute that is called, else null.", nullable=True),
        Column(
            "symbol_name", "string", "That name as the compiler looks it up: private names are mangled.", nullable=True
        ),
        Column("name_bstart", "int32", "First byte of the called name's token.", nullable=True),
        Column("name_bend", "int32", "Byte after it.", nullable=True),
        Column("receiver_id", "int64", "The expression before the last dot.", nullable=True),
        Column("receiver_text", "string", "The receiver when it is a dotted name, else null.", nullable=True),
        Column("positional", "int32", "Positional arguments, unpackings not counted."),
        Column("keywords", "int32", "Keyword arguments, unpackings not counted."),
        Column("has_star", "boolean", "Whether there is a `*` argument."),
        Column("has_double_star", "boolean", "Whether there is a `**` argument."),
        Column(
            "is_decorator", "boolean", "Whether the call is itself a decorator expression, whose result is called too."
        ),
        LINE,
        BSTART,
        BEND,
    ),
    key=("call_id",),
    local=("call_id", "caller_id", "scope_node", "callee_id", "receiver_id"),
    spans=(("bstart", "bend"), ("name_bstart", "name_bend")),
    references=(
        Reference("call_id", "ast_nodes", "node_id"),
        Reference("caller_id", "definitions", "definition_id"),
        Reference("callee_id", "ast_nodes", "node_id"),
        Reference("receiver_id", "ast_nodes", "node_id"),
    ),
    query="SELECT shape, count(*) AS calls FROM call_sites GROUP BY shape ORDER BY calls DESC",
)
