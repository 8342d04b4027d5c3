"""Syntax trees as flat lists, by one visiting function per node class, generated from the grammar.

Twice as fast as `ast.walk` and four times as fast as an `ast.NodeVisitor`, because nothing is looked up per node that
is known per class: a class's function reads exactly its fields, in order, and knows the types of its children.

A row is six integers: the parent's row in its tree (-1 for the root), a code, and the four position numbers (zeros
where the node has none). The code packs, from the low bits, a singleton (context or operator), the field that holds
the node, the node's class, and its index in a list field; `decode` takes it apart.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.ast.asdl import (
    SINGLETONS,
    Field,
    NodeClass,
    child_fields,
    node_classes,
    singleton_names,
)
from pipeline_assets.inference.declared import declared_pure

ROW = 6
"""Integers a row."""
FIELD_SHIFT, KIND_SHIFT, INDEX_SHIFT = 6, 13, 20

KINDS = ("", *(node.name for node in node_classes()))
"""Class names by code; 0 is no class."""
FIELDS = ("", *child_fields())
"""Field names by code; 0 is the root's, which no field holds."""
SINGLES = ("", *singleton_names())
"""Context and operator names by code; 0 is none."""

COLLECTED = {"identifier": "name", "constant": "value", "int": "value"}
"""The list that keeps a field, by the field's type; a class has at most one field for each list."""
ALIASES = ("asname", "rest")
"""Identifier fields that name a second thing, kept apart from the node's own name."""

POSITION = ("lineno", "col_offset", "end_lineno", "end_col_offset")
"""What a node with a position holds after its fields."""

MAXIMUM_DEPTH = 200_000
"""Depth costs Python frames, never the C stack; no parser returns a tree deeper than this."""

Integers = npt.NDArray[np.int64]


