"""What all tiles with the same text have in common, worked out once a text."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from token import COMMENT, EXACT_TOKEN_TYPES, NAME, NEWLINE, NUMBER, OP, STRING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.extract.producers.tokens.formatted import read_formatted
from pipeline_assets.extract.producers.tokens.patterns import BLANKS
from pipeline_assets.extract.producers.tokens.stream import Ints, TokenStream, Vocabulary

Bool = npt.NDArray[np.bool_]
Small = npt.NDArray[np.int8]
Bytes = npt.NDArray[np.uint8]

CONTINUATION = 127
"""Kind of the break of a line that goes on, which is no token."""

SPLITS_FORMATTED = sys.version_info >= (3, 12)
"""Whether f-strings are several tokens."""

_TAB = 8

_FIRST_BYTES = np.full(256, OP, np.int8)
_FIRST_BYTES[[*b"0123456789"]] = NUMBER
_FIRST_BYTES[[*b"_", *range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1), *range(128, 256)]] = NAME
_FIRST_BYTES[[*b"'\""]] = STRING
_FIRST_BYTES[[*b"\r\n"]] = NEWLINE
_FIRST_BYTES[[*b"#"]] = COMMENT
_FIRST_BYTES[[*b"\\"]] = CONTINUATION

_BRACKETS = {"(": 1, "[": 2, "{": 3, ")": -1, "]": -2, "}": -3}


@dataclass(frozen=True, slots=True)
class Traits:
    """By code of a tile."""

    tiles: pa.Array
    texts: pa.Array
    """The token without the blanks before it."""
    leads: Ints
    """Bytes of blanks before it."""
    sizes: Ints
    """Bytes of the token."""
    kinds: Small
    """Exact kinds; every line break is a NEWLINE."""
    brackets: Small
    """Which pair of brackets it opens (positive) or closes (negative); 0 for other tokens."""
    breaks: Ints
    """Line breaks in it."""
    tails: Ints
    """Bytes after the last of these."""
    indents: Ints
    """Width of the blanks before it, with tabs to every eighth column."""
    is_odd: Bool
    """Whether only the interpreter's own tokenizer knows."""
    is_odd_indent: Bool
    """Whether only it knows if a statement starts here."""
    widths: Ints
    """Number of tokens: several for an f-string, none for the break of a line that goes on."""
    first_parts: Ints
    """The first token of an f-string among `parts`; -1 for every other tile."""
    parts: TokenStream
    """The tokens of all f-strings; their positions count from the start of the f-string."""

    def blank_codes(self, tiles: Ints, texts: Vocabulary) -> Ints:
        """Codes of the blanks before tokens, kept as texts of their own behind those of the tiles."""
        written = zip(self.tiles.take(tiles).to_pylist(), self.leads[tiles].tolist(), strict=True)
        return np.array([texts[tile[:lead]] for tile, lead in written], np.int32) + len(self.tiles)


def traits_of(vocabulary: Vocabulary, others: Vocabulary) -> Traits:
    """The traits of every text of a vocabulary of tiles; what f-strings are made of is added to the `others`."""
    tiles = pa.array([*vocabulary], pa.string())
    texts = pc.utf8_ltrim(tiles, characters=BLANKS)
    sizes = pc.binary_length(texts).to_numpy()
    leads = pc.binary_length(tiles).to_numpy() - sizes
    firsts, seconds, lasts = _marking_bytes(texts)
    kinds = _kinds(sizes, firsts, seconds, lasts)
    brackets = _refine_operators(texts, kinds)
    breaks, tails = _line_breaks(texts, kinds)
    indents, is_odd_indent = _indents(tiles, leads)
    is_formatted = (kinds == STRING) & (_is(firsts, b"fF") | (_is(firsts, b"rR") & _is(seconds, b"fF")))
    widths, first_parts, parts = _parts(texts, kinds, is_formatted & SPLITS_FORMATTED, others)
    is_odd = _odd_names(texts, kinds) | (is_formatted & (widths == 0))
    return Traits(
        tiles,
        texts,
        leads,
        sizes,
        kinds,
        brackets,
        breaks,
        tails,
        indents,
        is_odd,
        is_odd_indent,
        widths,
        first_parts,
        parts,
    )


