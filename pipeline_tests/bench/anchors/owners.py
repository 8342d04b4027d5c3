"""Operations that carry a neighbour's position, moved to the node they belong to."""

from __future__ import annotations

import ast
import dis

from pipeline_tests.bench.anchors.locate import LOOP_OPCODES, Anchor, locate
from pipeline_tests.bench.anchors.syntax import (
    COMPREHENSIONS,
    ENDS,
    FUNCTIONS,
    LOOPS,
    TRIES,
    WITHS,
    is_percent_format,
    leaf_name,
)
from pipeline_tests.bench.anchors.tree import Tree, is_annotation
from pipeline_tests.bench.anchors.units import Unit, mangled

EPILOGUE = ("__static_attributes__", "__classcell__", "__classdictcell__")
HANDLER_OPCODES = ("POP_EXCEPT", "RERAISE", "PUSH_EXC_INFO", "CHECK_EXC_MATCH", "CHECK_EG_MATCH", "PREP_RERAISE_STAR")
SUSPEND_OPCODES = ("SEND", "YIELD_VALUE", "RESUME", "END_SEND", "CLEANUP_THROW", "JUMP_BACKWARD_NO_INTERRUPT")
WITH_OPCODES = (
    "BEFORE_WITH",
    "BEFORE_ASYNC_WITH",
    "WITH_EXCEPT_START",
    "RERAISE",
    "POP_EXCEPT",
    "PUSH_EXC_INFO",
    "COPY",
)
FLOWING = ("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "NOP")
FUSED = ("LOAD_FAST_LOAD_FAST", "STORE_FAST_STORE_FAST", "STORE_FAST_LOAD_FAST")
JUMPING_STATEMENTS = (*LOOPS, *WITHS, *TRIES, *ENDS, ast.If, ast.While, ast.IfExp, ast.BoolOp, ast.Pass, ast.Match)


def correct_owner(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> None:
    """Move operations that carry a neighbour's position to the node they belong to."""
    if anchor.node is None:
        return
    for rule in OWNER_RULES:
        owner = rule(unit, at, anchor, tree)
        if owner is not None:
            anchor.node, anchor.rule, anchor.ambiguous = owner, rule.__name__, False
            return


def explicit_return(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """A `return` out of a with, a finally or a handler inherits the position of what it executes on the way."""
    value = returned(unit, at, anchor, tree)
    is_function = isinstance(tree.nodes[unit.scope.owner], FUNCTIONS)
    if value is None or not is_function or isinstance(tree.nodes[anchor.node], ast.Return):
        return None
    statement = tree.nearest(anchor.node, (ast.stmt,))
    if statement is not None and isinstance(tree.nodes[statement], ast.Return):
        return statement
    return left_statement(unit, at, value == "None", tree)


def implicit_return(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """`return None` at the end of a body inherits the last statement's position; a lambda's return its body's."""
    is_return = returned(unit, at, anchor, tree) is not None
    return unit.scope.owner if is_return and not isinstance(tree.nodes[anchor.node], ast.Return) else None


def returned(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> str | None:
    """The text of the constant that this instruction returns or loads to be returned, `?` for other values."""
    instruction, node = anchor.instruction, tree.nodes[anchor.node]
    if instruction.opname == "RETURN_CONST":
        return repr(instruction.argval)
    if instruction.opname == "RETURN_VALUE":
        before = unit.instructions[at - 1]
        is_constant = before.opname == "LOAD_CONST" and before.positions == instruction.positions
        return repr(before.argval) if is_constant else "?"
    following = unit.instructions[at + 1 : at + 2]
    is_literal = isinstance(node, ast.Constant) and repr(node.value) == repr(instruction.argval)
    is_literal = is_literal and not isinstance(tree.nodes[tree.parent[anchor.node]], ast.Expr)
    leads = [i for i in following if i.opname == "RETURN_VALUE" and i.positions == instruction.positions]
    return repr(instruction.argval) if leads and instruction.opname == "LOAD_CONST" and not is_literal else None


def left_statement(unit: Unit, at: int, is_none: bool, tree: Tree) -> int | None:
    """The return statement before the unwinding that ends here; `None` may as well be the end of the body."""
    for before in range(at - 1, -1, -1):
        node, name = locate(unit, before, tree).node, unit.instructions[before].opname
        if is_none and name.startswith(("RETURN_", "RAISE_", "RERAISE", "JUMP_")):
            return None
        statement = tree.nearest(node, (ast.stmt,)) if node is not None else None
        if statement is not None and isinstance(tree.nodes[statement], ast.Return):
            return statement
        if is_none and not unwinds(name, node, tree):
            return None
    return None


def unwinds(name: str, node: int | None, tree: Tree) -> bool:
    """Whether an instruction belongs to leaving a with, a finally or a handler."""
    if node is None or name in HANDLER_OPCODES or isinstance(tree.nodes[node], WITHS):
        return True
    return any(tree.field[i] in ("context_expr", "finalbody") for i in tree.ancestors(node))


def class_epilogue(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """The stores that end a class body, and the loads before them, inherit its last statement's position."""
    if not isinstance(tree.nodes[unit.scope.owner], ast.ClassDef):
        return None
    for instruction in unit.instructions[at : at + 3]:
        if instruction.positions != anchor.instruction.positions or is_named(tree.nodes[anchor.node], EPILOGUE):
            return None
        if instruction.opname.startswith("STORE_"):
            return unit.scope.owner if instruction.argval in EPILOGUE else None
        if not instruction.opname.startswith(("LOAD_CLOSURE", "LOAD_FAST", "LOAD_CONST", "COPY")):
            return None
    return None


def is_named(node: ast.AST, names: tuple[str, ...]) -> bool:
    """Whether a node is one of these names, written out in the source."""
    return isinstance(node, ast.Name) and node.id in names


def percent_format(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """`"..." % (a, b)` is compiled as an f-string; its parts carry the position of what was compiled before."""
    instruction, node, parent = anchor.instruction, tree.nodes[anchor.node], tree.parent[anchor.node]
    is_text = instruction.opname == "LOAD_CONST" and isinstance(instruction.argval, str)
    is_piece = is_text and not (isinstance(node, ast.Constant) and node.value == instruction.argval)
    if parent < 0 or not (is_piece or instruction.opname.startswith(("FORMAT_", "CONVERT_VALUE"))):
        return None
    owner = tree.parent[parent] if isinstance(tree.nodes[parent], ast.Tuple) else parent
    if is_percent_format(tree.nodes[owner]):
        return owner
    is_keyword = isinstance(node, ast.Call) and any(keyword.arg == instruction.argval for keyword in node.keywords)
    if is_keyword or is_annotation(tree, anchor.node):
        return None
    following = locate(unit, at + 1, tree).node
    return next((i for i in tree.ancestors(following or 0) if is_percent_format(tree.nodes[i])), None)


def capture(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """Names captured by a pattern are stored together, at the position of the whole pattern or of its last part."""
    node, name, wanted = tree.nodes[anchor.node], anchor.instruction.opname, anchor.instruction.argval
    wanted = wanted[0] if name in FUSED else wanted
    if not name.startswith("STORE_") or not isinstance(node, ast.pattern) or leaf_name(node) == wanted:
        return None
    case = tree.nearest(anchor.node, (ast.match_case,))
    found = [i for i in unit.names if case < i < tree.end[case] and isinstance(tree.nodes[i], ast.pattern)]
    return next((i for i in found if leaf_name(tree.nodes[i]) == wanted), None)


def negation(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """`not a == b` is compiled as one comparison at the position of the `not`."""
    node = tree.nodes[anchor.node]
    negates = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Compare)
    return anchor.node + 1 if negates and anchor.instruction.opname in ("COMPARE_OP", "IS_OP", "CONTAINS_OP") else None


def with_item(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """From 3.13 entering and leaving carry the context expression's position: the with statement is meant."""
    if tree.field[anchor.node] != "context_expr":
        return None
    instruction, node = anchor.instruction, tree.nodes[anchor.node]
    name = instruction.opname
    is_await = name == "GET_AWAITABLE" and instruction.arg
    is_exit_none = name == "LOAD_CONST" and instruction.argval is None and not isinstance(node, ast.Constant)
    is_suspend = name in SUSPEND_OPCODES and not isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom))
    is_exit = name in ("CALL", "PRECALL") and calls_with_none(unit, at)
    is_test = name in ("POP_TOP", "TO_BOOL", "NOP") or name.startswith(("POP_JUMP", "JUMP"))
    is_exit = is_exit or (is_test and not isinstance(node, (ast.BoolOp, ast.IfExp, ast.Compare)))
    if name in WITH_OPCODES or is_await or is_exit_none or is_suspend or is_exit:
        return tree.nearest(anchor.node, WITHS)
    return None


def calls_with_none(unit: Unit, at: int) -> bool:
    """Whether the call is `__exit__(None, None, None)`: three constants at the call's own position."""
    call = unit.instructions[at]
    before = [i for i in unit.instructions[max(0, at - 4) : at] if i.opname != "PRECALL"][-3:]
    return len(before) == 3 and all(i.opname == "LOAD_CONST" and i.positions == call.positions for i in before)


def loop(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """From 3.13 iteration carries the iterable's position; 3.11 ends asynchronous comprehensions elsewhere."""
    if anchor.instruction.opname not in LOOP_OPCODES or (
        isinstance(tree.nodes[anchor.node], LOOPS) and not is_iterable(tree, anchor.node)
    ):
        return None
    return tree.parent[anchor.node] if is_iterable(tree, anchor.node) else tree.nearest(anchor.node, LOOPS)


def is_iterable(tree: Tree, index: int) -> bool:
    """Whether a node is what a loop or comprehension iterates over."""
    return tree.field[index] == "iter"


def assertion(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """3.11 raises the assertion at the test's position."""
    name, node = anchor.instruction.opname, tree.nodes[anchor.node]
    raises = name in ("LOAD_ASSERTION_ERROR", "RAISE_VARARGS") and isinstance(node, ast.expr)
    calls = name in ("CALL", "PRECALL") and isinstance(node, ast.expr) and not isinstance(node, ast.Call)
    return tree.nearest(anchor.node, (ast.Assert,)) if raises or (calls and after_assertion(unit, at)) else None


def after_assertion(unit: Unit, at: int) -> bool:
    """Whether the call follows `LOAD_ASSERTION_ERROR` and the message with no statement between."""
    for instruction in reversed(unit.instructions[:at]):
        if instruction.opname in ("LOAD_ASSERTION_ERROR", "RAISE_VARARGS"):
            return instruction.opname == "LOAD_ASSERTION_ERROR"
    return False


def decorator(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """Applying a decorator is a call at the decorator's position; the decorator expression stays its node."""
    if tree.field[anchor.node] != "decorator_list" or anchor.instruction.opname not in ("CALL", "PRECALL"):
        return None
    before = [i for i in unit.instructions[max(0, at - 2) : at] if i.opname != "PRECALL"][-1].positions
    node = tree.nodes[anchor.node]
    starts = (before.lineno or 0, before.col_offset or 0) >= (node.lineno, node.col_offset)
    ends = (before.end_lineno or 0, before.end_col_offset or 0) <= (node.end_lineno, node.end_col_offset)
    return None if starts and ends else anchor.node


def handler(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """Leaving a handler (also `e = None; del e`) inherits the position of the statement that leaves."""
    name, node = anchor.instruction.opname, tree.nodes[anchor.node]
    if name in HANDLER_OPCODES and not isinstance(node, (ast.ExceptHandler, *WITHS, *TRIES, *COMPREHENSIONS)):
        return tree.nearest(anchor.node, (ast.ExceptHandler, *TRIES, *WITHS, *COMPREHENSIONS))
    target = cleanup_target(unit.instructions, at)
    if target is None or isinstance(node, ast.ExceptHandler):
        return None
    handlers = (i for i in tree.ancestors(anchor.node) if isinstance(tree.nodes[i], ast.ExceptHandler))
    return next((i for i in handlers if mangled(tree.nodes[i].name or "", unit) == target), None)


def cleanup_target(instructions: list[dis.Instruction], at: int) -> str | None:
    """The name that `LOAD_CONST None, STORE name, DELETE name` around this instruction clears."""
    for start in range(max(0, at - 2), at + 1):
        run = instructions[start : start + 3]
        shapes = [i.opname.split("_")[0] for i in run]
        is_one_place = len({i.positions for i in run}) == 1
        if is_one_place and shapes == ["LOAD", "STORE", "DELETE"] and run[0].argval is None:
            return run[1].argval
    return None


def flow(unit: Unit, at: int, anchor: Anchor, tree: Tree) -> int | None:
    """A jump without a position inherits its predecessor's: it leaves that node and computes nothing."""
    stays = isinstance(tree.nodes[anchor.node], JUMPING_STATEMENTS)
    return anchor.node if anchor.instruction.opname in FLOWING and not stays else None


OWNER_RULES = (
    explicit_return, implicit_return, class_epilogue, with_item, loop, percent_format,
    negation, assertion, decorator, handler, capture, flow,
)  # fmt: skip
