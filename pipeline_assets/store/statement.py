"""Which SQL may be run: one statement that only reads, calling no table function that reaches outside or changes state.

The text is split by DuckDB's own tokenizer. It errs on the strict side: a name followed by `(` counts as a call.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

import duckdb

from pipeline_assets.store.errors import QueryFailed, QueryRefused

_READING = frozenset(
    (
        "select",
        "with",
        "from",
        "values",
        "table",
        "describe",
        "desc",
        "show",
        "explain",
        "summarize",
        "pivot",
        "unpivot",
    )
)
_HARMLESS_TABLE_FUNCTIONS = frozenset(
    (
        *("range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_types", "duckdb_views"),
        *("pragma_table_info", "pragma_version", "icu_calendar_names", "pg_timezone_names"),
    )
)
"""The others open files, change settings in spite of the lock, run SQL hidden in text, or take raw pointers."""

_TOKEN = re.compile(
    r"""  "(?P<quoted>(?:[^"]|"")*)"
        | [eE]?'(?P<string>(?:[^']|'')*)'
        | \$(?P<tag>\w*)\$(?P<dollar>.*?)\$(?P=tag)\$
        | (?P<word>[^\W\d][\w$]*)""",
    re.VERBOSE | re.DOTALL,
)
_OUTSIDE = "the query may only read the warehouse's tables"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its text as the name it stands for (lower case, unquoted) and where it begins in the text."""

    name: str
    start: int


def check_statement(sql: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Let exactly one reading statement through; `QueryRefused` says what is wrong with anything else."""
    if any("\ud800" <= char <= "\udfff" for char in sql):
        raise QueryRefused(sql, "the SQL is not valid Unicode text")
    tokens = _without_end(_tokens(sql))
    if not tokens:
        raise QueryRefused(sql, "there is no SQL statement; try `SHOW TABLES`")
    if any(token.name == ";" for token in tokens):
        raise QueryRefused(sql, "there is more than one SQL statement; send one at a time")
    _check_kind(sql, tokens)
    _check_calls(sql, tokens, connection)


def names_in(sql: str) -> set[str]:
    """Every word and every string of a text, in lower case: all that could name a view."""
    return {token.name for token in _tokens(sql)}


def _check_kind(sql: str, tokens: list[Token]) -> None:
    first = next((token for token in tokens if token.name != "("), tokens[0])
    if first.name not in _READING:
        raise QueryRefused(sql, f"{first.name.upper()} is not a reading statement; {_OUTSIDE}")
    try:
        kinds = [statement.type.name for statement in duckdb.extract_statements(sql)]
    except duckdb.Error as error:
        raise QueryFailed(sql, str(error)) from error
    if first.name == "explain":
        _check_explained(sql, tokens)
    elif kinds != ["SELECT"] and not _is_pivot(kinds, tokens):
        raise QueryRefused(sql, f"{kinds[-1]} is not a reading statement; {_OUTSIDE}")


def _check_explained(sql: str, tokens: list[Token]) -> None:
    """EXPLAIN ANALYZE runs what it explains, so that is held to the same rule."""
    rest = tokens[1:]
    if rest[0].name == "(" and rest[1].name in ("format", "analyze"):
        rest = rest[[token.name for token in rest].index(")") + 1 :]
    elif rest[0].name == "analyze":
        rest = rest[1:]
    if not rest or rest[0].name == "explain":
        raise QueryRefused(sql, "there is nothing to explain")
    _check_kind(_readable(sql).encode()[rest[0].start :].decode(), rest)


def _is_pivot(kinds: list[str], tokens: list[Token]) -> bool:
    """A PIVOT without a list of values is two statements to DuckDB: a temporary type of the values, then the SELECT."""
    return kinds == ["CREATE", "SELECT"] and any(token.name in ("pivot", "pivot_wider") for token in tokens)


def _check_calls(sql: str, tokens: list[Token], connection: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type = 'table'"
    refused = {name for (name,) in connection.execute(query).fetchall()} - _HARMLESS_TABLE_FUNCTIONS
    for token, following in pairwise(tokens):
        if following.name == "(" and token.name in refused:
            raise QueryRefused(sql, f"the table function {token.name} is not allowed; {_OUTSIDE}")


def _without_end(tokens: list[Token]) -> list[Token]:
    end = len(tokens)
    while end and tokens[end - 1].name == ";":
        end -= 1
    return tokens[:end]


def _tokens(sql: str) -> list[Token]:
    text = _readable(sql).encode()
    starts = [start for start, _ in duckdb.tokenize(text.decode())]
    return [Token(_name(text[start:end].decode()), start) for start, end in pairwise([*starts, len(text)])]


def _readable(sql: str) -> str:
    """`sql` with exotic spaces as plain ones: DuckDB's parser takes them for spaces, its tokenizer for letters."""
    return "".join(" " if not char.isascii() and unicodedata.category(char)[0] in "ZC" else char for char in sql)


def _name(token: str) -> str:
    """The name or text that a token stands for, without quotes and without the comments that may follow it."""
    found = _TOKEN.match(token)
    if not found:
        return token[:1]
    text = next(group for group in found.group("quoted", "string", "dollar", "word") if group is not None)
    return text.replace('""', '"').replace("''", "'").lower()
