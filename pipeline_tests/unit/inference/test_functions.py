"""`stable_hash`: the number it promises, in DuckDB and in Python alike."""

from __future__ import annotations

import hashlib

import duckdb
import ibis
import pytest

from pipeline_assets.inference.functions import (
    DECLARED,
    MACROS,
    STABLE_HASH_BITS,
    stable_hash,
    stable_hash_of,
    stable_mix,
    stable_mix_of,
)

TEXTS = ["", "a", "CALL|1|2", "naïve", "日本", "\U0001f40d", "x" * 10_000, "\x00\n"]


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    for macro in MACROS.values():
        connection.execute(macro)
    return connection


@pytest.mark.parametrize("text", TEXTS)
def test_the_first_62_bits_of_the_md5(connection, text):
    expected = int.from_bytes(hashlib.md5(text.encode()).digest()[:8], "big") >> 2
    assert connection.execute("SELECT stable_hash(?)", [text]).fetchall() == [(expected,)]
    assert stable_hash_of(text) == expected
    assert 0 <= expected < 2**STABLE_HASH_BITS


def test_null_for_null(connection):
    assert connection.execute("SELECT stable_hash(NULL)").fetchall() == [(None,)]


def test_a_plan_calls_it_by_name(connection):
    table = ibis.table({"name": "string"}, name="names")
    connection.execute("CREATE OR REPLACE TABLE names AS SELECT 'a' AS name UNION ALL SELECT NULL")
    expr = table.mutate(id=stable_hash(ibis._.name)).order_by("name")
    assert str(expr.id.type()) == "int64"
    rows = connection.execute(str(ibis.to_sql(expr, dialect="duckdb"))).fetchall()
    assert set(rows) == {("a", stable_hash_of("a")), (None, None)}


def test_no_two_of_many_texts_meet(connection):
    sql = "SELECT count(DISTINCT stable_hash('edge|' || i)), min(stable_hash('edge|' || i)) FROM range(200000) t(i)"
    ((distinct, least),) = connection.execute(sql).fetchall()
    assert distinct == 200_000
    assert least >= 0


def test_every_declared_function_has_a_macro():
    assert set(MACROS) == DECLARED


NUMBERS = [0, 1, 2**31 - 1, 2**31, 2**61 + 12345, 2**62 - 1, 2**63 - 1]


@pytest.mark.parametrize("first", NUMBERS)
@pytest.mark.parametrize("second", NUMBERS)
def test_mixing_is_the_same_in_sql_and_python(connection, first, second):
    ((found,),) = connection.execute("SELECT stable_mix(?::BIGINT, ?::BIGINT)", [first, second]).fetchall()
    assert found == stable_mix_of(first, second)
    assert 0 <= found < 2**STABLE_HASH_BITS


def test_a_mix_of_nothing_is_nothing(connection):
    assert connection.execute("SELECT stable_mix(NULL, 1), stable_mix(1, NULL)").fetchall() == [(None, None)]


def test_a_plan_mixes_by_name(connection):
    connection.execute("CREATE OR REPLACE TABLE pairs AS SELECT 3::BIGINT AS a, 4::BIGINT AS b")
    table = ibis.table({"a": "int64", "b": "int64"}, name="pairs")
    expr = table.select(id=stable_mix(table.a, table.b))
    assert connection.execute(str(ibis.to_sql(expr, dialect="duckdb"))).fetchall() == [(stable_mix_of(3, 4),)]


def test_no_two_of_many_neighbouring_pairs_meet(connection):
    """All pairs of 1,500 neighbouring ids of one file, in both orders: the shape of a graph's edges."""
    sql = """
        WITH ids AS (SELECT (34359738367::BIGINT << 27) + i AS id FROM range(1500) r(i))
        SELECT count(DISTINCT stable_mix(a.id, b.id)) FROM ids AS a, ids AS b
    """
    assert connection.execute(sql).fetchall() == [(1500 * 1500,)]
