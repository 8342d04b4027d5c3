"""Code objects, the scopes they evaluate, and their candidate nodes by position."""

from __future__ import annotations

import ast
import dis
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType

from pipeline_tests.bench.anchors.syntax import COMPREHENSIONS, Span, leaf_name, span_of
from pipeline_tests.bench.anchors.tree import Scope, Tree

JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)


@dataclass
class Unit:
    """A code object, the scope it evaluates and the spans of that scope's nodes (inlined comprehensions included)."""

    code: CodeType
    scope: Scope
    instructions: list[dis.Instruction]
    spans: dict[Span, list[int]]
    aliases: dict[Span, tuple[int, str]]
    names: list[int]
    next_name: dict[int, int] = field(default_factory=dict)


def match_units(code: CodeType, tree: Tree) -> Iterator[Unit]:
    """Pair every code object with the scope it was compiled from, from the module inwards."""
    pending = [(code, tree.root)]
    while pending:
        current, scope = pending.pop()
        children = [constant for constant in current.co_consts if isinstance(constant, CodeType)]
        matched, inlined = match_children(children, scope, tree)
        pending.extend(matched)
        nodes = sorted({scope.owner, *scope.nodes, *(n for other in inlined for n in other.nodes)})
        yield make_unit(current, scope, nodes, tree)


def match_children(
    children: list[CodeType], scope: Scope, tree: Tree
) -> tuple[list[tuple[CodeType, Scope]], list[Scope]]:
    """Scopes of the child code objects, and the comprehensions that have none because they were inlined."""
    matched: list[tuple[CodeType, Scope]] = []
    inlined: list[Scope] = []
    open_scopes = list(scope.children)
    left = list(children)
    while open_scopes:
        level = match_level(left, open_scopes, tree)
        matched.extend(level)
        left = [code for code in left if all(code is not taken for taken, _ in level)]
        taken = {id(taken) for _, taken in level}
        merged = [s for s in open_scopes if id(s) not in taken and s.name in ("<listcomp>", "<setcomp>", "<dictcomp>")]
        inlined.extend(merged)
        open_scopes = [child for s in merged for child in s.children]
    return matched, inlined


def match_level(codes: list[CodeType], scopes: list[Scope], tree: Tree) -> list[tuple[CodeType, Scope]]:
    """Pair by name and first line; where several scopes share both, by how many instruction positions they explain."""
    by_key: defaultdict[tuple[str, int], list[Scope]] = defaultdict(list)
    for scope in scopes:
        by_key[scope.name, scope.line].append(scope)
    pairs = []
    for code in codes:
        candidates = by_key.get((code.co_name, code.co_firstlineno), [])
        if len(candidates) > 1:
            spans = list(positions(code))
            candidates = sorted(candidates, key=lambda s: -explained(s, spans, tree))
        pairs.extend((code, scope) for scope in candidates[:1])
    return pairs


def positions(code: CodeType) -> Iterator[Span]:
    """Line, end line, column, end column of each instruction."""
    return iter(code.co_positions())


def explained(scope: Scope, spans: list[Span], tree: Tree) -> int:
    """How many of the spans are the span of one of the scope's own nodes."""
    own = {span_of(tree.nodes[n]) for n in scope.nodes}
    return sum(span in own for span in spans if span[2] is not None)


def make_unit(code: CodeType, scope: Scope, nodes: list[int], tree: Tree) -> Unit:
    """Index a code object's candidate nodes by span, with the spans the compiler derives from nodes."""
    spans: defaultdict[Span, list[int]] = defaultdict(list)
    aliases: dict[Span, tuple[int, str]] = {}
    for index in nodes:
        node = tree.nodes[index]
        if hasattr(node, "lineno"):
            spans[span_of(node)].append(index)
        for span, rule in derived_spans(node, index == scope.owner):
            aliases.setdefault(span, (index, rule))
    instructions = [i for i in dis.get_instructions(code) if i.opname not in ("EXTENDED_ARG", "CACHE")]
    unit = Unit(code, scope, instructions, spans, aliases, [n for n in nodes if leaf_name(tree.nodes[n])])
    unit.next_name = dict(zip(unit.names, unit.names[1:], strict=False))
    return unit


def derived_spans(node: ast.AST, is_owner: bool) -> Iterator[tuple[Span, str]]:
    """Positions that the compiler makes from a node without using its span as it is."""
    attribute = node.func if isinstance(node, ast.Call) else node
    if isinstance(attribute, ast.Attribute):
        start = attribute.end_col_offset - len(attribute.attr)  # the compiler counts characters here, not bytes
        span = (attribute.end_lineno, node.end_lineno, start, node.end_col_offset)
        if span != span_of(node):
            yield span, "narrowed"
    if isinstance(node, ast.DictComp):
        yield (node.key.lineno, node.value.end_lineno, node.key.col_offset, node.value.end_col_offset), "pair"
    if is_owner and isinstance(node, COMPREHENSIONS):
        yield span_of(node.generators[0].iter), "lazy"
    for part in (getattr(node, "bound", None), getattr(node, "default_value", None)):
        if isinstance(part, ast.AST):
            yield span_of(part), "lazy"


def mangled(name: str, unit: Unit) -> str:
    """A private name as the compiler stores it inside a class."""
    owner = (unit.scope.klass or "").lstrip("_")
    private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{owner}{name}" if private and owner else name


def count_codes(code: CodeType) -> int:
    """How many code objects a code object is made of."""
    return 1 + sum(count_codes(constant) for constant in code.co_consts if isinstance(constant, CodeType))
