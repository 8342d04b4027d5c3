"""Functions that plans may call beside Ibis's own: each is one SQL macro that an engine is taught beforehand."""

from __future__ import annotations

import hashlib

import ibis
import ibis.expr.types as ir

STABLE_HASH_BITS = 62
_HALF_BITS = STABLE_HASH_BITS // 2
_HALF = (1 << _HALF_BITS) - 1
_ALL = (1 << STABLE_HASH_BITS) - 1
_PRIMES = (2147483629, 2147483587)
"""Below 2^31, so that the sum of the two products fits in 63 bits."""


def stable_hash(text: ir.StringValue) -> ir.IntegerValue:
    """The first 62 bits of the MD5 of a text's UTF-8: never negative, equal in every process, version and engine.

    Null for null: an id made from a missing part is missing too, so fill the parts or refuse their rows first.
    Among ten million texts the chance of any collision is about 1 in 100,000. Costs about 0.25 µs a row in DuckDB 1.5.
    """
    return _stable_hash(text)


def stable_hash_of(text: str) -> int:
    """What `stable_hash` gives for `text`, for tasks that compute in Python."""
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:16], 16) >> (64 - STABLE_HASH_BITS)


def stable_mix(first: ir.IntegerValue, second: ir.IntegerValue) -> ir.IntegerValue:
    """62 bits of two non-negative integers, order included, equal everywhere: ten times cheaper than a hash of text.

    Null for null. Each round multiplies the two halves of a number by primes just below 2^31 and adds the products:
    numbers that differ little stay far apart, so pairs of ids of one file do not meet, and other pairs only by chance.
    """
    return _stable_mix(first, second)


def stable_mix_of(first: int, second: int) -> int:
    """What `stable_mix` gives, for tasks that compute in Python."""
    return _round(_round(first) ^ second)


def json_text(text: ir.StringValue) -> ir.StringValue:
    """A text as JSON spells it: quoted, with what has to be escaped escaped. Null for null."""
    return _json_text(text)


MACROS: dict[str, str] = {
    "stable_hash": (
        "CREATE OR REPLACE MACRO stable_hash(text) AS "
        f"(('0x' || left(md5(text), 16))::UBIGINT >> {64 - STABLE_HASH_BITS})::BIGINT"
    ),
    "stable_mix_round": (
        "CREATE OR REPLACE MACRO stable_mix_round(number) AS "
        f"((number & {_HALF}) * {_PRIMES[0]} + ((number >> {_HALF_BITS}) & {_HALF}) * {_PRIMES[1]}) & {_ALL}"
    ),
    "stable_mix": (
        "CREATE OR REPLACE MACRO stable_mix(first, second) AS stable_mix_round(xor(stable_mix_round(first), second))"
    ),
    "json_text": "CREATE OR REPLACE MACRO json_text(text) AS CAST(to_json(text) AS VARCHAR)",
}
"""Function name → the DuckDB statement that defines it; run all of them on every connection that executes plans."""

DECLARED: frozenset[str] = frozenset(MACROS)
"""The names that plans may call; any other user-defined function is refused at compile time."""


def _signature(text: str) -> int: ...  # type: ignore[empty-body]


def _signature_of_text(text: str) -> str: ...  # type: ignore[empty-body]


_json_text = ibis.udf.scalar.builtin(_signature_of_text, name="json_text", signature=(("string",), "string"))

_stable_hash = ibis.udf.scalar.builtin(_signature, name="stable_hash", signature=(("string",), "int64"))


def _signature_of_two(first: int, second: int) -> int: ...  # type: ignore[empty-body]


_stable_mix = ibis.udf.scalar.builtin(_signature_of_two, name="stable_mix", signature=(("int64", "int64"), "int64"))


def _round(number: int) -> int:
    return ((number & _HALF) * _PRIMES[0] + ((number >> _HALF_BITS) & _HALF) * _PRIMES[1]) & _ALL
