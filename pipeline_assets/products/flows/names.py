"""Dotted names of values: what was imported and what comes of it, so that patterns can say what is meant.

What a call gives goes by the name of what was called, and so does an object of a class: after
`cursor = sqlite3.connect(p).cursor()` the call `cursor.execute(q)` is one of `sqlite3.connect.cursor.execute`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline_assets.products.flows.edges import MADE
from pipeline_assets.products.flows.paths import COPY, JOIN

if TYPE_CHECKING:
    from pipeline_assets.products.flows.graph import FlowGraph

UNKNOWN = "?"
"""What the name of a thing starts with when it is not known where it comes from; the text as written follows."""
_MOST, _LONGEST = 4, 8
"""Names of one value, and parts of a name: further ones are dropped."""

_OUTSIDE = ("external", "standard_library", "builtin")
"""Kinds of targets that have a name of their own."""


class Names:
    """Names of calls, attributes, parameters, variables and results."""

    def __init__(self, graph: FlowGraph) -> None:
        self.graph, self.program = graph, graph.program
        self.of: dict[int, tuple[str, ...]] = {}
        self.written: dict[int, str] = {
            row: text
            for row, text in zip(
                self.program.rows("written", "node_id"),
                *self.program.columns("written", "dotted"),
                strict=True,
            )
            if text is not None
        }
        self._members = self._classes()
        self._callees: dict[int, list[int]] = {}
        for call in graph.calls.calls.values():
            self._callees.setdefault(call.callee, []).append(call.row)
        self._bases: dict[int, list[int]] = {}
        value = self.program.syntax.child("value")
        for row in self.program.syntax.of_kind("Attribute").nonzero()[0].tolist():
            self._bases.setdefault(int(value[row]), []).append(row)
        self._spread()

    def of_call(self, row: int) -> tuple[str, ...]:
        """What a call calls, by name."""
        call = self.graph.calls.calls[row]
        found = {plain(name) for _, name, _, _, _ in call.targets}
        found |= {name.removesuffix(".__init__") for name in found} | set(self.of.get(call.callee, ()))
        if call.known:
            found.add(call.known)
        if not found:
            found.add(f"{UNKNOWN}.{call.text or call.method}")
        return tuple(sorted(found))

    def of_attribute(self, row: int) -> tuple[str, ...]:
        """What an attribute that is read or set is."""
        found = self.of.get(row)
        if found:
            return found
        return (f"{UNKNOWN}.{self.written.get(row) or self.program.syntax.names[row]}",)

    def of_variable(self, row: int) -> tuple[str, ...]:
        """The dotted name of a variable that a name binds, or what a name stands for outside."""
        if self.program.is_load[row]:
            return self.of.get(row, ())
        name = self.program.syntax.names[row] or ""
        return (f"{self.definition_name(self.program.function_around(row))}.{name}",)

    def definition_name(self, row: int) -> str:
        """The dotted name of a module, class or function, without `<locals>`."""
        return self._definitions.get(row, UNKNOWN)

    def _spread(self) -> None:
        """Hand names on along copies, attributes and calls until nothing is added."""
        waiting = []
        for row, name in self._seeds():
            if row >= 0 and self._add(row, name):
                waiting.append((row, name))
        while waiting:
            row, name = waiting.pop()
            for target, longer in self._next(row, name):
                if self._add(target, longer):
                    waiting.append((target, longer))

    def _add(self, row: int, name: str) -> bool:
        held = self.of.get(row, ())
        if name in held or len(held) >= _MOST or name.count(".") >= _LONGEST:
            return False
        self.of[row] = (*held, name)
        return True

    def _next(self, row: int, name: str) -> Iterator[tuple[int, str]]:
        for target, step in self.graph.leaving(row):
            if step.operation in (COPY, JOIN) and not step.changes and step.kind != MADE and not step.assumes:
                yield target, name
        for attribute in self._bases.get(row, ()):
            yield attribute, f"{name}.{self.program.syntax.names[attribute]}"
        for call in self._callees.get(row, ()):
            if not any(kind == "definition" for _, _, kind, _, _ in self.graph.calls.calls[call].targets):
                yield call, name

    def _seeds(self) -> Iterator[tuple[int, str]]:
        program = self.program
        for table in ("names", "chains"):
            known = (*_OUTSIDE, "binding") if table == "chains" else _OUTSIDE
            kinds, modules, names = program.columns(table, "target_kind", "target_module", "target_name")
            for row, kind, module, name in zip(program.rows(table, "node_id"), kinds, modules, names, strict=True):
                if kind in known and module and "<locals>" not in (name or ""):
                    yield row, f"{module}.{name}" if name else module
        for row, class_name in zip(
            program.rows("types", "entity_id"), *program.columns("types", "class_name"), strict=True
        ):
            yield row, class_name
        for row, class_row in self.graph.variables.self_class.items():
            for name in self._members.get(class_row, ()):
                yield row, name

    def _classes(self) -> dict[int, list[str]]:
        """The names of each class: its own and those of its ancestors, the nearest first."""
        program = self.program
        self._definitions: dict[int, str] = dict(
            zip(program.rows("definitions", "definition_id"), *program.columns("definitions", "pycg_name"), strict=True)
        )
        found: dict[int, list[str]] = {}
        for row, name in zip(
            program.rows("orders", "class_id"), *program.columns("orders", "ancestor_name"), strict=True
        ):
            if name and name != "builtins.object":
                found.setdefault(row, []).append(name.replace(".<locals>", ""))
        return found


def plain(name: str) -> str:
    """A name as patterns know it: builtins as `builtins.name`, nothing of `<locals>`."""
    return name.replace("<builtin>.", "builtins.").replace(".<locals>", "")
