"""Bytecode: code objects, their instructions and exception tables, and the basic blocks that these make.

The code is compiled by the interpreter that runs the build, without its optimisations for asserts and docstrings, and
never executed. Offsets are bytes of a code object's bytecode; they never pose as source spans.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.ids import BLOCK, CODE_UNIT, INSTRUCTION, MOST_ROWS, Ids, row_ids
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.bytecode.arguments import LONGEST_TEXT, read_arguments
from pipeline_assets.extract.producers.bytecode.basic_blocks import find_blocks
from pipeline_assets.extract.producers.bytecode.code_objects import (
    CodeObjects,
    CompiledFile,
    Nested,
    Warned,
    nested_codes,
)
from pipeline_assets.extract.producers.bytecode.instructions import read_instructions
from pipeline_assets.extract.producers.bytecode.kinds import CODE_KINDS, code_kinds
from pipeline_assets.extract.producers.bytecode.opcodes import CACHE, EDGE_KINDS
from pipeline_assets.extract.producers.bytecode.program import Decoded, Program
from pipeline_assets.extract.producers.bytecode.spans import Spans, spans_of
from pipeline_assets.extract.producers.bytecode.tables import (
    block_columns,
    code_unit_columns,
    edge_columns,
    exception_columns,
    instruction_columns,
)
from pipeline_assets.extract.status import (
    PARSER_ERRORS,
    failed,
    in_characters,
    limited,
    status_contract,
    status_table,
    succeeded,
)
from pipeline_assets.extract.text import NOWHERE, Encoding, canonical_bytes, line_spans, parser_input
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.pipes import extractor
from pipeline_assets.store.columns import arrow_schema, stored_columns

_IN_FILE = (
    Column("repository", "string", "Name of the repository."),
    Column("file_id", "int64", "The file."),
)
_UNIT = Column("code_unit_id", "int64", "The code unit.")
_TO_FILE = Reference("file_id", "files", "file_id")
_TO_UNIT = Reference("code_unit_id", "code_units", "code_unit_id")

CODE_UNITS = Contract(
    name="code_units",
    layer="extract",
    description="One row per code object that CPython compiles a file to.",
    columns=(
        *_IN_FILE,
        Column("code_unit_id", "int64", "Id of the code unit: file, family 5, place in preorder."),
        Column("parent_unit_id", "int64", "The code unit whose constant it is; none for a module.", True),
        Column("kind", "string", "What it was compiled from.", values=CODE_KINDS),
        Column("name", "string", "CPython's name for it, such as <module> or <lambda>, or the definition's own."),
        Column("qualname", "string", "Dotted name from below the module, with <locals> below functions."),
        Column("line", "int32", "Line where it starts, decorators included."),
        Column("argcount", "int32", "Positional parameters, those with defaults included."),
        Column("posonlyargcount", "int32", "Parameters that are positional only, among them."),
        Column("kwonlyargcount", "int32", "Parameters that are keyword only."),
        Column("nlocals", "int32", "Local variables, parameters included; cells are left out but for parameters."),
        Column("stacksize", "int32", "Values that the stack holds at most."),
        Column("flags", "int32", "CPython's flags."),
        Column("is_optimized", "boolean", "Its variables are kept by index: true for all but modules and classes."),
        Column("is_newlocals", "boolean", "Each run has variables of its own."),
        Column("is_varargs", "boolean", "It has a parameter *args."),
        Column("is_varkeywords", "boolean", "It has a parameter **kwargs."),
        Column("is_nested", "boolean", "A function encloses it."),
        Column("is_generator", "boolean", "A call makes a generator."),
        Column("is_coroutine", "boolean", "A call makes a coroutine."),
        Column("is_async_generator", "boolean", "A call makes an asynchronous generator."),
        Column("varnames", "string", "Local variables joined by commas, parameters first."),
        Column("cellvars", "string", "Variables that inner code units use, joined by commas."),
        Column("freevars", "string", "Variables of outer code units that it uses, joined by commas."),
        Column("names", "string", "Names of globals, attributes and modules that it uses, joined by commas."),
        Column("instructions", "int32", "Number of instructions."),
    ),
    key=("code_unit_id",),
    local=("code_unit_id", "parent_unit_id"),
    references=(_TO_FILE, Reference("parent_unit_id", "code_units", "code_unit_id")),
    query="SELECT qualname, instructions FROM code_units ORDER BY instructions DESC LIMIT 20",
)

INSTRUCTIONS = Contract(
    name="instructions",
    layer="extract",
    description="One row per instruction, as `dis` lists them; inline caches are no rows, EXTENDED_ARG is one.",
    columns=(
        *_IN_FILE,
        Column("instruction_id", "int64", "Id of the instruction: file, family 11, place in the file's code."),
        _UNIT,
        Column("block_id", "int64", "The basic block."),
        Column("ordinal", "int32", "Place in the code unit, from 0."),
        Column("offset", "int32", "Byte of the code unit's bytecode where it starts."),
        Column("opcode", "int32", "CPython's number of the operation; other versions number differently."),
        Column("opname", "string", "The operation."),
        Column("arg", "int32", "Argument, with what EXTENDED_ARG adds; none for an operation without one.", True),
        Column(
            "argval",
            "string",
            "What the argument stands for: a name (two with a comma for fused operations), a constant's repr of at "
            f"most {LONGEST_TEXT} characters, an operator or flags, the offset a jump leads to; none where it is a "
            "number only.",
            True,
        ),
        Column("argval_length", "int32", "Characters of a constant's whole repr, where it was cut.", True),
        Column("loaded_unit_id", "int64", "The code unit that the constant is.", True),
        Column("pops", "int32", "Values taken off the stack, if it does not jump; those only looked at do not count."),
        Column("pushes", "int32", "Values put on the stack, if it does not jump."),
        Column("jump_pops", "int32", "Values taken off if it jumps; none for an operation that does not.", True),
        Column("jump_pushes", "int32", "Values put on if it jumps.", True),
        Column("jump_target_id", "int64", "The instruction that it jumps to.", True),
        Column("is_jump_target", "boolean", "Whether a jump leads to it; handlers are told by their block."),
        Column("starts_line", "boolean", "Whether another line of source starts here, by the version's `dis`."),
        Column("bstart", "int32", "First byte of its source; none where CPython tells no columns.", True),
        Column("bend", "int32", "Byte after the last.", True),
        Column("line", "int32", "First line; 0 for the start of a module; none where CPython tells no place.", True),
        Column("end_line", "int32", "Last line.", True),
        Column("col_utf8", "int32", "Bytes before it on its first line.", True),
        Column("end_col_utf8", "int32", "Bytes before its end on its last line.", True),
        Column("caches", "int8", "Inline cache entries that follow, of two bytes each."),
    ),
    key=("instruction_id",),
    local=("instruction_id", "code_unit_id", "block_id", "loaded_unit_id", "jump_target_id"),
    spans=(("bstart", "bend"),),
    references=(
        _TO_FILE,
        _TO_UNIT,
        Reference("block_id", "blocks", "block_id"),
        Reference("loaded_unit_id", "code_units", "code_unit_id"),
        Reference("jump_target_id", "instructions", "instruction_id"),
    ),
    query="SELECT opname, count(*) FROM instructions GROUP BY 1 ORDER BY 2 DESC",
)

EXCEPTION_TABLE = Contract(
    name="exception_table",
    layer="extract",
    description="One row per entry of a code unit's exception table: where control goes when an instruction raises.",
    columns=(
        *_IN_FILE,
        _UNIT,
        Column("ordinal", "int32", "Place in the code unit's table, from 0; entries do not overlap."),
        Column("start_offset", "int32", "First byte of bytecode that is protected."),
        Column("end_offset", "int32", "Byte after the last."),
        Column("target_offset", "int32", "Where the handler starts."),
        Column("depth", "int32", "Values that the stack keeps; the exception is put on them."),
        Column("lasti", "boolean", "Whether the offset of what raised is put on before the exception."),
    ),
    key=("code_unit_id", "ordinal"),
    local=("code_unit_id",),
    references=(_TO_FILE, _TO_UNIT),
    query="SELECT code_unit_id, count(*) FROM exception_table GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

BLOCKS = Contract(
    name="blocks",
    layer="extract",
    description="One row per basic block: instructions that run one after the other, with one handler or none.",
    columns=(
        *_IN_FILE,
        Column("block_id", "int64", "Id of the block: file, family 3, place in the file's code."),
        _UNIT,
        Column("ordinal", "int32", "Place in the code unit, from 0."),
        Column("first_instruction_id", "int64", "Its first instruction."),
        Column("last_instruction_id", "int64", "Its last instruction."),
        Column("start_offset", "int32", "First byte of its bytecode."),
        Column("end_offset", "int32", "Byte after the last, caches included."),
        Column("is_entry", "boolean", "Whether the code unit starts here."),
        Column("is_handler", "boolean", "Whether exceptions lead here."),
        Column("is_exit", "boolean", "Whether it returns, or raises what the code unit does not handle."),
        Column(
            "can_raise",
            "boolean",
            "Whether an instruction may raise; what fails by asynchronous exceptions or tracing only may not.",
        ),
        Column("handler_block_id", "int64", "The block that exceptions lead to, in this code unit.", True),
        Column("line", "int32", "First line of its instructions, where one has a line.", True),
        Column("end_line", "int32", "Last line of its instructions.", True),
    ),
    key=("block_id",),
    local=("block_id", "code_unit_id", "first_instruction_id", "last_instruction_id", "handler_block_id"),
    references=(
        _TO_FILE,
        _TO_UNIT,
        Reference("first_instruction_id", "instructions", "instruction_id"),
        Reference("last_instruction_id", "instructions", "instruction_id"),
        Reference("handler_block_id", "blocks", "block_id"),
    ),
    query="SELECT code_unit_id, count(*) AS blocks FROM blocks GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

BLOCK_EDGES = Contract(
    name="block_edges",
    layer="extract",
    description="One row per way that control goes from one basic block to another in the same code unit.",
    columns=(
        *_IN_FILE,
        _UNIT,
        Column("src_block_id", "int64", "The block that control leaves."),
        Column("dst_block_id", "int64", "The block that it goes to."),
        Column(
            "kind",
            "string",
            "next: no choice, or straight on; jump: no choice; true, false, none, not_none: the value that was tested; "
            "item, exhausted: an iterator gave a value, or ended; resume: the caller goes on after a yield or after "
            "making the generator; exception: an instruction raised.",
            values=EDGE_KINDS,
        ),
    ),
    key=("src_block_id", "kind"),
    local=("code_unit_id", "src_block_id", "dst_block_id"),
    references=(
        _TO_FILE,
        _TO_UNIT,
        Reference("src_block_id", "blocks", "block_id"),
        Reference("dst_block_id", "blocks", "block_id"),
    ),
    query="SELECT kind, count(*) FROM block_edges GROUP BY 1 ORDER BY 2 DESC",
)

COMPILE_WARNINGS = Contract(
    name="compile_warnings",
    layer="extract",
    description="One row per thing that CPython warns about when it compiles a file.",
    columns=(
        *_IN_FILE,
        Column("line", "int32", "Line that it names, from 1."),
        Column("category", "string", "Class of the warning: SyntaxWarning, DeprecationWarning."),
        Column("message", "string", "What it says."),
    ),
    key=("file_id", "line", "category", "message"),
    references=(_TO_FILE,),
    query="SELECT category, message, count(*) FROM compile_warnings GROUP BY 1, 2 ORDER BY 3 DESC",
)

BYTECODE_STATUS = status_contract("bytecode_status", "bytecode was")
LAYER = "bytecode"

Counts = npt.NDArray[np.int32] | npt.NDArray[np.int64]


def _project(files: Table) -> Table:
    """The files whose text could be read."""
    return wanted(files, LAYER)


def _parse(chunk: Chunk) -> CodeObjects:
    """Compile each file and collect its code objects."""
    objects = CodeObjects()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for file in chunk.files:
            _compile(objects, file)
            objects.warned.extend(Warned.of(file, warning) for warning in caught)
            caught.clear()
    return objects


def _normalize(objects: CodeObjects) -> Decoded:
    """Decode instructions, arguments and locations, turn these into byte spans, and give ids."""
    instructions = read_instructions(objects)
    arguments = read_arguments(objects, instructions)
    spans = spans_of(objects, instructions.locations)
    _tell_misplaced(objects, spans)
    return Decoded(
        objects=objects,
        instructions=instructions,
        arguments=arguments,
        spans=spans,
        kinds=code_kinds(objects, instructions, arguments.units),
        unit_ids=_ids(objects, np.ones(len(objects.codes), np.int64), CODE_UNIT),
        instruction_ids=_ids(objects, instructions.counts, INSTRUCTION),
    )


def _blocks(decoded: Decoded) -> Program:
    """Cut the code into basic blocks and join these by edges."""
    blocks = find_blocks(decoded.instructions)
    counts = np.bincount(blocks.units, minlength=len(decoded.objects.codes))
    return Program(decoded, blocks, _ids(decoded.objects, counts, BLOCK))


def _materialize(program: Program) -> dict[str, pa.Table]:
    """Build the tables."""
    made = {
        CODE_UNITS: code_unit_columns(program.decoded),
        INSTRUCTIONS: instruction_columns(program),
        EXCEPTION_TABLE: exception_columns(program.decoded),
        BLOCKS: block_columns(program),
        BLOCK_EDGES: edge_columns(program),
    }
    tables = {contract.name: pa.table({n: columns[n] for n in contract.names}) for contract, columns in made.items()}
    objects = program.decoded.objects
    return tables | {
        COMPILE_WARNINGS.name: _warnings_table(objects.warned),
        BYTECODE_STATUS.name: status_table(objects.statuses),
    }


@extractor(
    CODE_UNITS,
    INSTRUCTIONS,
    EXCEPTION_TABLE,
    BLOCKS,
    BLOCK_EDGES,
    COMPILE_WARNINGS,
    BYTECODE_STATUS,
    stages=(_project, _parse, _normalize, _blocks, _materialize),
)
def bytecode(files: Table) -> Table:
    """The bytecode of every file that CPython compiles, and its basic blocks."""


def _compile(objects: CodeObjects, file: SourceFile) -> None:
    """Add one file's code objects, or the reason why there are none."""
    if file.content is None:
        assert file.refusal is not None
        objects.statuses.append(failed(file, LAYER, file.refusal))
        return
    encoding = Encoding(file.row["encoding"], file.row["bom"])
    try:
        canonical = canonical_bytes(file.content, encoding)
        source = parser_input(canonical, encoding)
        nested = nested_codes(compile(source, NOWHERE, "exec", dont_inherit=True, optimize=0))
    except SystemError as error:  # defects of some releases; the message may hold an address
        objects.statuses.append(failed(file, LAYER, SystemError(re.sub(r" \(\d+\)", "", str(error)))))
        return
    except PARSER_ERRORS as error:
        again = partial(compile, filename=NOWHERE, mode="exec", dont_inherit=True, optimize=0)
        objects.statuses.append(failed(file, LAYER, in_characters(error, source, again)))
        return
    count = _count(nested)
    if count > MOST_ROWS:
        message = f"the file has {count:,} instructions and ids leave room for {MOST_ROWS:,}; split or exclude it"
        objects.statuses.append(limited(file, LAYER, "instructions", message))
        return
    objects.add(CompiledFile(file, line_spans(canonical)[0], len(canonical), len(nested.codes)), nested)
    objects.statuses.append(succeeded(file, LAYER))


