"""`stable_hash`: the number it promises, in DuckDB and in Python alike."""

from __future__ import annotations

import hashlib

import duckdb
import ibis
import pytest

from pipeline_assets.inference.functions import DECLARED, MACROS, STABLE_HASH_BITS, stable_hash, stable_hash_of

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
