"""Where the name of a node is written: found by what the grammar says comes before it, then verified byte by byte."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.producers.ast.walker import KINDS

Integers = npt.NDArray[np.int64]

_GAP = rb"(?:\s|\\\r?\n|\\\r|#[^\r\n]*)*"
_WORD = rb"[\w\x80-\xff]+"
_NAME = rb"(" + _WORD + rb")"
_DOTTED = rb"(\*|" + _WORD + rb"(?:\." + _WORD + rb")*)"

_AT_START: Mapping[str, tuple[int, bytes]] = {
    "Name": (0, _NAME),
    "arg": (0, _NAME),
    "keyword": (0, _NAME),
    "alias": (0, _DOTTED),
    "FunctionDef": (4, rb"def" + _GAP + _NAME),
    "AsyncFunctionDef": (10, rb"async" + _GAP + rb"def" + _GAP + _NAME),
    "ClassDef": (6, rb"class" + _GAP + _NAME),
    "ImportFrom": (5, rb"from[\s.\\]*" + _DOTTED),
    "MatchStar": (1, rb"\*" + _GAP + _NAME),
    "TypeVar": (0, _NAME),
    "TypeVarTuple": (1, rb"\*" + _GAP + _NAME),
    "ParamSpec": (2, rb"\*\*" + _GAP + _NAME),
}
"""Classes whose name follows a fixed text at the node's start: its usual length, and a pattern for unusual spacing."""

_AT_END = ("Attribute", "MatchAs")
"""Classes whose name ends where the node ends."""

_HANDLER = re.compile(rb"(?:[\s)]|\\\r?\n|\\\r|#[^\r\n]*)*as" + _GAP + _NAME)
"""What follows the type of an exception handler, up to the name."""


@dataclass(frozen=True, slots=True)
class NamedNodes:
    """Nodes with a name, in row order: class, span of the node, and the name as the parser gives it.

    Spans are offsets into `buffer`; `anchors` is the end of the first child, for handlers.
    """

    buffer: bytes
    kinds: Integers
    starts: Integers
    ends: Integers
    levels: Integers
    anchors: Integers
    names: pa.Array


def name_spans(nodes: NamedNodes) -> tuple[Integers, Integers]:
    """Start and end of each name's token; -1 where it cannot be found (or there are several names).

    `buffer[start:end]`, NFKC-normalised as Python does with identifiers, equals the name.
    """
    lengths = np.diff(np.frombuffer(nodes.names.buffers()[1], np.int32)[: len(nodes.names) + 1]).astype(np.int64)
    starts = _guesses(nodes, lengths)
    found = _matches(nodes, starts, lengths)
    starts, ends = np.where(found, starts, -1), np.where(found, starts + lengths, -1)
    for position in np.flatnonzero(~found & _SEARCHABLE[nodes.kinds]).tolist():
        starts[position], ends[position] = _search(nodes, position)
    return starts, ends


def _guesses(nodes: NamedNodes, lengths: Integers) -> Integers:
    """Where the name starts if everything is spaced as usual."""
    starts = nodes.starts + _PREFIXES[nodes.kinds] + nodes.levels
    return np.where(_ENDING[nodes.kinds], nodes.ends - lengths, starts)


def _matches(nodes: NamedNodes, starts: Integers, lengths: Integers) -> npt.NDArray[np.bool_]:
    """Whether the bytes at each start are exactly the name, and not a part of a longer one.

    What comes before needs no look where the node starts with its name: `0or x` is two tokens.
    """
    offsets = np.frombuffer(nodes.names.buffers()[1], np.int32)[: len(nodes.names) + 1].astype(np.int64)
    wanted = np.frombuffer(nodes.names.buffers()[2] or b"", np.uint8)[: offsets[-1]]
    padded = np.frombuffer(nodes.buffer + b"\0", np.uint8)
    ends = starts + lengths
    possible = (starts >= 0) & (ends < len(padded)) & _SEARCHABLE[nodes.kinds]
    bases = np.where(possible, starts, 0) - offsets[:-1]
    places = np.repeat(bases, lengths) + np.arange(len(wanted))
    different = np.flatnonzero(padded[np.minimum(places, len(padded) - 1)] != wanted)
    possible[np.searchsorted(offsets, different, "right") - 1] = False
    goes_on = _IN_NAME[padded[np.where(possible, ends, 0)]]
    began_before = _IN_NAME[padded[np.where(possible, starts - 1, 0)]] & (starts > nodes.starts)
    matched: npt.NDArray[np.bool_] = possible & ~goes_on & ~began_before
    return matched


def _search(nodes: NamedNodes, position: int) -> tuple[int, int]:
    """Look for one name with its class's pattern."""
    start, end = int(nodes.starts[position]), int(nodes.ends[position])
    kind = KINDS[int(nodes.kinds[position])]
    if kind == "ExceptHandler":
        token = _HANDLER.match(nodes.buffer, int(nodes.anchors[position]), end)
    elif kind in _AT_END:
        token = _last_name(nodes.buffer, start, end)
    else:
        token = _PATTERNS[kind].match(nodes.buffer, start, end)
    if token is None or _normal(token[1]) != nodes.names[position].as_py():
        return -1, -1
    return token.span(1)


def _last_name(buffer: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """The identifier that ends at `end`."""
    first = end
    while first > start and _IN_NAME[buffer[first - 1]]:
        first -= 1
    return _WHOLE_NAME.match(buffer, first, end)


def _normal(token: bytes) -> str:
    return unicodedata.normalize("NFKC", token.decode("utf-8", "replace"))


def _by_kind(values: Mapping[str, int]) -> Integers:
    return np.array([values.get(kind, 0) for kind in KINDS], np.int64)


_WHOLE_NAME = re.compile(_NAME)
_PATTERNS = {kind: re.compile(pattern) for kind, (_, pattern) in _AT_START.items()}
_PREFIXES = _by_kind({kind: length for kind, (length, _) in _AT_START.items()})
_ENDING = _by_kind(dict.fromkeys(_AT_END, 1)).astype(bool)
_SEARCHABLE = _by_kind(dict.fromkeys([*_AT_START, *_AT_END, "ExceptHandler"], 1)).astype(bool)
_IN_NAME = np.array([chr(byte).isalnum() or byte == 95 or byte >= 128 for byte in range(256)])
