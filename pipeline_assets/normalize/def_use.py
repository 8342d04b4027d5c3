"""What every instruction does to variables, and which definitions reach which uses."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.normalize.columns import FILE_ID, REPOSITORY
from pipeline_assets.normalize.data_flow.flow import Flow, Program, read_program, solve_program
from pipeline_assets.normalize.data_flow.operations import STAR_IMPORT, VARIABLE_OPERATIONS
from pipeline_assets.normalize.data_flow.tables import EVENTS, KINDS, METHODS, WAYS, Tables
from pipeline_assets.pipes import graph_task

_VARIABLE = Column(
    "variable",
    "string",
    "Name as the interpreter has it: private names are mangled; attributes with what they are taken from, `self.x`; "
    "* for what a star import binds.",
)
_VARIABLE_KIND = Column(
    "variable_kind",
    "string",
    "What the variable is to the code unit: local: its own, those of comprehensions that run in it among them; cell: "
    "its own, used by inner functions too; free: of a function around it; global: the module's; builtin: nothing in "
    "the file binds it and Python provides it; class_member: of the class body; self_attribute: an attribute of a "
    "method's first parameter, which nothing binds again.",
    values=KINDS,
)

DEF_USE = Contract(
    name="def_use",
    layer="normalize",
    description="One row per read, write or deletion of a variable by an instruction, or at the entry of a code unit.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("event_id", "int64", "Id of the event: file, family 15, place in the file's events."),
        Column("code_unit_id", "int64", "The code unit."),
        Column("scope_node", "int64", "The syntax node whose scope the code unit runs.", nullable=True),
        Column(
            "instruction_id",
            "int64",
            "The instruction; null for what holds at entry: parameters, and variables of enclosing functions.",
            nullable=True,
        ),
        Column("part", "int8", "0; 1 for the second name of an instruction that does the work of two (3.13)."),
        Column("node_id", "int64", "The syntax node whose work it is, or the parameter.", nullable=True),
        Column("block_id", "int64", "The basic block of the instruction.", nullable=True),
        Column("position", "int32", "Place among the events of the code unit in the order of the code, from 0."),
        Column("event", "string", "What happens.", values=EVENTS),
        _VARIABLE,
        _VARIABLE_KIND,
        Column(
            "way",
            "string",
            "How the variable gets or loses its value; null for uses. Most are kinds of binding sites. augmented: "
            "`x += 1`, read at the same node; closure: the enclosing function's variable, as the closure gives it; "
            "class_cell: `__class__`, set when the class is made; except_end: the name of `except … as` at the end of "
            "its handler; star_import: possibly; implicit: by the interpreter, such as `__doc__`.",
            nullable=True,
            values=WAYS,
        ),
        Column("binding_id", "int64", "The binding site of a definition or deletion.", nullable=True),
        Column(
            "is_must",
            "boolean",
            "Of a use: exactly one definition reaches it, and on every path one does. Of a definition or deletion: it "
            "happens for certain, which a star import does not say of any name.",
        ),
        Column(
            "is_possibly_unbound",
            "boolean",
            "Whether a path leads from the entry or from a deletion to this use or deletion without a definition; "
            "names that fall through to a module's definition or to a builtin are bound.",
        ),
    ),
    key=("event_id",),
    local=("event_id", "code_unit_id", "scope_node", "instruction_id", "node_id", "block_id", "binding_id"),
    references=(
        Reference("code_unit_id", "code_units", "code_unit_id"),
        Reference("scope_node", "ast_nodes", "node_id"),
        Reference("instruction_id", "instructions", "instruction_id"),
        Reference("node_id", "ast_nodes", "node_id"),
        Reference("block_id", "blocks", "block_id"),
        Reference("binding_id", "bindings", "binding_id"),
    ),
    query="SELECT variable_kind, event, way, count(*) AS events FROM def_use GROUP BY ALL ORDER BY events DESC",
)

REACHING_DEFS = Contract(
    name="reaching_defs",
    layer="normalize",
    description="One row per use of a variable and definition whose value it may see.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("use_event_id", "int64", "The use."),
        Column("def_event_id", "int64", "The definition."),
        Column("use_node_id", "int64", "The use's syntax node.", nullable=True),
        Column("def_node_id", "int64", "The definition's syntax node.", nullable=True),
        _VARIABLE,
        _VARIABLE_KIND,
        Column(
            "method",
            "string",
            "How the pair is known. flow: control can go from the definition to the use with no other definition or "
            "deletion in between; the others are definitions in other code units (or in another run of the same), "
            "whatever the order: closure: by way of a shared variable of a function; global: of the module's; class: "
            "an annotation's name found in the class body around it.",
            values=METHODS,
        ),
        Column(
            "is_must",
            "boolean",
            "Whether it is the only definition of the use and there is one on every path; copies of one syntax node "
            "that the compiler made count as one.",
        ),
    ),
    key=("use_event_id", "def_event_id"),
    local=("use_event_id", "def_event_id", "use_node_id", "def_node_id"),
    references=(
        Reference("use_event_id", "def_use", "event_id"),
        Reference("def_event_id", "def_use", "event_id"),
        Reference("use_node_id", "ast_nodes", "node_id"),
        Reference("def_node_id", "ast_nodes", "node_id"),
    ),
    query="SELECT variable_kind, method, is_must, count(*) AS pairs FROM reaching_defs GROUP BY ALL ORDER BY 4 DESC",
)

DATA_FLOW_LIMITS = Contract(
    name="data_flow_limits",
    layer="normalize",
    description="One row per code unit and variable whose definitions are so many that some uses list only a part.",
    columns=(
        REPOSITORY,
        FILE_ID,
        Column("code_unit_id", "int64", "The code unit of the uses."),
        Column("variable", "string", "The variable."),
        Column("what", "string", "What is limited.", values=("definitions_of_a_use",)),
        Column("limit", "int32", "How many are listed for a use."),
        Column("actual", "int32", "The most that there are for one."),
    ),
    key=("code_unit_id", "variable"),
    local=("code_unit_id",),
    references=(Reference("code_unit_id", "code_units", "code_unit_id"),),
    query='SELECT code_unit_id, variable, "limit", actual FROM data_flow_limits ORDER BY actual DESC',
)


def _select_code(
    instructions: Table,
    code_units: Table,
    blocks: Table,
    block_edges: Table,
    exception_table: Table,
    anchors: Table,
    unit_scopes: Table,
    bindings: Table,
) -> dict[str, Table]:
    """Project the code, the places in the syntax of its instructions, and the sites that bind names."""
    is_star = (instructions.opname != "CALL_INTRINSIC_1") | (instructions.argval == STAR_IMPORT)
    frames = _clearing_units(instructions)
    return {
        "code": instructions.select("file_id", "instruction_id", "opcode"),
        "named": instructions.filter(instructions.opname.isin(VARIABLE_OPERATIONS) & is_star).select(
            "file_id", "instruction_id", "argval", "bstart", "bend"
        ),
        "frames": instructions.semi_join(frames, instructions.code_unit_id == frames.code_unit_id).select(
            "file_id",
            "instruction_id",
            "loaded_unit_id",
            "jump_target_id",
            *("arg", "pops", "pushes", "jump_pops", "jump_pushes"),
        ),
        "handlers": exception_table.semi_join(frames, exception_table.code_unit_id == frames.code_unit_id).select(
            "file_id", "code_unit_id", "target_offset", "depth", "lasti"
        ),
        "units": code_units.select(
            "repository",
            "file_id",
            "code_unit_id",
            "parent_unit_id",
            "kind",
            *("argcount", "kwonlyargcount", "is_varargs", "is_varkeywords"),
            *("varnames", "cellvars", "freevars"),
            is_generator=code_units.is_generator | code_units.is_coroutine | code_units.is_async_generator,
        ),
        "blocks": blocks.select("file_id", "block_id", "code_unit_id", "first_instruction_id", "start_offset"),
        "edges": _edges(block_edges),
        "anchors": anchors.filter(anchors.part == 0).select("file_id", "instruction_id", "node_id"),
        "second_anchors": anchors.filter(anchors.part == 1).select("file_id", "instruction_id", "node_id"),
        "scopes": unit_scopes.select("file_id", "code_unit_id", "scope_node"),
        "bindings": bindings.select("file_id", "site_node", "binding_id", "kind"),
        "parameters": bindings.filter(bindings.kind == "parameter").select(
            "file_id", "site_node", "scope_node", "symbol_name"
        ),
    }


def _find_events(inputs: dict[str, pa.Table]) -> tuple[Program, dict[str, pa.Table]]:
    """Find what instructions do to variables, and tell the variables apart."""
    return read_program(inputs), inputs


def _solve_flow(found: tuple[Program, dict[str, pa.Table]]) -> tuple[Flow, dict[str, pa.Table]]:
    """Find which definitions reach which uses."""
    program, inputs = found
    return solve_program(program), inputs


def _tabulate(found: tuple[Flow, dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """Lay events, pairs and limits out on the contracts' columns."""
    tables = Tables(*found)
    made = {
        DEF_USE: tables.def_use(),
        REACHING_DEFS: tables.reaching_defs(),
        DATA_FLOW_LIMITS: tables.data_flow_limits(),
    }
    return {contract.name: pa.table({n: columns[n] for n in contract.names}) for contract, columns in made.items()}


@graph_task(
    DEF_USE,
    REACHING_DEFS,
    DATA_FLOW_LIMITS,
    stages=(_select_code, _find_events, _solve_flow, _tabulate),
    by="file_id",
    batch=400_000,
)
def data_flow(
    instructions: Table,
    code_units: Table,
    blocks: Table,
    block_edges: Table,
    exception_table: Table,
    anchors: Table,
    unit_scopes: Table,
    bindings: Table,
) -> Table:
    """Reads, writes and deletions of variables, and which definitions reach which uses."""


def _clearing_units(instructions: Table) -> Table:
    """Code units that run comprehensions in place, and so set variables aside (from 3.12 on)."""
    clearing = instructions.filter(instructions.opname == "LOAD_FAST_AND_CLEAR")
    return clearing.select("file_id", "code_unit_id").distinct()


def _edges(block_edges: Table) -> Table:
    """Edges between blocks, with whether they are taken by exceptions."""
    return block_edges.select("file_id", "src_block_id", "dst_block_id", is_exception=block_edges.kind == "exception")
