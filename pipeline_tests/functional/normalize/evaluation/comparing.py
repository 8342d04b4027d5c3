"""The flow read off the syntax against that of the bytecode, both brought down to the nodes that they share.

Every difference has a name: an effect of the compiler that is known, or none, which is a fault of one of the two.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import CodeType

from pipeline_assets.normalize.evaluation.flow import ENTRY, Edge, Flow
from pipeline_assets.normalize.evaluation.flow import EXIT as FLOW_EXIT
from pipeline_assets.normalize.evaluation.nodes import Node
from pipeline_assets.normalize.evaluation.scope_flow import flow_of
from pipeline_tests.functional.normalize.evaluation.compiled import (
    EXIT,
    FUSES,
    Compiled,
    Key,
    compiled_flow,
    key_of,
    short_key,
)

RAISING = ("Call", "Attribute", "Subscript", "Operation")
"""Nodes whose exceptions are compared: no version knows them not to raise."""
LEAVING: Key = ("exit",)
STARTING: Key = ("entry",)
NAMELESS = {"Lambda": "lambda", "ListComp": "listcomp", "SetComp": "setcomp", "DictComp": "dictcomp"}
NAMELESS |= {"GeneratorExp": "genexpr", "Module": "module"}
DEFERS = 0x1000000


@dataclass(frozen=True)
class Difference:
    """Something that only one of the two says; `effect` names a known one."""

    effect: str | None
    code: str
    what: str
    detail: tuple[object, ...]


@dataclass
class Scope:
    """One scope of the syntax with its flow."""

    node: Node
    role: str
    flow: Flow
    keys: list[Key | None]
    """By point."""


class Comparison:
    """The comparison of one module, scope by scope; `agreed` counts what both say."""

    def __init__(self, source: bytes, module: Node) -> None:
        self.nodes = list(preorder(ast.parse(source)))
        self.code = compile(source, "<module>", "exec", dont_inherit=True, optimize=0)
        self.scopes: dict[tuple[str, int], list[Scope]] = {}
        self.agreed: Counter[str] = Counter()
        todo = [(module, "body")]
        while todo:
            node, role = todo.pop()
            flow = flow_of(node, role, bool(self.code.co_flags & DEFERS))
            keys = [key_of(self.nodes[each.node_id]) if each is not None else None for each in flow.nodes]
            keys[FLOW_EXIT] = LEAVING
            self.scopes.setdefault(self._code_name(node, role), []).append(Scope(node, role, flow, keys))
            todo += flow.opened

    def differences(self) -> Iterator[Difference]:
        """All differences of all code objects."""
        waiting = [self.code]
        while waiting:
            code = waiting.pop()
            waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
            compiled = compiled_flow(code)
            scope = self._scope_of(code, compiled)
            if scope is None:
                yield Difference(None, code.co_name, "no scope", (code.co_firstlineno,))
            else:
                self.agreed["scopes"] += 1
                yield from _Pair(self, code.co_name, compiled, scope).differences()

    def _scope_of(self, code: CodeType, compiled: Compiled) -> Scope | None:
        line = 1 if code.co_name == "<module>" else code.co_firstlineno
        keys = {*compiled.keys}

        def likeness(scope: Scope) -> int:
            told = {key for key in scope.keys if key is not None and not (FUSES and key[0] == "Name")}
            return len(keys & told) - len(told - keys)

        return max(self.scopes.get((code.co_name, line), ()), key=likeness, default=None)

    def _code_name(self, node: Node, role: str) -> tuple[str, int]:
        found = self.nodes[node.node_id]
        line = min([getattr(found, "lineno", 1), *(each.lineno for each in getattr(found, "decorator_list", ()))])
        name = getattr(found, "name", NAMELESS.get(node.kind, ""))
        name = name.id if isinstance(name, ast.Name) else name
        if role == "type_parameters":
            return f"<generic parameters of {name}>", line
        return f"<{name}>" if node.kind in NAMELESS else name, line


class _Pair:
    """A code object and its scope."""

    def __init__(self, whole: Comparison, code: str, compiled: Compiled, scope: Scope) -> None:
        self.whole, self.code, self.compiled, self.scope = whole, code, compiled, scope
        self.below = {node.node_id: whole.nodes[node.node_id] for node in scope.node.subtree()}
        self.by_key = {key_of(node): node for node in self.below.values()}
        self.doubtful = {key_of(node) for node in self._doubtful()}
        full = {*scope.keys}
        short = {short_key(node): key_of(node) for node in self.below.values() if short_key(node) not in full}
        self.instruction_keys = [short.get(key, key) for key in compiled.keys]
        self.parents = {child: node for node in self.below.values() for child in ast.iter_child_nodes(node)}

    def differences(self) -> Iterator[Difference]:
        edges = self.scope.flow.contracted()
        living = self.scope.flow.reachable(edges)
        alive = {self.scope.keys[point] for point in living}
        evaluated = {*self.instruction_keys}
        yield from self._evaluated_alone(evaluated, alive)
        shared = (alive & evaluated) - self.doubtful - {None}
        ordinary: dict[int, list[int]] = {}
        exceptional: dict[int, list[int]] = {}
        going_on = {edge.source for edge in edges if not edge.is_exceptional}
        for edge in edges:
            if edge.kind not in ("yield", "await") and not self._is_quiet(edge, shared, going_on):
                (exceptional if edge.is_exceptional else ordinary).setdefault(edge.source, []).append(edge.target)
        ours = Graph(self._key_of_point, lambda p: ordinary.get(p, []), lambda p: exceptional.get(p, []), shared)
        theirs = Graph(
            self._key_of_instruction,
            lambda p: self.compiled.onward[p] if p != EXIT else [],
            lambda p: self.compiled.handlers[p] if p != EXIT else [],
            shared,
        )
        reached = self.compiled.reached()
        for what, ending in (("ordinary", {LEAVING}), ("exceptional", set())):
            left = getattr(ours, what)(living, ENTRY, ending)
            right = getattr(theirs, what)(reached, None, ending)
            self.whole.agreed[what] += len(left & right)
            yield from self._told(what, "syntax", left - right)
            yield from self._told(what, "bytecode", right - left)

    def _is_quiet(self, edge: Edge, shared: set[Key | None], going_on: set[int]) -> bool:
        """Whether the edge is that of a local's exception, which the bytecode has no raising instruction for."""
        key = self.scope.keys[edge.source]
        is_local = key is not None and key[0] == "Name" and key not in shared
        return edge.is_exceptional and is_local and edge.source in going_on

    def _evaluated_alone(self, evaluated: set[Key | None], alive: set[Key | None]) -> Iterator[Difference]:
        known = {*self.scope.keys}
        for key in evaluated & known - alive:
            yield self._difference("a handler where nothing raises", "dead in the syntax", key)
        for key in alive - evaluated - {None, LEAVING} - self.doubtful:
            assert key is not None
            if not (FUSES and key[0] == "Name"):
                yield self._difference(self._folding(self.by_key[key]), "no instruction", key)

    def _told(self, what: str, who: str, edges: Iterable[tuple[Key, Key]]) -> Iterator[Difference]:
        for source, target in edges:
            if source != target:
                yield self._difference(self._effect(source, target), f"{what}, only in the {who}", source, target)

    def _difference(self, effect: str | None, what: str, *detail: object) -> Difference:
        return Difference(effect, self.code, what, detail)

    def _folding(self, node: ast.AST) -> str | None:
        """Why a node that is evaluated has no instruction of its own."""
        above = self.parents.get(node)
        negations = [each for each in (node, above) if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.Not)]
        if any(isinstance(each.operand, ast.Compare) for each in negations) or len(negations) > 1:
            return "a negated comparison"
        if isinstance(node, ast.Compare):
            with_none = [isinstance(each, ast.Constant) and each.value is None for each in node.comparators]
            return "a comparison with None in a jump" if any(with_none) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.UnaryOp):
            return "a negated comparison"
        return "a folded constant" if _is_constant(node) else None

    def _effect(self, source: Key, target: Key) -> str | None:
        """The compiler's effect that explains an edge on one side only."""
        node = self.by_key.get(source)
        while node in self.parents:
            above = self.parents[node]
            if isinstance(above, ast.BoolOp) and self._is_in_boolean(above):
                return "a value tested twice"
            if isinstance(node, ast.ExceptHandler) and isinstance(above, ast.TryStar):
                return "a group that is raised again"
            node = above
        if any(_iterates_one(each) for each in self.below.values()):
            return "a loop over one item"
        return None

    def _is_in_boolean(self, node: ast.BoolOp) -> bool:
        above = self.parents.get(node)
        while isinstance(above, ast.IfExp):
            above = self.parents.get(above)
        return isinstance(above, ast.BoolOp) or any(isinstance(each, ast.BoolOp) for each in node.values)

    def _doubtful(self) -> Iterator[ast.AST]:
        """Nodes whose position others share, or whose order the compiler changes without effect."""
        for node in self.scope.node.subtree():
            found = self.below[node.node_id]
            if node.field == "decorator_list" or (FUSES and node.field == "context_expr"):
                yield found
            if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id == "super":
                yield found
            if isinstance(found, ast.BinOp) and isinstance(found.op, ast.Mod) and _is_constant(found.left):
                yield found  # may be compiled as a formatted string
            if node.kind == "TypeAlias":
                yield self.below[node.only("name").node_id]
            if isinstance(found, ast.Assign) and isinstance(found.value, ast.Tuple | ast.List):
                for target in found.targets:
                    yield from (each for each in ast.walk(target) if isinstance(each, ast.Name))

    def _key_of_point(self, point: int) -> Key | None:
        return self.scope.keys[point]

    def _key_of_instruction(self, place: int) -> Key | None:
        return LEAVING if place == EXIT else self.instruction_keys[place]


