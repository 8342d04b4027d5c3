"""Tokens of several files as parallel arrays, and the vocabulary that keeps each text once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Vocabulary = defaultdict[str, int]


def new_vocabulary() -> Vocabulary:
    """Texts and their codes, from 0 in the order in which texts are first asked for."""
    vocabulary: Vocabulary = defaultdict()
    vocabulary.default_factory = vocabulary.__len__
    return vocabulary


@dataclass(frozen=True, slots=True)
class TokenStream:
    """The tokens of several files, one file after the other; positions are bytes and lines of the token's own file."""

    counts: Ints
    """Tokens of each file."""
    kinds: npt.NDArray[np.int8]
    """Exact kinds, numbered as the running interpreter's `token` does."""
    texts: Ints
    """Codes of a vocabulary."""
    starts: Ints
    stops: Ints
    lines: Ints
    end_lines: Ints
    columns: Ints
    """Bytes before the token on its line."""


def no_tokens() -> TokenStream:
    """The stream of no file."""
    none = np.zeros(0, np.int32)
    return TokenStream(none, none.astype(np.int8), none, none, none, none, none, none)


def joined(streams: Sequence[TokenStream]) -> TokenStream:
    """One stream after the other."""
    names = [field.name for field in fields(TokenStream)]
    return TokenStream(*(np.concatenate([getattr(stream, name) for stream in streams]) for name in names))


def in_order(stream: TokenStream, order: npt.NDArray[np.intp]) -> TokenStream:
    """The same files in another order: `order` are their positions, the new first one first."""
    if (np.diff(order) == 1).all():
        return stream
    firsts = np.cumsum(stream.counts) - stream.counts
    return picked(stream, firsts[order], stream.counts[order])


def picked(stream: TokenStream, firsts: npt.NDArray[Any], counts: npt.NDArray[Any]) -> TokenStream:
    """Runs of tokens, `counts[i]` from `firsts[i]` on, each the tokens of one file."""
    rows = np.repeat(firsts - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
    columns = (getattr(stream, field.name)[rows] for field in fields(TokenStream)[1:])
    return TokenStream(counts.astype(np.int32), *columns)


def first_tokens(stream: TokenStream, count: int) -> TokenStream:
    """The first tokens of a stream of one file."""
    return picked(stream, np.zeros(1, np.int32), np.array([count], np.int32))
