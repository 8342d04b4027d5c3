"""Stacking relations: rows of all, types widened, nulls allowed."""

from __future__ import annotations

import ibis
import pytest

from pipeline_assets.pipes.stacking import stack


def test_types_are_widened_and_may_hold_nulls() -> None:
    narrow = ibis.table({"id": "!int8", "name": "!string"}, name="narrow")
    wide = ibis.table({"name": "string", "id": "int64"}, name="wide")
    assert dict(stack(narrow, wide).schema().items()) == {"id": ibis.dtype("int64"), "name": ibis.dtype("string")}


def test_a_single_relation_keeps_its_rows() -> None:
    only = ibis.table({"id": "int64"}, name="only")
    assert stack(only).columns == ("id",)


def test_columns_must_be_the_same() -> None:
    with pytest.raises(Exception, match="other"):
        stack(ibis.table({"id": "int64"}, name="a"), ibis.table({"other": "int64"}, name="b"))