def _warnings_table(warned: list[Warned]) -> pa.Table:
    """What was warned about, each thing once."""
    schema = arrow_schema(stored_columns(COMPILE_WARNINGS))
    return pa.Table.from_pylist([each._asdict() for each in sorted(set(warned))], schema)


def _count(nested: Nested) -> int:
    """Number of instructions; exact only where it may be too large."""
    most = sum(len(code.code) for code in nested.codes) // 2
    if most <= MOST_ROWS:
        return most
    return most - sum(code.code[::2].count(CACHE) for code in nested.codes)


def _tell_misplaced(objects: CodeObjects, spans: Spans) -> None:
    """Say in the status of a file that some of its locations are no spans of it."""
    told = {objects.files[place].file.file_id for place in spans.misplaced}
    message = "the compiler misplaces some instructions; they have no span"
    objects.statuses[:] = [
        replace(status, status="limited", limit="positions", message=message) if status.file_id in told else status
        for status in objects.statuses
    ]


def _ids(objects: CodeObjects, counts: Counts, family: int) -> Ids:
    """Ids of rows of which each code object has so many."""
    ends = np.append(0, np.cumsum(counts))[np.cumsum([0, *(file.units for file in objects.files)])]
    file_ids = np.array([file.file.file_id for file in objects.files], np.int64)
    return row_ids(file_ids, np.diff(ends), family)
