"""The tokens of one source from the interpreter itself, for whatever the scanner does not accept.

From 3.12 on the C tokenizer is asked directly, which is what `tokenize` does; before that, and should its private
module not be as it was, `tokenize` is.
"""

from __future__ import annotations

import io
import sys
import token
import tokenize
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.producers.tokens.stream import Ints, TokenStream, Vocabulary, first_tokens
from pipeline_assets.extract.status import PARSER_ERRORS
from pipeline_assets.extract.text import line_spans

TOKENIZER_ERRORS = (*PARSER_ERRORS, tokenize.TokenError, SystemError)
"""What the tokenizers raise for sources that they refuse; the C tokenizer may lose its own error in an f-string."""

_REFUSES_NULL = sys.version_info >= (3, 12)

raw: Any = import_module("_tokenize")


class Misplaced(Exception):
    """The tokenizer says of a token that it stands where something else does."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line

    def __str__(self) -> str:
        return f"from line {self.line} on the tokenizer misplaces tokens; they are left out"


Rows = Iterable[tuple[Any, ...]]
Offsets = npt.NDArray[np.int64]


def read(canonical: bytes, texts: Vocabulary) -> tuple[TokenStream, Exception | None]:
    """The tokens up to where the tokenizer gives up, and the error that it raises there, if it does."""
    null = canonical.find(b"\0") if _REFUSES_NULL else -1
    if null >= 0:
        return _read_before_null(canonical, null, texts)
    numbers: list[int] = []
    written: list[str] = []
    error: Exception | None = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the code of others warns about is not ours to print
        try:
            # the line that a row ends with is a copy on some versions: it must not be kept
            for kind, text, (line, column), (end_line, _), _ in _rows_of(canonical):
                size = len(text) if text.isascii() else len(text.encode())
                numbers.extend((kind, line, column, end_line, size))
                written.append(text)
        except TOKENIZER_ERRORS as raised:
            error = raised
    rows = np.array(numbers, np.int64).reshape(-1, 5)
    codes = np.array([texts[text] for text in written], np.int32)
    stream = _placed(canonical, rows, codes, texts)
    return _trusted(canonical, stream, written, error)


def _trusted(
    canonical: bytes, stream: TokenStream, written: list[str], error: Exception | None
) -> tuple[TokenStream, Exception | None]:
    """The tokens up to the first that is not where it is said to be: the C tokenizer gets lost in broken f-strings."""
    spans = zip(written, stream.starts.tolist(), stream.stops.tolist(), strict=True)
    for place, (text, start, stop) in enumerate(spans):
        if canonical[start:stop] != text.encode():
            return first_tokens(stream, place), error or Misplaced(int(stream.lines[place]))
    return stream, error


def _read_before_null(canonical: bytes, null: int, texts: Vocabulary) -> tuple[TokenStream, Exception | None]:
    """The tokens of the lines before a null byte.

    The C tokenizer refuses its line, but still returns the DEDENTs due there, which it must not with an error set.
    """
    start = canonical.rfind(b"\n", 0, null) + 1
    stream, _ = read(canonical[:start], texts)
    count = int(np.searchsorted(stream.starts, start))
    line, column = canonical.count(b"\n", 0, null) + 1, len(canonical[start:null].decode()) + 1
    error = SyntaxError("source code cannot contain null bytes", (None, line, column, None))
    return first_tokens(stream, count), error


def _rows_of(canonical: bytes) -> Rows:
    if _RAW_IS_KNOWN:
        return _raw_rows(canonical)
    return tokenize.generate_tokens(io.StringIO(canonical.decode()).readline)


def _raw_rows(canonical: bytes) -> Rows:
    rows: Rows = raw.TokenizerIter(io.BytesIO(canonical).readline, encoding="utf-8", extra_tokens=True)
    return rows


def _placed(canonical: bytes, rows: Offsets, codes: Ints, texts: Vocabulary) -> TokenStream:
    """Turn lines and columns, in characters, into bytes; whatever lies behind the end of the source is at its end."""
    breaks = np.flatnonzero(np.frombuffer(canonical, np.uint8) == ord("\n")) + 1
    lines = np.concatenate([[0], breaks, [len(canonical)]])
    starts = _offsets(canonical, lines, rows[:, 1], rows[:, 2])
    stops = starts + rows[:, 4]  # 3.12.1 misplaces the ends of strings of several lines beside other alphabets
    line_numbers, end_lines = rows[:, 1].copy(), rows[:, 3].copy()
    line_starts = lines
    if canonical.count(b"\r") != canonical.count(b"\r\n"):
        line_starts = np.append(line_spans(canonical)[0], len(canonical))
        returns = np.setdiff1d(line_starts, lines)  # tokenizers break lines at other places than the parser
        line_numbers += np.searchsorted(returns, starts, "right")
        end_lines += np.searchsorted(returns, stops, "right")
    columns = starts - line_starts[np.clip(line_numbers - 1, 0, len(line_starts) - 1)]
    placed = (each.astype(np.int32) for each in (starts, stops, line_numbers, end_lines, columns))
    return TokenStream(np.array([len(codes)], np.int32), _exact(rows[:, 0], codes, texts), codes, *placed)


def _offsets(canonical: bytes, lines: Offsets, numbers: Offsets, columns: Offsets) -> Offsets:
    places = lines[np.clip(numbers - 1, 0, len(lines) - 1)] + columns
    if not canonical.isascii():
        continues = (np.frombuffer(canonical, np.uint8) & 0xC0) == 0x80
        characters = np.append(np.flatnonzero(~continues), len(canonical))
        places = np.searchsorted(characters, places - columns) + columns
        places = characters[np.minimum(places, len(characters) - 1)]
    offsets: Offsets = np.minimum(places, len(canonical))
    return offsets


def _exact(kinds: Offsets, codes: Ints, texts: Vocabulary) -> npt.NDArray[np.int8]:
    """The kinds, with operators told apart; 3.11 takes words of odd letters for operators, which then have no name."""
    exact = kinds.astype(np.int8)
    operators = np.flatnonzero(kinds == token.OP)
    if len(operators):
        names = np.full(len(texts), token.OP, np.int8)
        for text, kind in token.EXACT_TOKEN_TYPES.items():
            if text in texts:
                names[texts[text]] = kind
        exact[operators] = names[codes[operators]]
    return exact


def _raw_is_known() -> bool:
    """Whether the private tokenizer tells of a small source what `tokenize` does."""
    sample = b"if a:  # b\n  c = 'd'\n"
    try:
        return [*_raw_rows(sample)] == [*tokenize.tokenize(io.BytesIO(sample).readline)][1:]
    except (AttributeError, TypeError):
        return False


_RAW_IS_KNOWN = _raw_is_known()
