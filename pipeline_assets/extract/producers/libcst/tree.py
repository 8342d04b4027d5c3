"""LibCST's tree of one file, laid out in preorder, with spans in the canonical buffer.

LibCST loses some whitespace: form feeds before unindented lines, a lone carriage return that ends the file, a space
between an exception and the colon. What is lost is found by comparing the code it generates with the text, and every
place behind is moved accordingly.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import isabstract
from itertools import repeat
from operator import attrgetter

import libcst as cst
import numpy as np

from pipeline_assets.extract.producers.libcst.events import Layout, Rows, Span, layout, record

CLASSES: tuple[type[cst.CSTNode], ...] = tuple(
    sorted(
        {
            each
            for each in vars(cst).values()
            if isinstance(each, type) and issubclass(each, cst.CSTNode) and not isabstract(each)
        },
        key=attrgetter("__name__"),
    )
)
KINDS = tuple(each.__name__ for each in CLASSES)
CODES = {each: code for code, each in enumerate(CLASSES)}
"""Position of a class in `CLASSES`."""

TRIVIA = (
    cst.BaseParenthesizableWhitespace,
    cst.EmptyLine,
    cst.TrailingWhitespace,
    cst.Newline,
    cst.Comment,
    cst.LeftParen,
    cst.RightParen,
    cst.LeftSquareBracket,
    cst.RightSquareBracket,
    cst.LeftCurlyBrace,
    cst.RightCurlyBrace,
    cst.Comma,
    cst.Dot,
    cst.Colon,
    cst.Semicolon,
    cst.AssignEqual,
    cst.Asynchronous,
    cst.ParamStar,
    cst.ParamSlash,
    cst.BaseBinaryOp,
    cst.BaseUnaryOp,
    cst.BaseCompOp,
    cst.BaseAugOp,
    cst.BaseBooleanOp,
    cst.BitOr,
)
"""Nodes that hold no names."""

_MEANINGFUL = np.array([not issubclass(each, TRIVIA) for each in CLASSES])
FIELDS = tuple(sorted({field.name for each in CLASSES for field in dataclasses.fields(each)}))
_ATTRIBUTES = tuple(
    tuple((FIELDS.index(field.name), field.name) for field in dataclasses.fields(each) if field.type not in (str, bool))
    for each in CLASSES
)
"""By class, the fields that may hold nodes."""


_WHITESPACE = (b" ", b"\t", b"\f", b"\r", b"\n")


class Unfaithful(Exception):
    """The tree does not hold the text, so its places mean nothing."""


@dataclass(slots=True)
class CstTree:
    """The nodes of one file in preorder; the columns run in parallel."""

    module: cst.Module
    nodes: list[cst.CSTNode]
    index: dict[int, int]
    """The ordinal of each node by its identity."""
    kinds: Rows
    """Positions in `CLASSES`."""
    layout: Layout
    """Its spans count bytes of the canonical buffer."""
    fields: Rows
    """Positions in `FIELDS` of the parent's field; -1 for the module."""
    places: Rows
    """Indexes in list fields; -1 elsewhere."""
    dropped: int
    """Bytes of whitespace that the tree does not hold."""

    def of(self, *classes: type[cst.CSTNode]) -> list[int]:
        """Ordinals of the nodes of some classes."""
        found: list[int] = np.flatnonzero(np.isin(self.kinds, [CODES[each] for each in classes])).tolist()
        return found

    def ordinal(self, node: object) -> int:
        """The ordinal of a node, -1 for anything else."""
        return self.index.get(id(node), -1)

    def meaningful_children(self) -> dict[int, list[cst.CSTNode]]:
        """Children in order by the identity of their parent, without whitespace and punctuation."""
        children: dict[int, list[cst.CSTNode]] = {}
        rows = np.flatnonzero(_MEANINGFUL[self.kinds])[1:]
        for row, parent in zip(rows.tolist(), self.layout.parents[rows].tolist(), strict=True):
            children.setdefault(id(self.nodes[parent]), []).append(self.nodes[row])
        return children


