"""Number the duplicates that the compiler makes of one node's code."""

from __future__ import annotations

import ast
import dis
from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import pairwise

from pipeline_tests.bench.anchors.locate import Anchor
from pipeline_tests.bench.anchors.owners import FUSED
from pipeline_tests.bench.anchors.tree import Tree
from pipeline_tests.bench.anchors.units import JUMPS, Unit


def number_copies(unit: Unit, anchors: list[Anchor], tree: Tree) -> None:
    """Count duplicates: the same operation of the same node in a block that its earlier copies never reach."""
    block_of, reach = forward_reach(unit)
    seen: defaultdict[tuple[object, ...], list[list[int]]] = defaultdict(list)
    epochs = while_epochs(anchors, tree)
    for at, anchor in enumerate(anchors):
        for is_second, node in enumerate((anchor.node, anchor.second)):
            if node is None:
                continue
            copies = seen[node, operation(anchor.instruction, is_second), anchor.rule, epochs.get(at)]
            same = (n for n, known in enumerate(copies) if any(reaches(reach, b, block_of[at]) for b in known))
            number = next(same, len(copies))
            copies.extend([[]] if number == len(copies) else [])
            copies[number].append(block_of[at])
            if is_second:
                anchor.second_copy = number + 1
            else:
                anchor.copy = number + epochs.get(at, 1)


def operation(instruction: dis.Instruction, is_second: int) -> tuple[str, object]:
    """What two copies have in common: loads of one name count as equal, checked, fused or plain."""
    name, value = instruction.opname, instruction.argval
    if name in FUSED:
        return name.split("_")[2 * is_second], value[is_second]
    if name.startswith(("LOAD_FAST", "STORE_FAST")):
        return name.split("_")[0], value
    return name.split("_BACKWARD")[0], None if instruction.opcode in JUMPS else instruction.arg


def reaches(reach: list[int], start: int, block: int) -> bool:
    """Whether a block is the other one or leads to it without a back edge."""
    return start == block or bool(reach[start] >> block & 1)


def while_epochs(anchors: list[Anchor], tree: Tree) -> dict[int, int]:
    """3.11 and 3.12 compile a while test before and after the body: the second is reached from the first."""
    epochs: dict[int, int] = {}
    entered: Counter[int] = Counter()
    previous: int | None = None
    for at, anchor in enumerate(anchors):
        test = while_test(anchor.node, tree)
        if test is not None:
            entered[test] += test != previous
            epochs[at] = entered[test]
        previous = test
    return epochs


def while_test(index: int | None, tree: Tree) -> int | None:
    """The test of the innermost while statement that the node is part of, if it is part of one."""
    for i in tree.ancestors(index) if index is not None else ():
        if isinstance(tree.nodes[i], ast.stmt):
            return None
        if tree.field[i] == "test" and isinstance(tree.nodes[tree.parent[i]], ast.While):
            return i
    return None


def forward_reach(unit: Unit) -> tuple[list[int], list[int]]:
    """The basic block of each instruction, and per block the set (bits) of blocks it reaches without a back edge."""
    block_of, successors = basic_blocks(unit)
    order, back = depth_first(successors)
    reach = [0] * len(successors)
    for block in order:
        for successor in successors[block]:
            if (block, successor) not in back:
                reach[block] |= reach[successor] | 1 << successor
    return block_of, reach


def basic_blocks(unit: Unit) -> tuple[list[int], list[set[int]]]:
    """Split at jump targets, after jumps and at borders of protected ranges; exception edges lead to handlers."""
    offsets = [instruction.offset for instruction in unit.instructions]
    jumps = {at: bisect_left(offsets, i.argval) for at, i in enumerate(unit.instructions) if i.opcode in JUMPS}
    table = [
        tuple(bisect_left(offsets, o) for o in (e.start, e.end, e.target))
        for e in dis._parse_exception_table(unit.code)
    ]
    last = [at for at, i in enumerate(unit.instructions) if i.opcode in JUMPS or never_falls_through(i.opname)]
    leaders = {0, *jumps.values(), *(at + 1 for at in last), *(border for entry in table for border in entry)}
    starts = sorted(at for at in leaders if at < len(offsets))
    block_of = [number for number, ends in enumerate(pairwise([*starts, len(offsets)])) for _ in range(*ends)]
    successors: list[set[int]] = [set() for _ in starts]
    for at, target in jumps.items():
        successors[block_of[at]].add(block_of[target])
    for block, start in enumerate(starts[1:]):
        if not never_falls_through(unit.instructions[start - 1].opname):
            successors[block].add(block + 1)
    for start, end, target in table:
        for block in range(block_of[start], block_of[end - 1] + 1):
            successors[block].add(block_of[target])
    return block_of, successors


def never_falls_through(name: str) -> bool:
    """Whether control never reaches the next instruction."""
    return name.startswith(
        ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD")
    )


def depth_first(successors: list[set[int]]) -> tuple[list[int], set[tuple[int, int]]]:
    """Blocks reachable from the first one in postorder, and the back edges."""
    order: list[int] = []
    back: set[tuple[int, int]] = set()
    state = {0: "open"}
    stack = [(0, iter(sorted(successors[0])))]
    while stack:
        block, remaining = stack[-1]
        for successor in remaining:
            if successor not in state:
                state[successor] = "open"
                stack.append((successor, iter(sorted(successors[successor]))))
                break
            if state[successor] == "open":
                back.add((block, successor))
        else:
            state[block] = "done"
            order.append(block)
            stack.pop()
    return order, back