@dataclass
class Graph:
    """Evaluations with two sorts of ways between them."""

    key: Callable[[int], Key | None]
    onward: Callable[[int], list[int]]
    raised: Callable[[int], list[int]]
    shared: set[Key | None]

    def ordinary(self, points: Iterable[int], entry: int | None, ending: set[Key]) -> set[tuple[Key, Key]]:
        """Which shared node follows which, where nothing raises."""
        starts = [0] if entry is None else self.onward(entry)
        found = {(STARTING, key) for key in self._next(starts, self.onward, ending)}
        for point, key in self._shared(points):
            found |= {(key, other) for other in self._next(self.onward(point), self.onward, ending)}
        return found

    def exceptional(self, points: Iterable[int], entry: int | None, ending: set[Key]) -> set[tuple[Key, Key]]:
        """Which shared node may be the first after each that raises."""
        found = set()
        for point, key in self._shared(points):
            if key[0] in RAISING:
                everywhere = self._next(self.raised(point), lambda p: self.onward(p) + self.raised(p), ending)
                found |= {(key, other) for other in everywhere}
        return found

    def _shared(self, points: Iterable[int]) -> Iterator[tuple[int, Key]]:
        for point in points:
            key = self.key(point)
            if key is not None and key in self.shared and key != LEAVING:
                yield point, key

    def _next(self, starts: list[int], onward: Callable[[int], list[int]], ending: set[Key]) -> set[Key]:
        found: set[Key] = set()
        seen: set[int] = set()
        stack = [*starts]
        while stack:
            point = stack.pop()
            if point in seen:
                continue
            seen.add(point)
            key = self.key(point)
            if key is not None and (key in ending or (key in self.shared and key != LEAVING)):
                found.add(key)
            elif key != LEAVING:
                stack += onward(point)
        return found


def _is_constant(node: ast.AST) -> bool:
    leaves = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute | ast.Call)]
    return all(isinstance(leaf, ast.Name) and leaf.id == "__debug__" for leaf in leaves)


def _iterates_one(node: ast.AST) -> bool:
    generators = getattr(node, "generators", [])[1:]
    return any(isinstance(each.iter, ast.List | ast.Tuple) and len(each.iter.elts) == 1 for each in generators)


OPERATORS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)


def preorder(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree as `ast_nodes` numbers them."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += [each for each in reversed([*ast.iter_child_nodes(node)]) if not isinstance(each, OPERATORS)]
