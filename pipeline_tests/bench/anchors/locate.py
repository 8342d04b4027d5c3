"""The node at an instruction's position."""

from __future__ import annotations

import ast
import dis
from dataclasses import dataclass

from pipeline_tests.bench.anchors.syntax import COMPREHENSIONS
from pipeline_tests.bench.anchors.tree import Tree
from pipeline_tests.bench.anchors.units import Unit

PROLOGUE = ("RESUME", "RETURN_GENERATOR", "MAKE_CELL", "COPY_FREE_VARS", "ASYNC_GEN_WRAP")
LOOP_OPCODES = ("GET_ITER", "FOR_ITER", "END_FOR", "GET_AITER", "GET_ANEXT", "END_ASYNC_FOR")


@dataclass
class Anchor:
    """A node by a rule, or no node for a reason; `second` is a fused instruction's other node."""

    instruction: dis.Instruction
    node: int | None
    rule: str
    second: int | None = None
    copy: int = 1
    second_copy: int = 1
    ambiguous: bool = False


def locate(unit: Unit, at: int, tree: Tree) -> Anchor:
    """The node at the instruction's position, ties broken by opcode family."""
    instruction = unit.instructions[at]
    line, _, column, end_column = span = tuple(instruction.positions)
    after_generator = at and unit.instructions[at - 1].opname == "RETURN_GENERATOR"
    is_resumption = instruction.opname == "RESUME" and (instruction.arg or 0) & 3
    if after_generator or (instruction.opname in PROLOGUE and not is_resumption):
        return Anchor(instruction, unit.scope.owner, "prologue")
    if line is None:
        return Anchor(instruction, None, f"no position: {synthetic_reason(unit, at)}")
    if span in unit.spans:
        return choose(instruction, unit.spans[span], tree)
    if span in unit.aliases:
        return Anchor(instruction, *unit.aliases[span])
    if line == unit.code.co_firstlineno or (column == 0 and end_column == 0):
        return Anchor(instruction, unit.scope.owner, "prologue")
    return Anchor(instruction, None, "position of no node" if column is not None else "position without columns")


def synthetic_reason(unit: Unit, at: int) -> str:
    """Why the compiler gave an instruction no position at all."""
    name = unit.instructions[at].opname
    if name.startswith(("JUMP", "POP_JUMP")):
        return "jump"
    if name in ("CALL_INTRINSIC_1", "STOPITERATION_ERROR"):
        return "generator end"
    return "exception cleanup"


def choose(instruction: dis.Instruction, candidates: list[int], tree: Tree) -> Anchor:
    """The one candidate that the opcode family points at; the innermost when it does not tell them apart."""
    if len(candidates) == 1:
        return Anchor(instruction, candidates[0], "exact", ambiguous=has_parts(instruction, tree.nodes[candidates[0]]))
    name, first = instruction.opname, tree.nodes[candidates[0]]
    kinds = {type(tree.nodes[c]) for c in candidates}
    if ast.JoinedStr in kinds:
        wanted = {"FORMAT_VALUE": ast.FormattedValue, "LOAD_CONST": ast.Constant}.get(name, ast.JoinedStr)
        found = [c for c in candidates if isinstance(tree.nodes[c], wanted)] or candidates[:1]
        return Anchor(instruction, found[0], "tie" if len(found) == 1 else "order", ambiguous=len(found) > 1)
    is_discard = name in ("POP_TOP", "NOP") or name.startswith("RETURN")
    if (isinstance(first, ast.Expr) and is_discard) or ast.Starred in kinds:
        return Anchor(instruction, candidates[0], "tie")
    if isinstance(first, ast.MatchValue) and not name.startswith(("LOAD_", "UNARY_", "BINARY_OP")):
        return Anchor(instruction, candidates[0], "tie")
    return Anchor(instruction, candidates[-1], "tie", ambiguous=len(candidates) > 2)


def has_parts(instruction: dis.Instruction, node: ast.AST) -> bool:
    """Whether the node is sure but not which of its generators or comparison operators the instruction belongs to."""
    if isinstance(node, COMPREHENSIONS):
        return instruction.opname in LOOP_OPCODES and len(node.generators) > 1
    return (
        isinstance(node, ast.Compare)
        and len(node.ops) > 1
        and instruction.opname in ("COMPARE_OP", "IS_OP", "CONTAINS_OP")
    )
