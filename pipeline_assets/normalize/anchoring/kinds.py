"""Kinds of syntax nodes and opcodes by what the compiler does with them."""

from __future__ import annotations

import ast

EXPRESSIONS = frozenset(kind.__name__ for kind in ast.expr.__subclasses__())
STATEMENTS = frozenset(kind.__name__ for kind in ast.stmt.__subclasses__())
PATTERNS = frozenset(kind.__name__ for kind in ast.pattern.__subclasses__())
FUNCTIONS = frozenset({"FunctionDef", "AsyncFunctionDef"})
INLINABLE = frozenset({"ListComp", "SetComp", "DictComp"})
COMPREHENSIONS = INLINABLE | {"GeneratorExp"}
LOOPS = COMPREHENSIONS | {"For", "AsyncFor"}
WITHS = frozenset({"With", "AsyncWith"})
TRIES = frozenset({"Try", "TryStar"})
IMPORTS = frozenset({"Import", "ImportFrom"})
SUSPENSIONS = frozenset({"Await", "Yield", "YieldFrom"})
GENERIC = frozenset({"TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple"})
JUMPING = LOOPS | WITHS | TRIES | {"If", "While", "IfExp", "BoolOp", "Match", "Return", "Raise"}
JUMPING |= {"Pass", "Break", "Continue"}
"""Nodes that flow control belongs to: a jump at any other node only leaves it."""

PROLOGUE = frozenset({"RESUME", "RETURN_GENERATOR", "MAKE_CELL", "COPY_FREE_VARS", "ASYNC_GEN_WRAP"})
PROLOGUE |= {"SETUP_ANNOTATIONS"}
ITERATING = frozenset({"GET_ITER", "FOR_ITER", "END_FOR", "GET_AITER", "GET_ANEXT", "END_ASYNC_FOR"})
COMPARING = frozenset({"COMPARE_OP", "IS_OP", "CONTAINS_OP"})
CALLING = frozenset({"PRECALL", "CALL"})
HANDLING = frozenset(
    {"POP_EXCEPT", "RERAISE", "PUSH_EXC_INFO", "CHECK_EXC_MATCH", "CHECK_EG_MATCH", "PREP_RERAISE_STAR"}
)
SUSPENDING = frozenset({"SEND", "YIELD_VALUE", "RESUME", "END_SEND", "CLEANUP_THROW", "JUMP_BACKWARD_NO_INTERRUPT"})
ENTERING = frozenset({"BEFORE_WITH", "BEFORE_ASYNC_WITH", "WITH_EXCEPT_START"})
ENTERING |= {"RERAISE", "POP_EXCEPT", "PUSH_EXC_INFO", "COPY"}
"""What a `with` statement does for itself, leaving included."""
JUMPS = frozenset({"JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"})
FLOWING = JUMPS | {"NOP"}
COLLECTING = frozenset({"LIST_APPEND", "SET_ADD", "MAP_ADD"})
WAITING = frozenset({"LOAD_CONST", "SEND", "YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT"})
"""What follows `GET_ANEXT` until the next item is there."""
RESTING = frozenset({"YIELD_VALUE", "RESUME", "JUMP_BACKWARD_NO_INTERRUPT", "CLEANUP_THROW"})
"""What is done while something is awaited: a loop of its own, out of which nothing leads but the way back."""
SHUFFLING = frozenset({"POP_TOP", "COPY", "SWAP", "NOP", "PUSH_NULL"})
"""Operations that move values, without a work of their own but for what discards an expression statement's value."""
CLEANING = frozenset({"RERAISE", "POP_EXCEPT", "PUSH_EXC_INFO", "CLEANUP_THROW", "PREP_RERAISE_STAR"})
"""What only passes an exception on, or forgets it."""
FUSED = frozenset({"LOAD_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST"})
FORMATTING = frozenset({"FORMAT_VALUE", "FORMAT_SIMPLE", "FORMAT_WITH_SPEC", "CONVERT_VALUE"})
EPILOGUE = frozenset({"__static_attributes__", "__classcell__", "__classdictcell__"})
"""Names that the end of a class body binds."""
