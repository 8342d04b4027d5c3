"""Tokens: one row per token of Python's own tokenizer, comments and line breaks included, with its exact bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from token import EXACT_TOKEN_TYPES, OP, tok_name
from tokenize import TokenError

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.extract.arrow import coded, repeated
from pipeline_assets.extract.chunk import Chunk, SourceFile
from pipeline_assets.extract.ids import MOST_ROWS, TOKEN, row_ids
from pipeline_assets.extract.layers import wanted
from pipeline_assets.extract.producers.tokens.patterns import tiles_of
from pipeline_assets.extract.producers.tokens.reader import Misplaced, read
from pipeline_assets.extract.producers.tokens.scanner import scan
from pipeline_assets.extract.producers.tokens.stream import (
    Ints,
    TokenStream,
    Vocabulary,
    in_order,
    joined,
    new_vocabulary,
    picked,
)
from pipeline_assets.extract.producers.tokens.traits import traits_of
from pipeline_assets.extract.status import (
    PARSER_ERRORS,
    FileStatus,
    failed,
    limited,
    status_contract,
    status_table,
    succeeded,
)
from pipeline_assets.extract.text import Encoding, canonical_bytes
from pipeline_assets.inference.contract import Column, Contract, Reference
from pipeline_assets.pipes import extractor

TOKENS = Contract(
    name="tokens",
    layer="extract",
    description="One row per token, comments and line breaks included, as Python's tokenizer tells them.",
    columns=(
        Column("repository", "string", "Name of the repository."),
        Column("file_id", "int64", "The file."),
        Column("token_id", "int64", "Id of the token: file, family 12, place in the file."),
        Column(
            "kind",
            "string",
            "Name of the exact kind in Python's `token`, as in NAME, COMMENT, NL, INDENT, LPAR, PLUSEQUAL; an f-string "
            "is a STRING up to Python 3.11 and FSTRING_START, FSTRING_MIDDLE, FSTRING_END from 3.12 on.",
        ),
        Column("is_operator", "boolean", "Whether it is an operator or delimiter, whose kind `tokenize` calls OP."),
        Column(
            "text",
            "string",
            "The token's characters; empty for DEDENT, ENDMARKER and a NEWLINE that is missing at the end of the file.",
        ),
        Column("bstart", "int32", "First byte."),
        Column("bend", "int32", "Byte after the last."),
        Column("line", "int32", "First line, from 1; the end of the file may be a line of its own."),
        Column("end_line", "int32", "Last line."),
        Column("col_utf8", "int32", "Bytes before it on its line."),
    ),
    key=("token_id",),
    local=("token_id",),
    spans=(("bstart", "bend"),),
    references=(Reference("file_id", "files", "file_id"),),
    query="SELECT text, count(*) FROM tokens WHERE kind = 'NAME' GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)

TOKENS_STATUS = status_contract("tokens_status", "tokens were")
LAYER = "tokens"

_NAMES = [tok_name.get(number, "") for number in range(128)]
_IS_OPERATOR = np.isin(np.arange(128), [OP, *EXACT_TOKEN_TYPES.values()])


@dataclass(slots=True)
class _Sources:
    """The files of a chunk on their way to tokens."""

    files: list[SourceFile] = field(default_factory=list)
    canonical: list[bytes] = field(default_factory=list)
    tiles: dict[int, Ints] = field(default_factory=dict)
    """By position in `files`, those whose tokens a pattern found; the others are read by the tokenizer."""
    vocabulary: Vocabulary = field(default_factory=new_vocabulary)
    """Texts of tiles."""
    statuses: list[FileStatus] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """All tokens of a chunk, in the order of files."""

    files: list[SourceFile]
    stream: TokenStream
    texts: pa.Array
    statuses: list[FileStatus]


def _project(files: Table) -> Table:
    """The files whose tokens are wanted."""
    return wanted(files, LAYER)


def _parse(chunk: Chunk) -> _Sources:
    """Decode each file and split it into tiles, where the pattern of tokens applies."""
    sources = _Sources()
    for file in chunk.files:
        _add(sources, file)
    return sources


def _normalize(sources: _Sources) -> _Tokens:
    """Tell kinds, blocks and positions of all tiled files at once; ask the tokenizer about every other file."""
    texts = new_vocabulary()
    traits = traits_of(sources.vocabulary, texts)
    scanned, accepted = scan([*sources.tiles.values()], traits, texts)
    order = [[*sources.tiles][place] for place in accepted]
    streams, statuses = [scanned], {place: succeeded(sources.files[place], LAYER) for place in order}
    for place in sorted({*range(len(sources.files))} - {*order}):
        stream, statuses[place] = _read(sources.files[place], sources.canonical[place], texts)
        order.append(place)
        streams.append(replace(stream, texts=stream.texts + len(traits.texts)))
    ordered = in_order(joined(streams), np.argsort(order))
    written = pa.concat_arrays([traits.texts, pa.array([*texts], pa.string())])
    kept = _within_limits(sources.files, ordered, statuses)
    return _Tokens(sources.files, kept, written, [*sources.statuses, *statuses.values()])


def _materialize(tokens: _Tokens) -> dict[str, pa.Table]:
    """Build the tables."""
    stream, files = tokens.stream, tokens.files
    file_ids = np.array([file.file_id for file in files], np.int64)
    places = np.repeat(np.arange(len(files)), stream.counts)
    columns = {
        "repository": repeated([file.repository for file in files], places),
        "file_id": file_ids[places],
        "token_id": row_ids(file_ids, stream.counts, TOKEN),
        "kind": coded(stream.kinds, _NAMES),
        "is_operator": _IS_OPERATOR[stream.kinds],
        "text": pa.DictionaryArray.from_arrays(stream.texts, tokens.texts),
        "bstart": stream.starts,
        "bend": stream.stops,
        "line": stream.lines,
        "end_line": stream.end_lines,
        "col_utf8": stream.columns,
    }
    return {TOKENS.name: pa.table(columns), TOKENS_STATUS.name: status_table(tokens.statuses)}


@extractor(TOKENS, TOKENS_STATUS, stages=(_project, _parse, _normalize, _materialize))
def token_stream(files: Table) -> Table:
    """The tokens of every file."""


def _add(sources: _Sources, file: SourceFile) -> None:
    """Add one file's text and tiles, or the reason why there are none."""
    if file.content is None:
        assert file.refusal is not None
        sources.statuses.append(failed(file, LAYER, file.refusal))
        return
    try:
        canonical = canonical_bytes(file.content, Encoding(file.row["encoding"], file.row["bom"]))
    except PARSER_ERRORS as error:
        sources.statuses.append(failed(file, LAYER, error))
        return
    tiles = tiles_of(canonical.decode())
    if tiles is not None:
        codes = map(sources.vocabulary.__getitem__, tiles)
        sources.tiles[len(sources.files)] = np.fromiter(codes, np.int32, len(tiles))
    sources.files.append(file)
    sources.canonical.append(canonical)


def _read(file: SourceFile, canonical: bytes, texts: Vocabulary) -> tuple[TokenStream, FileStatus]:
    """The tokens that the tokenizer tells, up to an error or a limit."""
    stream, error = read(canonical, texts)
    if error is None:
        return stream, succeeded(file, LAYER)
    if isinstance(error, Misplaced):
        return stream, limited(file, LAYER, "positions", str(error))
    status = failed(file, LAYER, error)
    if isinstance(error, TokenError):
        message, (line, column) = error.args
        status = replace(status, message=message, line=line, col=column + 1)
    return stream, status


def _within_limits(files: list[SourceFile], stream: TokenStream, statuses: dict[int, FileStatus]) -> TokenStream:
    """The stream without the files that have more tokens than there are ids."""
    too_many = stream.counts > MOST_ROWS
    for place in np.flatnonzero(too_many).tolist():
        message = f"the file has {stream.counts[place]:,} tokens and ids leave room for {MOST_ROWS:,}"
        statuses[place] = limited(files[place], LAYER, "tokens", message)
    if not too_many.any():
        return stream
    return picked(stream, np.cumsum(stream.counts) - stream.counts, np.where(too_many, 0, stream.counts))
