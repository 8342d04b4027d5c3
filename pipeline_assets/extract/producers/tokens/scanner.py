"""The tokens of many ordinary sources at once, from the tiles that a regular expression found.

Only what every supported interpreter reads alike is accepted; a file that holds anything else is left to its own
tokenizer. Nothing here is done per token in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from token import COMMENT, DEDENT, ENDMARKER, INDENT, NEWLINE, NL, STRING

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.tokens.stream import Ints, TokenStream, Vocabulary, no_tokens
from pipeline_assets.extract.producers.tokens.traits import CONTINUATION, Bool, Traits

Places = npt.NDArray[np.intp]

DEEPEST = 90
"""Brackets or indentations inside each other; CPython's tokenizer refuses 200 and 100, Python's own none."""


@dataclass(frozen=True, slots=True)
class _Tiles:
    """The tiles of several files, one file after the other."""

    codes: Ints
    counts: Ints
    """Tiles of each file; at least one."""
    kinds: npt.NDArray[np.int8]
    depths: Ints
    """Brackets open after the tile."""

    @property
    def lasts(self) -> Places:
        """The last tile of each file."""
        return np.cumsum(self.counts, dtype=np.intp) - 1

    @property
    def firsts(self) -> Places:
        """The first tile of each file."""
        return np.cumsum(self.counts, dtype=np.intp) - self.counts


@dataclass(frozen=True, slots=True)
class _Indentation:
    """Where blocks begin and end."""

    places: list[int]
    """Tile before which tokens go in: the first of a statement."""
    steps: list[int]
    """1 for an INDENT, -n for n DEDENTs."""
    at_end: list[int]
    """Blocks that are open at the end of each file."""
    refused: set[int]
    """Files whose indentation is not consistent."""


def scan(files: Sequence[Ints], traits: Traits, texts: Vocabulary) -> tuple[TokenStream, list[int]]:
    """The tokens of those of `files` (tiles by file) that are ordinary, and the positions of those files.

    Codes of texts are those of the tiles; the blanks of an INDENT get codes of `texts`, counted from the tiles' number.
    """
    accepted = [*range(len(files))]
    while accepted:
        tiles = _laid_out([files[place] for place in accepted], traits)
        refused = _odd_files(tiles, traits)
        statements = _mark_line_breaks(tiles)
        if not refused:
            indentation = _indentation(tiles, traits, statements)
            refused = indentation.refused
        if not refused:
            return _stream(tiles, traits, indentation, texts), accepted
        accepted = [place for number, place in enumerate(accepted) if number not in refused]
    return no_tokens(), []


def _laid_out(files: list[Ints], traits: Traits) -> _Tiles:
    codes = np.concatenate(files)
    depths = np.cumsum(np.sign(traits.brackets)[codes], dtype=np.int32)
    counts = np.array([len(each) for each in files], np.int32)
    before = np.append(0, depths)[np.cumsum(counts) - counts]
    return _Tiles(codes, counts, traits.kinds[codes], depths - np.repeat(before, counts))


def _odd_files(tiles: _Tiles, traits: Traits) -> set[int]:
    """Files that end inside something, whose brackets do not match, or that hold an odd token."""
    odd = np.logical_or.reduceat(traits.is_odd[tiles.codes], tiles.firsts)
    odd |= (tiles.depths[tiles.lasts] != 0) | (tiles.kinds[tiles.lasts] != NEWLINE)
    odd |= np.minimum.reduceat(tiles.depths, tiles.firsts) < 0
    odd |= np.maximum.reduceat(tiles.depths, tiles.firsts) > DEEPEST
    odd[np.searchsorted(tiles.lasts, _mismatched(tiles, traits))] = True
    return {*np.flatnonzero(odd).tolist()}


def _mismatched(tiles: _Tiles, traits: Traits) -> Places:
    """Closing brackets of another kind than the last one opened at their depth."""
    brackets = traits.brackets[tiles.codes]
    places = np.flatnonzero(brackets)
    kinds = brackets[places]
    levels = np.clip(tiles.depths[places] - (kinds > 0), -1, DEEPEST).astype(np.int16)
    order = np.argsort(levels, kind="stable")
    kinds = kinds[order]
    wrong = (kinds < 0) & (np.append(0, kinds[:-1]) != -kinds)
    found: Places = places[order[wrong]]
    return found


def _mark_line_breaks(tiles: _Tiles) -> Places:
    """Make the line breaks that end no statement NL, and find the first tile of every statement."""
    is_break = tiles.kinds == NEWLINE
    tiles.kinds[is_break & (tiles.depths > 0)] = NL
    ends = np.flatnonzero(tiles.kinds == NEWLINE)
    content = np.cumsum(~is_break & (tiles.kinds != COMMENT))[ends]
    is_statement = np.diff(content, prepend=0) > 0
    tiles.kinds[ends[~is_statement]] = NL
    starts: Places = np.append(0, ends + 1)[:-1][is_statement]
    return starts


def _indentation(tiles: _Tiles, traits: Traits, statements: Places) -> _Indentation:
    """Compare the indentation of each statement with those of the blocks around it."""
    codes = tiles.codes[statements]
    files = np.searchsorted(tiles.lasts, statements)
    widths, blanks = traits.indents[codes], traits.leads[codes]
    is_first = np.diff(files, prepend=-1) > 0
    odd = traits.is_odd_indent[codes] | (traits.kinds[codes] == CONTINUATION)
    changed = is_first | (np.diff(widths, prepend=0) != 0) | (np.diff(blanks, prepend=0) != 0) | odd
    found = _Indentation([], [], [0] * len(tiles.counts), set())
    stack = [(0, 0)]
    rows = (column[changed].tolist() for column in (statements, files, widths, blanks, is_first, odd))
    for place, file, width, blank, first, is_odd in zip(*rows, strict=True):
        if first:
            stack = [(0, 0)]
        step = None if is_odd else _step(stack, width, blank)
        if step is None:
            found.refused.add(file)
        elif step:
            found.places.append(place)
            found.steps.append(step)
        found.at_end[file] = len(stack) - 1
    return found


def _step(stack: list[tuple[int, int]], width: int, blanks: int) -> int | None:
    """Enter or leave blocks; none where tabs and spaces contradict each other or no block is that wide."""
    if width > stack[-1][0]:
        if blanks <= stack[-1][1] or len(stack) > DEEPEST:
            return None
        stack.append((width, blanks))
        return 1
    before = len(stack)
    while width < stack[-1][0]:
        stack.pop()
    return len(stack) - before if stack[-1] == (width, blanks) else None


def _stream(tiles: _Tiles, traits: Traits, indentation: _Indentation, texts: Vocabulary) -> TokenStream:
    codes = tiles.codes
    sizes, breaks = traits.sizes[codes], traits.breaks[codes]
    stops = np.cumsum(sizes + traits.leads[codes], dtype=np.int64)
    starts = stops - sizes
    lines = np.cumsum(breaks, dtype=np.int32) - breaks
    firsts = tiles.firsts
    offsets = np.repeat(np.append(0, stops)[firsts], tiles.counts)
    merged = _merged(tiles, traits.widths[codes], indentation)
    own_lines = lines - np.repeat(lines[firsts], tiles.counts) + 1
    stream = TokenStream(
        counts=np.diff(merged.slots[merged.kinds == ENDMARKER], prepend=-1).astype(np.int32),
        kinds=tiles.kinds[merged.tiles],
        texts=codes[merged.tiles],
        starts=(starts - offsets).astype(np.int32)[merged.tiles],
        stops=(stops - offsets).astype(np.int32)[merged.tiles],
        lines=own_lines[merged.tiles],
        end_lines=(own_lines + np.where(traits.kinds == STRING, traits.breaks, 0)[codes])[merged.tiles],
        columns=(starts - _line_starts(stops, codes, traits)).astype(np.int32)[merged.tiles],
    )
    _split_formatted(stream, merged, traits)
    _fill_in(stream, merged, traits, texts)
    return stream


def _line_starts(stops: npt.NDArray[np.int64], codes: Ints, traits: Traits) -> npt.NDArray[np.int64]:
    """Where the line of each tile starts: behind the last line break before it."""
    is_break = (traits.breaks > 0)[codes]
    places = np.flatnonzero(is_break)
    behind = np.append(0, stops[places] - traits.tails[codes[places]])
    starts: npt.NDArray[np.int64] = behind[np.cumsum(is_break) - is_break]
    return starts


@dataclass(frozen=True, slots=True)
class _Merged:
    """The order of the tokens, with those that have no tile of their own."""

    tiles: Places
    """The tile of each token: its own, or the one before or behind which it stands."""
    slots: Places
    """Which tokens have none of their own."""
    kinds: npt.NDArray[np.int8]
    """What these are."""
    is_at_end: Bool
    """Whether they stand behind the last tile of their file."""
    own: Bool
    """By token: whether it has a tile of its own."""


def _merged(tiles: _Tiles, widths: Ints, indentation: _Indentation) -> _Merged:
    steps, at_end = np.array(indentation.steps, np.intp), np.array(indentation.at_end, np.intp)
    final = np.full(int((at_end + 1).sum()), DEDENT, np.int8)
    final[np.cumsum(at_end + 1) - 1] = ENDMARKER
    inner = np.repeat(np.where(steps > 0, INDENT, DEDENT), np.abs(steps))
    anchors = np.append(np.repeat(tiles.lasts, at_end + 1), np.repeat(indentation.places, np.abs(steps)))
    kinds, is_at_end = np.append(final, inner).astype(np.int8), np.arange(len(anchors)) < len(final)
    order = np.argsort(anchors + is_at_end, kind="stable")  # the end of a file comes before the start of the next
    anchors, kinds, is_at_end = anchors[order].astype(np.intp), kinds[order], is_at_end[order]
    tokens_before = np.append(0, np.cumsum(widths))
    slots = tokens_before[anchors + is_at_end] + np.arange(len(anchors))
    own = np.ones(tokens_before[-1] + len(anchors), np.bool_)
    own[slots] = False
    places = np.empty(len(own), np.intp)
    places[own], places[slots] = np.repeat(np.arange(len(widths)), widths), anchors
    return _Merged(places, slots, kinds, is_at_end, own)


def _split_formatted(stream: TokenStream, merged: _Merged, traits: Traits) -> None:
    """Give the tokens of f-strings what is their own; so far each is the whole f-string."""
    if not len(traits.parts.kinds):
        return
    tokens, tiles = np.flatnonzero(merged.own), merged.tiles[merged.own]
    places = np.flatnonzero((traits.first_parts >= 0)[stream.texts[tokens]])
    tokens, ordinals = tokens[places], places - np.searchsorted(tiles, tiles[places])
    parts = traits.first_parts[stream.texts[tokens]] + ordinals
    same_line = traits.parts.lines[parts] == 1
    stream.columns[tokens] = traits.parts.columns[parts] + np.where(same_line, stream.columns[tokens], 0)
    stream.stops[tokens] = stream.starts[tokens] + traits.parts.stops[parts]
    stream.starts[tokens] += traits.parts.starts[parts]
    stream.end_lines[tokens] = stream.lines[tokens] + traits.parts.end_lines[parts] - 1
    stream.lines[tokens] += traits.parts.lines[parts] - 1
    stream.kinds[tokens], stream.texts[tokens] = traits.parts.kinds[parts], traits.parts.texts[parts]


def _fill_in(stream: TokenStream, merged: _Merged, traits: Traits, texts: Vocabulary) -> None:
    """Say what the tokens without a tile of their own are, and where."""
    slots, is_at_end = merged.slots, merged.is_at_end
    indents, ends = slots[merged.kinds == INDENT], slots[is_at_end]
    tile_codes = stream.texts[indents]
    stream.kinds[slots] = merged.kinds
    stream.texts[slots] = len(traits.texts) + texts[""]
    stream.texts[indents] = traits.blank_codes(tile_codes, texts)
    stream.stops[slots] = np.where(is_at_end, stream.stops[slots], stream.starts[slots])
    stream.starts[ends] = stream.stops[ends]
    stream.starts[indents] -= traits.leads[tile_codes]
    stream.lines[ends] += 1
    stream.end_lines[slots] = stream.lines[slots]
    stream.columns[ends], stream.columns[indents] = 0, 0