def plant(canonical: bytes) -> CstTree:
    """Parse a canonical buffer and lay its tree out.

    Raises `ParserSyntaxError` for what LibCST refuses and `Unfaithful` for a tree that is not the text.
    """
    text = canonical.decode()
    module = cst.parse_module(text)
    recorder = record(module)
    nodes = recorder.nodes
    index = dict(zip(map(id, nodes), range(len(nodes)), strict=True))
    dropped = dropped_bytes(canonical, "".join(recorder.tokens).encode())
    offsets = _offsets(recorder.tokens, text.isascii())
    counted = layout(recorder, index)
    own, outer = (_restored(span, offsets, dropped) for span in (counted.own, counted.outer))
    kinds = np.fromiter(map(CODES.__getitem__, map(type, nodes)), np.int64, len(nodes))
    fields, places = _fields(nodes, kinds, index)
    placed = dataclasses.replace(counted, own=own, outer=outer)
    return CstTree(module, nodes, index, kinds, placed, fields, places, len(dropped))


def dropped_bytes(text: bytes, code: bytes) -> Rows:
    """Where the whitespace is that `text` has and `code` lacks; raises `Unfaithful` where more differs."""
    dropped: list[int] = []
    done = _alike(text, 0, code, 0)
    while done < len(text) or done - len(dropped) < len(code):
        if text[done : done + 1] not in _WHITESPACE:
            raise Unfaithful(f"the code that LibCST generates from its tree differs from the source at byte {done}")
        dropped.append(done)
        done += 1
        done += _alike(text, done, code, done - len(dropped))
    return np.array(dropped, np.int64)


def _alike(text: bytes, start: int, code: bytes, at: int) -> int:
    """How many bytes are the same in `text` from `start` on and in `code` from `at` on."""
    done, window = 0, 64
    while (part := text[start + done : start + done + window]) and part == code[at + done : at + done + window]:
        done += len(part)
        window *= 2
    for mine, other in zip(part, code[at + done : at + done + window], strict=False):
        if mine != other:
            break
        done += 1
    return done


def _offsets(tokens: Sequence[str], is_ascii: bool) -> Rows:
    """The byte where each token begins, and the one after the last."""
    lengths = map(len, tokens if is_ascii else map(str.encode, tokens))
    offsets = np.zeros(len(tokens) + 1, np.int64)
    np.cumsum(np.fromiter(lengths, np.int64, len(tokens)), out=offsets[1:])
    return offsets


def _restored(span: Span, offsets: Rows, dropped: Rows) -> Span:
    """Token counts as bytes of the text: a node does not begin with bytes that were dropped, nor end with them.

    The generator takes back the line break it has added to a last line without one, hence the minimum.
    """
    starts, ends = (offsets[np.minimum(bound, len(offsets) - 1)] for bound in span)
    if len(dropped):
        gaps = dropped - np.arange(len(dropped))
        empty = starts == ends
        starts = starts + np.searchsorted(gaps, starts, "right")
        ends = np.where(empty, starts, ends + np.searchsorted(gaps, ends, "left"))
    return starts, ends


def _fields(nodes: Sequence[cst.CSTNode], kinds: Rows, index: dict[int, int]) -> tuple[Rows, Rows]:
    """The field of its parent that holds each node, and its index there."""
    fields, places = ([-1] * (len(nodes) + 1) for _ in range(2))  # what is no node is written behind the last
    for kind in np.unique(kinds).tolist():
        members = [nodes[row] for row in np.flatnonzero(kinds == kind).tolist()]
        for code, name in _ATTRIBUTES[kind]:
            for value in map(getattr, members, repeat(name)):
                if isinstance(value, (list, tuple)):
                    for place, child in enumerate(value):
                        row = index[id(child)]
                        fields[row], places[row] = code, place
                else:
                    fields[index.get(id(value), -1)] = code
    return np.array(fields[:-1], np.int64), np.array(places[:-1], np.int64)