class Flattener:
    """Turns trees into rows; what nodes say beside numbers is collected in row order over all trees given to `add`."""

    def __init__(self) -> None:
        self.names: list[str | None] = []
        """One per node whose class has an identifier field; several identifiers are joined by commas."""
        self.aliases: list[str | None] = []
        """One per node whose class has a field of `ALIASES`."""
        self.values: list[Any] = []
        """One per node whose class has a literal or a number."""
        self.chains: list[tuple[int, int, str]] = []
        """Tree, row and operators (joined by commas) of each comparison with more than one operator."""
        self._trees = 0
        self._integers: list[int] = []
        self._visit = _factory()(
            self._integers, self.names.append, self.aliases.append, self.values.append, self._add_chain, _Singles()
        )

    def add(self, tree: ast.AST, most: int) -> Integers:
        """The rows of one tree in preorder; a tree that is refused, or cannot be walked, leaves no trace.

        Raises `TooManyNodes` for more than `most` rows.
        """
        lengths = [len(kept) for kept in self._kept]
        try:
            with _deep_recursion():
                self._visit(tree)
            if len(self._integers) > most * ROW:
                raise TooManyNodes(len(self._integers) // ROW, most)
            rows = np.fromiter(self._integers, np.int64, len(self._integers)).reshape(-1, ROW)
            rows[:, 0] //= ROW  # visitors know where a row starts, and dividing is cheaper for all at once
        except BaseException:
            for kept, length in zip(self._kept, lengths, strict=True):
                del kept[length:]
            raise
        finally:
            self._integers.clear()
        self._trees += 1
        return rows

    @property
    def _kept(self) -> tuple[list[Any], ...]:
        return self.names, self.aliases, self.values, self.chains

    def _add_chain(self, row: int, operators: list[ast.cmpop]) -> None:
        self.chains.append((self._trees, row, ",".join(type(operator).__name__ for operator in operators)))


class TooManyNodes(Exception):
    """A tree has more nodes than there are ids."""

    def __init__(self, nodes: int, most: int) -> None:
        super().__init__(nodes, most)
        self.nodes, self.most = nodes, most

    def __str__(self) -> str:
        return f"the file has {self.nodes:,} nodes and ids leave room for {self.most:,}; split or exclude it"


class PrefixedText(str):
    """A string literal written with the `u` prefix, which its `repr` keeps."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "u" + super().__repr__()


def decode(codes: Integers) -> tuple[Integers, Integers, Integers, Integers]:
    """Class, field, singleton and list index of each code."""
    return codes >> KIND_SHIFT & 127, codes >> FIELD_SHIFT & 127, codes & 63, codes >> INDEX_SHIFT


@cache
def carriers(kept: str) -> npt.NDArray[np.bool_]:
    """By class code, whether nodes of the class put an entry into the list `kept` of a `Flattener`."""
    carrying = {node.name for node in node_classes() if kept in collected(node)}
    return np.array([kind in carrying for kind in KINDS])


class _Singles(dict[ast.AST, int]):
    """Codes by the one instance a parser uses for a singleton class, learnt when first met."""

    def __missing__(self, single: ast.AST) -> int:
        return self.setdefault(single, SINGLES.index(type(single).__name__))


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Trees are as deep as their longest chain of operators, while parsing must keep the ordinary limit."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(MAXIMUM_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@declared_pure("the text it runs is made from the grammar of this interpreter, and from nothing that is analysed")
@cache
def _factory() -> Callable[..., Callable[[ast.AST], None]]:
    """The generated function that binds the visitors to the lists they fill."""
    if any(list(vars(node)) != [*node._fields, *POSITION] for node in ast.walk(ast.parse("f(x)")) if _is_placed(node)):
        raise ImportError("this interpreter stores syntax nodes in another order than its grammar: not supported")
    namespace = {"PrefixedText": PrefixedText, "classes": {node.name: node.type for node in node_classes()}}
    exec(compile("\n".join(_source()), "<visitors generated from the ASDL>", "exec"), namespace)
    return namespace["bind"]  # type: ignore[return-value]


def _is_placed(node: ast.AST) -> bool:
    return "lineno" in node._attributes


def _source() -> Iterator[str]:
    yield "def bind(integers, name, alias, value, chain, S):"
    yield "    row = integers.extend; size = integers.__len__; V = {}"
    for node in node_classes():
        yield from _visitor(node)
        yield f"    V[classes[{node.name!r}]] = visit_{node.name}"
    yield "    return lambda tree: V[type(tree)](tree, -1, 0)"


def _visitor(node: NodeClass) -> Iterator[str]:
    """`n` is the node, `p` where its parent's row starts, `f` its field and index; `i` its own start, `x` a child.

    A node's dictionary holds its fields and then its position, in the order of the grammar, and unpacking it is cheaper
    than looking up each; were the order to change, `_factory` would refuse to start.
    """
    yield f"    def visit_{node.name}(n, p, f):"
    children = [field for field in node.fields if field.is_child]
    if children or _has_chain(node):
        yield "        i = size()"
    held = [f"_{field.name}" for field in node.fields] + (list(POSITION) if node.has_position else [])
    if held:
        yield f"        {', '.join(held)}, = n.__dict__.values()"
    yield f"        row((p, {' | '.join(_code(node))}, {_position(node)}))"
    yield from (f"        {line}" for line in _collect(node))
    for field in children:
        yield from (f"        {line}" for line in _descend(field))


def _code(node: NodeClass) -> Iterator[str]:
    yield str(KINDS.index(node.name) << KIND_SHIFT)
    yield "f"
    for field in node.fields:
        if field.type in SINGLETONS:
            single = f"_{field.name}"
            yield f"S[{single}]" if not field.many else f"(S[{single}[0]] if len({single}) == 1 else 0)"


def _position(node: NodeClass) -> str:
    return ", ".join(POSITION) if node.has_position else "0, 0, 0, 0"


def collected(node: NodeClass) -> dict[str, Field]:
    """The field that each list (`name`, `alias`, `value`) keeps of a class."""
    kept = [field for field in node.fields if field.type in COLLECTED]
    lists = {"alias" if field.name in ALIASES else COLLECTED[field.type]: field for field in kept}
    if len(lists) < len(kept):
        raise ImportError(f"this interpreter's {node.name} holds more than there are columns for: not supported")
    return lists


def _collect(node: NodeClass) -> Iterator[str]:
    """Statements that keep what a node says beside numbers."""
    for kept, field in collected(node).items():
        held = f"_{field.name}"
        if field.many == "*":
            yield f"{kept}(','.join({held}) or None)"
        elif node.type is ast.Constant:
            yield f"{kept}({held} if _kind is None else PrefixedText({held}))"
        else:
            yield f"{kept}({held})"
    for field in node.fields:
        if field.type in SINGLETONS and field.many:
            yield f"if len(_{field.name}) > 1: chain(i // {ROW}, _{field.name})"


def _descend(field: Field) -> Iterator[str]:
    """Statements that visit a field's children; a hole in a list (`**x` in a dict display) still counts."""
    held, code = f"_{field.name}", FIELDS.index(field.name) << FIELD_SHIFT
    if field.many == "*":
        yield f"f = {code}"
        yield f"for x in {held}:"
        yield "    if x is not None: V[type(x)](x, i, f)" if field.type == "expr" else "    V[type(x)](x, i, f)"
        yield f"    f += {1 << INDEX_SHIFT}"
    else:
        yield f"x = {held}"
        yield f"{'if x is not None: ' if field.many else ''}V[type(x)](x, i, {code})"


def _has_chain(node: NodeClass) -> bool:
    return any(field.type in SINGLETONS and field.many for field in node.fields)
