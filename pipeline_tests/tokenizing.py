"""What Python's own `tokenize` says of a source, in bytes, and what the extractor says of it in the same words."""

from __future__ import annotations

import io
import sys
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from token import OP, tok_name
from typing import Any

import pyarrow as pa

from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.text import Undecodable, canonical_bytes, detect_encoding
from pipeline_tests.extracting import STEPS

Token = tuple[Any, ...]
COLUMNS = ("kind", "is_operator", "text", "bstart", "bend", "line", "end_line", "col_utf8")


def differences(sources: Sequence[bytes]) -> list[tuple[bytes, Token | None, Token | None]]:
    """Each decodable source of which the extractor tells something else, with the first tokens that differ."""
    return [(canonical, *_first_difference(*pair)) for canonical, *pair in compared(sources) if pair[0] != pair[1]]


def compared(sources: Sequence[bytes]) -> Iterator[tuple[bytes, list[Token], list[Token]]]:
    """Canonical buffer, tokens told by `tokenize` and tokens extracted; whether it was refused is the last token."""
    chunk = _chunk(sources)
    value: Any = chunk
    for step in STEPS["tokens"]:
        value = step(value)
    found = _by_file(value["tokens"])
    refused = {row["file_id"]: row["status"] != "ok" for row in value["tokens_status"].to_pylist()}
    for file in chunk.files:
        assert file.content is not None
        canonical = canonical_bytes(file.content, detect_encoding(file.content))
        extracted = found.get(file.file_id, [])
        if canonical.count(b"\r") != canonical.count(b"\r\n"):
            extracted = [(*token[:5], 0, 0, 0) for token in extracted]  # lines are the parser's, not the tokenizer's
        yield canonical, told(canonical), [*extracted, (refused[file.file_id],)]


def told(canonical: bytes) -> list[Token]:
    """What `tokenize` tells, in the columns of the dataset; at the end whether it refused the source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokens: list[Token] = []
        try:
            tokens.extend(_tokens(canonical))
        except (SyntaxError, tokenize.TokenError, SystemError, Lost):  # 3.12 and 3.13 leave errors set, and go on
            return [*_before_null(canonical, tokens), (True,)]
    return [*tokens, (False,)]


class Lost(Exception):
    """Before an error in an f-string 3.12 and 3.13 tell nonsense: an INDENT that is the f-string so far, for one."""


def _tokens(canonical: bytes) -> Iterator[Token]:
    lines = canonical.decode().split("\n")
    firsts = [0]
    for line in lines:
        firsts.append(firsts[-1] + len(line.encode()) + 1)

    def offset(line: int, column: int) -> int:
        within = f"{lines[line - 1]}\n"[:column] if line <= len(lines) else ""
        return min(firsts[line - 1] + len(within.encode()), len(canonical))

    has_lone_returns = canonical.count(b"\r") != canonical.count(b"\r\n")
    for found in tokenize.generate_tokens(io.StringIO(canonical.decode()).readline):
        start, text = offset(*found.start), found.string.encode()
        if canonical[start : start + len(text)] != text and sys.version_info >= (3, 12):
            raise Lost
        end = offset(*found.end)
        assert end == start + len(text) or _is_misplaced(found), found
        place = (found.start[0], found.end[0], start - offset(found.start[0], 0))
        exact = tok_name[found.exact_type]
        yield (
            exact,
            found.type == OP,
            found.string,
            start,
            start + len(text),
            *((0, 0, 0) if has_lone_returns else place),
        )


def _is_misplaced(found: tokenize.TokenInfo) -> bool:
    """Whether `tokenize` is known to end the token elsewhere than where its text does.

    A missing line break takes a column; 3.12.1 ends strings of several lines wrongly beside other alphabets.
    """
    return found.string == "" or ("\n" in found.string and sys.version_info[:2] == (3, 12))


def _before_null(canonical: bytes, tokens: list[Token]) -> list[Token]:
    """3.12 and 3.13 return DEDENTs of a line with a null byte though they refuse it: tokens end before that line."""
    null = canonical.find(b"\0")
    if null < 0 or sys.version_info < (3, 12):
        return tokens
    return [token for token in tokens if token[3] < canonical.rfind(b"\n", 0, null) + 1]


def _chunk(sources: Sequence[bytes]) -> Chunk:
    return Chunk(tuple(file for place, source in enumerate(sources) if (file := _file(place, source))))


def _file(place: int, source: bytes) -> SourceFile | None:
    try:
        encoding = detect_encoding(source)
        canonical_bytes(source, encoding)
    except Undecodable:
        return None
    row = {"repository": "sample", "file_id": place + 1, "path": f"{place}.py", "size": len(source), "sha256": "0" * 64}
    return SourceFile(row | {"encoding": encoding.name, "bom": encoding.bom}, source)


def _by_file(table: pa.Table) -> dict[int, list[Token]]:
    found: dict[int, list[Token]] = {}
    columns = [table[name].to_pylist() for name in ("file_id", *COLUMNS)]
    for file_id, *token in zip(*columns, strict=True):
        found.setdefault(file_id, []).append(tuple(token))
    return found


def _first_difference(expected: list[Token], extracted: list[Token]) -> tuple[Token | None, Token | None]:
    pairs = zip([*expected, None], [*extracted, None], strict=False)
    return next((pair for pair in pairs if pair[0] != pair[1]), (None, None))
