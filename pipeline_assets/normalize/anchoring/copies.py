"""Numbering the duplicates that the compiler makes of one node's code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline_assets.normalize.anchoring.code import Code
from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.kinds import FUSED, RESTING, SHUFFLING
from pipeline_assets.normalize.anchoring.locate import turn_of
from pipeline_assets.normalize.anchoring.reach import Edges, forward_reach
from pipeline_assets.normalize.anchoring.state import CODE_OF
from pipeline_assets.normalize.anchoring.syntax import Syntax

_OPCODE_BITS, _RULE_BITS = 10, 5
_PAIR_BITS, _ARGUMENT_BITS = 4, 33


@dataclass(frozen=True)
class Occurrences:
    """Every operation of a node, a fused instruction being two, in the order of the code."""

    instructions: Rows
    parts: Rows
    nodes: Rows
    rules: Rows


def copy_numbers(occurrences: Occurrences, syntax: Syntax, code: Code, edges: Edges) -> Rows:
    """The number of each operation's copy, from 1.

    The same operation of the same node is a copy of its own unless control reaches it from an earlier one without
    going back: duplicates lie on alternative paths, while the parts of one emission follow each other.
    """
    numbers = np.ones(len(occurrences.nodes), np.int64)
    rows = _repeated(occurrences, syntax, code)
    epochs = _while_epochs(occurrences, syntax, code)[rows]
    keys = _operations(occurrences, code, rows)
    order = np.lexsort((epochs, keys[1], keys[0]))
    rows, epochs, first, second = rows[order], epochs[order], keys[0][order], keys[1][order]
    blocks = code.blocks[occurrences.instructions[rows]]
    same = np.zeros(len(rows), np.bool_)
    same[1:] = (first[1:] == first[:-1]) & (second[1:] == second[:-1])
    new_epoch = np.ones(len(rows), np.bool_)
    new_epoch[1:] = ~same[1:] | (epochs[1:] != epochs[:-1])
    starts = np.flatnonzero(~same)
    sizes = np.diff(np.append(starts, len(rows)))
    varied = np.zeros(len(rows), np.bool_)
    varied[1:] = same[1:] & ((blocks[1:] != blocks[:-1]) | new_epoch[1:])
    groups = np.repeat(np.arange(len(starts)), sizes)
    # in blocks that lead nowhere, every one is a copy of its own
    new_block = varied | ~same
    leads_on = np.isin(blocks, edges.sources)
    leads_on[:-1] &= same[1:]
    leads_on[-1:] = False
    numbers[rows] = counted_within(new_block, starts, sizes)
    linked = np.bincount(groups[leads_on], minlength=len(starts)) > 0
    linked &= np.bincount(groups[varied], minlength=len(starts)) > 0
    kept = linked[groups]
    numbers[rows[kept]] = _number(groups[kept], new_epoch[kept], blocks[kept], edges)
    return numbers


def counted_within(marks: Bool, starts: Rows, sizes: Rows) -> Rows:
    """How many rows have been marked so far in each group; groups follow each other."""
    counted = np.cumsum(marks)
    before: Rows = counted[starts] - marks[starts]
    return counted - np.repeat(before, sizes)


def _repeated(occurrences: Occurrences, syntax: Syntax, code: Code) -> Rows:
    """Operations of nodes that are at work in several blocks; what only moves values on the stack, or waits, is not."""
    idles = code.opcodes.mask(SHUFFLING | RESTING)[occurrences.instructions]
    rows = np.flatnonzero((occurrences.nodes >= 0) & ~idles)
    own = np.flatnonzero(idles)
    own = own[syntax.is_kind(occurrences.nodes[own], {"Expr", "Yield"})]
    rows = np.sort(np.concatenate((rows, own)))
    nodes, blocks = occurrences.nodes[rows], code.blocks[occurrences.instructions[rows]]
    last = np.zeros(int(nodes.max(initial=-1)) + 1, np.int64)
    last[nodes] = blocks
    several = np.zeros(len(last), np.bool_)
    several[nodes[last[nodes] != blocks]] = True
    return rows[several[nodes]]


def _operations(occurrences: Occurrences, code: Code, rows: Rows) -> tuple[Rows, Rows]:
    """What copies have in common, as two numbers: node, rule and operation, and unit and argument.

    Loads of one name count as equal, checked, fused or plain.
    """
    instructions, parts = occurrences.instructions[rows], occurrences.parts[rows]
    words = code.opcodes.words
    plain, second = [_operation(word, 0) for word in words], [_operation(word, 1) for word in words]
    known = {word: number for number, word in enumerate(dict.fromkeys((*plain, *second)))}
    table = np.array([[known[word] for word in names] for names in (plain, second)], np.int64)
    opcodes = code.opcodes.codes[instructions]
    arguments = code.arguments[instructions]
    fused = code.opcodes.table(FUSED)[opcodes]
    arguments = np.where(fused, np.where(parts, arguments & (1 << _PAIR_BITS) - 1, arguments >> _PAIR_BITS), arguments)
    jumps = code.opcodes.table(lambda name: "JUMP" in name or name in ("FOR_ITER", "SEND"))[opcodes]
    keys = occurrences.nodes[rows] << _OPCODE_BITS | table[parts, opcodes]
    arguments = np.where(jumps, 0, arguments + 1)
    rules = occurrences.rules[rows]
    rules = np.where(rules == CODE_OF["next_name"], CODE_OF["exact"], rules)  # in another copy it may stand alone
    return keys << _RULE_BITS | rules, code.units[instructions] << _ARGUMENT_BITS | arguments


def _operation(opname: str, part: int) -> str:
    if opname in FUSED:
        return opname.split("_")[2 * part]
    if opname.startswith(("LOAD_FAST", "STORE_FAST")):
        return opname.partition("_")[0]
    return opname.partition("_BACKWARD")[0]


def _while_epochs(occurrences: Occurrences, syntax: Syntax, code: Code) -> Rows:
    """How often the test of the `while` around each operation has been entered: it is compiled before the body and
    after it, and the second is reached from the first. 0 elsewhere."""
    tests = syntax.fields.rows({"test"})
    tests = tests[syntax.is_kind(syntax.parents[tests], {"While"})]
    epochs = np.zeros(len(occurrences.nodes), np.int64)
    if not len(tests):
        return epochs
    rows = np.flatnonzero(occurrences.nodes >= 0)
    at = np.searchsorted(tests, occurrences.nodes[rows], "right") - 1
    found = np.where((at >= 0) & (occurrences.nodes[rows] < syntax.ends[tests[at]]), tests[at], -1)
    units = code.units[occurrences.instructions[rows]]
    changed = np.ones(len(rows), np.bool_)
    changed[1:] = (found[1:] != found[:-1]) | (units[1:] != units[:-1])
    entries = np.flatnonzero(changed & (found >= 0))
    entered = turn_of(found[entries]) + 1
    inside = np.flatnonzero(found >= 0)
    epochs[rows[inside]] = entered[np.searchsorted(entries, inside, "right") - 1]
    return epochs


def _number(groups: Rows, starts_epoch: Bool, blocks: Rows, edges: Edges) -> Rows:
    """The copies of operations that occur in several blocks or epochs; an epoch's copies follow those before it."""
    reach = forward_reach(np.unique(blocks), edges)
    numbers = np.empty(len(groups), np.int64)
    copies: list[list[int]] = []
    group, base = -1, 0
    listed = zip(groups.tolist(), starts_epoch.tolist(), blocks.tolist(), strict=True)
    for row, (this, is_new, block) in enumerate(listed):
        if this != group:
            group, base, copies = this, 0, []
        elif is_new:
            base, copies = base + len(copies), []
        number = next((n for n, known in enumerate(copies) if any(reach(b, block) for b in known)), len(copies))
        if number == len(copies):
            copies.append([])
        if block not in copies[number]:
            copies[number].append(block)
        numbers[row] = base + number + 1
    return numbers
