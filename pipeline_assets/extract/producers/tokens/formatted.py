"""f-strings, which are several tokens from Python 3.12 on: many of them read by the interpreter at once."""

from __future__ import annotations

import token

import numpy as np

from pipeline_assets.extract.producers.tokens.reader import read
from pipeline_assets.extract.producers.tokens.stream import (
    Ints,
    TokenStream,
    Vocabulary,
    first_tokens,
    joined,
    no_tokens,
    picked,
)

_START = getattr(token, "FSTRING_START", -1)
_END = getattr(token, "FSTRING_END", -1)

_OPENING, _MOST_OPEN = (b"(", b"[", b"{"), 90
"""Brackets in an f-string count towards those around it, of which the tokenizer allows 200."""


def read_formatted(sources: list[bytes], texts: Vocabulary) -> TokenStream:
    """The tokens of each of `sources`, placed within it; none for a source that is not exactly one f-string."""
    if not sources:
        return no_tokens()
    stream, error = read(b"\n".join(sources) + b"\n", texts)
    if error is None:
        return _taken_apart(stream, sources)
    if len(sources) == 1:
        return first_tokens(stream, 0)
    half = len(sources) // 2
    return joined([read_formatted(sources[:half], texts), read_formatted(sources[half:], texts)])


def _taken_apart(stream: TokenStream, sources: list[bytes]) -> TokenStream:
    sizes = np.array([len(source) for source in sources], np.int32)
    offsets = np.cumsum(sizes + 1) - sizes - 1
    levels = np.cumsum((stream.kinds == _START).astype(np.int32) - (stream.kinds == _END))
    opens = np.flatnonzero((stream.kinds == _START) & (levels == 1))
    closes = np.flatnonzero((stream.kinds == _END) & (levels == 0))
    # an f-string may end elsewhere than where the pattern took it to end, and take the next ones into itself
    found = np.minimum(np.searchsorted(stream.starts[opens], offsets), len(opens) - 1)
    is_one = (stream.starts[opens[found]] == offsets) & (stream.stops[closes[found]] == offsets + sizes)
    is_one &= np.array([sum(map(source.count, _OPENING)) <= _MOST_OPEN for source in sources])
    counts = np.where(is_one, closes[found] + 1 - opens[found], 0).astype(np.int32)
    parts = picked(stream, opens[found], counts)
    _move(parts, offsets, stream.lines[opens[found]] - 1)
    return parts


def _move(parts: TokenStream, offsets: Ints, lines: Ints) -> None:
    """Let the positions of each run of tokens count from its own start."""
    for positions in (parts.starts, parts.stops):
        positions -= np.repeat(offsets, parts.counts).astype(np.int32)
    for numbers in (parts.lines, parts.end_lines):
        numbers -= np.repeat(lines, parts.counts)
