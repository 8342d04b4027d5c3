"""What is known of each instruction's node while rules are applied."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline_assets.normalize.anchoring.code import Code, Units
from pipeline_assets.normalize.anchoring.columns import Bool, Rows
from pipeline_assets.normalize.anchoring.syntax import Syntax

RULES = (
    *("exact", "tie", "order", "narrowed", "pair", "lazy", "prologue", "explicit_return", "implicit_return"),
    *(
        "class_epilogue",
        "with_item",
        "loop",
        "element",
        "percent_format",
        "negation",
        "assertion",
        "decorator",
        "handler",
    ),
    *("capture", "type_alias", "flow", "next_name"),
)
REASONS = ("exception_cleanup", "jump", "generator_end", "no_columns", "no_node", "no_scope")
CODE_OF = {rule: code for code, rule in enumerate(RULES)}
REASON_OF = {reason: code for code, reason in enumerate(REASONS)}
NONE = -1


@dataclass
class Anchors:
    """Per instruction: the node, the rule that found it or the reason why there is none, and whether it is sure."""

    syntax: Syntax
    units: Units
    code: Code
    evaluating: Rows
    """Per node, the unit that evaluates it."""
    nodes: Rows
    rules: npt.NDArray[np.int8]
    reasons: npt.NDArray[np.int8]
    ambiguous: Bool
    groups: Rows
    """Candidates with the instruction's position: the entry of `Candidates`, -1 for none."""

    @property
    def owners(self) -> Rows:
        """Per instruction, the node whose scope its unit runs."""
        owners: Rows = self.units.scopes[self.code.units]
        return owners

    def copy(self) -> Anchors:
        """The same anchors, to be moved without moving these."""
        return replace(
            self,
            nodes=self.nodes.copy(),
            rules=self.rules.copy(),
            reasons=self.reasons.copy(),
            ambiguous=self.ambiguous.copy(),
        )

    def put(self, rows: Rows, nodes: Rows, rule: str, ambiguous: bool = False) -> None:
        """Anchor rows to nodes."""
        self.nodes[rows] = nodes
        self.rules[rows] = CODE_OF[rule]
        self.reasons[rows] = NONE
        self.ambiguous[rows] = ambiguous

    def leave(self, rows: Rows, reason: str) -> None:
        """Say why rows have no node."""
        self.nodes[rows] = NONE
        self.rules[rows] = NONE
        self.reasons[rows] = REASON_OF[reason]
