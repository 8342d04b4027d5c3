"""Figures of a run."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from pathlib import Path

from pipeline_tests.bench.anchors.locate import Anchor
from pipeline_tests.bench.anchors.oracle import copy_verdict, leaf_verdicts, verdict
from pipeline_tests.bench.anchors.silence import why_silent
from pipeline_tests.bench.anchors.tree import Tree
from pipeline_tests.bench.anchors.units import Unit


class Report:
    """Counts, with the first few examples of each finding."""

    def __init__(self, examples: int) -> None:
        self.limit = examples
        self.files = 0
        self.units = 0
        self.codes = 0
        self.scopes_without_code = 0
        self.skipped: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.ambiguous = 0
        self.second = 0
        self.copies: Counter[int] = Counter()
        self.oracle: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()
        self.examples: defaultdict[str, list[str]] = defaultdict(list)

    def add_unit(self, path: Path, unit: Unit, anchors: list[Anchor], tree: Tree) -> None:
        """Count one code object's anchors and check them."""
        self.units += 1
        seen: set[tuple[int, int]] = set()
        for anchor in anchors:
            if anchor.node is None:
                key = f"- {anchor.rule}"
                self.rules[key] += 1
                self._example(key if "no position" not in key else "", path, unit, anchor, tree)
                continue
            self.rules[anchor.rule] += 1
            self.ambiguous += anchor.ambiguous
            self.second += anchor.second is not None
            self.copies[anchor.copy] += 1
            for outcome in filter(
                None,
                (
                    verdict(anchor, unit, tree),
                    copy_verdict(anchor, isinstance(tree.nodes[anchor.node], ast.Name), seen),
                ),
            ):
                self.oracle[outcome] += 1
                self._example(outcome if outcome.startswith("wrong") else "", path, unit, anchor, tree)
        for anchor, outcome in leaf_verdicts(anchors, tree):
            self.oracle[outcome] += 1
            self._example(outcome if outcome.startswith("wrong") else "", path, unit, anchor, tree)

    def add_statements(self, path: Path, tree: Tree, anchored: set[int], scopes: set[int]) -> None:
        """Count the outermost statements below which no node has an instruction, by reason."""
        marks = [0] * (len(tree.nodes) + 1)
        for index in range(len(tree.nodes)):
            marks[index + 1] = marks[index] + (index in anchored)
        skip = 0
        for index, node in enumerate(tree.nodes):
            if index < skip or not isinstance(node, ast.stmt):
                continue
            self.silent["statements"] += 1
            if marks[tree.end[index]] == marks[index]:
                skip = tree.end[index]
                reason = why_silent(tree, index)
                self.silent[reason] += 1
                where = f"{path.name}:{node.lineno} {type(node).__name__} {ast.unparse(node)[:60]!r}"
                if len(self.examples[f"silent {reason}"]) < self.limit:
                    self.examples[f"silent {reason}"].append(where)

    def show(self) -> None:
        """Print every figure."""
        total = sum(self.rules.values())
        unplaced = sum(n for rule, n in self.rules.items() if rule.startswith("- no position"))
        nowhere = sum(n for rule, n in self.rules.items() if rule.startswith("- position"))
        anchored = total - unplaced - nowhere
        print(f"== Python {sys.version.split()[0]}: {self.files} files, {self.units} code objects")
        print(f"skipped: {dict(self.skipped)}; code objects without scope {self.codes - self.units}")
        print(f"scopes without code object (inlined or unreachable) {self.scopes_without_code}")
        print(f"{total} instructions, anchored {share(anchored, total)}")
        print(f"of those with a position {share(anchored, total - unplaced)}")
        for rule, count in self.rules.most_common():
            print(f"  {rule:42} {share(count, total)}")
        print(f"ambiguous {share(self.ambiguous, total)}; fused instructions with a second node {self.second}")
        print(f"copies {dict(sorted(self.copies.items()))}")
        checked = sum(self.oracle.values())
        wrong = sum(n for outcome, n in self.oracle.items() if outcome.startswith("wrong"))
        print(f"oracle: {checked} checked, {wrong} wrong")
        for outcome, count in sorted(self.oracle.items()):
            print(f"  {outcome:42} {count}")
        print(f"statements without instruction, of {self.silent.pop('statements')}")
        for reason, count in self.silent.most_common():
            print(f"  {reason:42} {count}")
        for finding, places in sorted(self.examples.items()):
            for place in places:
                print(f"{finding}: {place}")

    def _example(self, finding: str, path: Path, unit: Unit, anchor: Anchor, tree: Tree) -> None:
        if not finding or len(self.examples[finding]) >= self.limit:
            return
        instruction = anchor.instruction
        node = type(tree.nodes[anchor.node]).__name__ if anchor.node is not None else "-"
        text = f"{path.name} {unit.code.co_name}+{instruction.offset} {instruction.opname}"
        span = tuple(instruction.positions)
        self.examples[finding].append(f"{text} {str(instruction.argval)[:50]} {span} {node} {anchor.rule}")


def share(part: int, whole: int) -> str:
    """A count with its percentage."""
    return f"{part} ({100 * part / max(whole, 1):.4f} %)"