def _marking_bytes(texts: pa.Array) -> tuple[Bytes, Bytes, Bytes]:
    """First, second and last byte of each text; meaningless where there is none."""
    _, offsets, content = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32, len(texts) + 1)
    padded = np.zeros(bounds[-1] + 2, np.uint8)
    padded[: bounds[-1]] = np.frombuffer(content or b"", np.uint8, bounds[-1])
    return padded[bounds[:-1]], padded[bounds[:-1] + 1], padded[bounds[1:] - 1]


def _kinds(sizes: Ints, firsts: Bytes, seconds: Bytes, lasts: Bytes) -> Small:
    kinds = _FIRST_BYTES[firsts]
    kinds[(firsts == ord(".")) & (sizes > 1) & _is(seconds, b"0123456789")] = NUMBER
    kinds[(kinds == NAME) & _is(lasts, b"'\"")] = STRING
    kinds[sizes == 0] = NEWLINE
    return kinds


def _refine_operators(texts: pa.Array, kinds: Small) -> Small:
    """Give operators their exact kinds; returns which brackets they are."""
    brackets = np.zeros(len(kinds), np.int8)
    operators = np.flatnonzero(kinds == OP)
    written = texts.take(operators).to_pylist()
    kinds[operators] = [EXACT_TOKEN_TYPES[text] for text in written]
    brackets[operators] = [_BRACKETS.get(text, 0) for text in written]
    return brackets


def _line_breaks(texts: pa.Array, kinds: Small) -> tuple[Ints, Ints]:
    """Number of line breaks, and what comes after the last one; the missing one at the end of a file counts."""
    breaks = pc.count_substring(texts, "\n").to_numpy().copy()
    tails = np.zeros(len(breaks), np.int32)
    long_strings = np.flatnonzero((breaks > 0) & (kinds == STRING))
    tails[long_strings] = [len(text.rpartition("\n")[2].encode()) for text in texts.take(long_strings).to_pylist()]
    breaks[kinds == NEWLINE] = 1
    return breaks, tails


def _indents(tiles: pa.Array, leads: Ints) -> tuple[Ints, Bool]:
    """Width of the blanks; form feeds, which start the count again, are left to the tokenizer."""
    indents, is_odd = leads.copy(), np.zeros(len(leads), np.bool_)
    unusual = np.flatnonzero((leads > 0) & pc.match_substring_regex(tiles, r"^ *[\t\f]").to_numpy(zero_copy_only=False))
    for place, text in zip(unusual.tolist(), tiles.take(unusual).to_pylist(), strict=True):
        lead = text[: leads[place]]
        is_odd[place] = "\f" in lead
        indents[place] = len(lead.expandtabs(_TAB))
    return indents, is_odd


def _parts(texts: pa.Array, kinds: Small, is_formatted: Bool, others: Vocabulary) -> tuple[Ints, Ints, TokenStream]:
    """How many tokens each text is, and those of f-strings; one that cannot be read alone has none."""
    places = np.flatnonzero(is_formatted)
    parts = read_formatted([text.encode() for text in texts.take(places).to_pylist()], others)
    widths, firsts = (kinds != CONTINUATION).astype(np.int32), np.full(len(kinds), -1, np.int32)
    widths[places], firsts[places] = parts.counts, np.cumsum(parts.counts) - parts.counts
    return widths, firsts, replace(parts, texts=parts.texts + len(kinds))


def _odd_names(texts: pa.Array, kinds: Small) -> Bool:
    """Names that are none: the pattern also takes digits and numerals of other scripts."""
    is_odd = np.zeros(len(kinds), np.bool_)
    foreign = np.flatnonzero((kinds == NAME) & ~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False))
    is_odd[foreign] = [not text.isidentifier() for text in texts.take(foreign).to_pylist()]
    return is_odd


def _is(found: Bytes, wanted: bytes) -> Bool:
    return np.isin(found, [*wanted])
