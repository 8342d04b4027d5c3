from __future__ import annotations

import ast
import sys

import pytest

from pipeline_assets.extract.producers.ast.asdl import Field, NodeClass
from pipeline_assets.extract.producers.ast.walker import (
    FIELDS,
    KINDS,
    SINGLES,
    Flattener,
    TooManyNodes,
    collected,
    decode,
)


def _spelled(rows) -> list[tuple[int, str, str, str, int]]:
    kinds, fields, singles, indexes = decode(rows[:, 1])
    return [
        (int(parent), KINDS[kind], FIELDS[field], SINGLES[single], int(index))
        for parent, kind, field, single, index in zip(rows[:, 0], kinds, fields, singles, indexes, strict=True)
    ]


def test_rows_are_the_tree_in_preorder():
    rows = Flattener().add(ast.parse("x = [-a, b]"), 100)
    assert _spelled(rows) == [
        (-1, "Module", "", "", 0),
        (0, "Assign", "body", "", 0),
        (1, "Name", "targets", "Store", 0),
        (1, "List", "value", "Load", 0),
        (3, "UnaryOp", "elts", "USub", 0),
        (4, "Name", "operand", "Load", 0),
        (3, "Name", "elts", "Load", 1),
    ]
    assert rows[6, 2:].tolist() == [1, 9, 1, 10]


def test_what_nodes_say_is_collected_over_all_trees():
    said = Flattener()
    for source in ("import a as b, c", "f(k=1, **m)", "global d, e", "match x:\n case C(p=1): ...\n case {**r}: ..."):
        said.add(ast.parse(source), 100)
    assert said.names == ["a", "c", "f", "k", None, "m", "d,e", "x", "p", "C"]
    assert said.aliases == ["b", None, "r"]
    assert said.values == [1, 1, ..., ...]


def test_a_refused_tree_leaves_no_trace():
    said = Flattener()
    said.add(ast.parse("a < b < c"), 100)
    with pytest.raises(TooManyNodes, match="the file has 8 nodes and ids leave room for 7"):
        said.add(ast.parse("d < e < 3; 4"), 7)
    said.add(ast.parse("f > g > h"), 100)
    assert said.names == ["a", "b", "c", "f", "g", "h"]
    assert said.values == []
    assert said.chains == [(0, 2, "Lt,Lt"), (1, 2, "Gt,Gt")]


def test_trees_deeper_than_the_recursion_limit_are_walked():
    tree: ast.expr = ast.Constant(value=1, kind=None, lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)
    for _ in range(20_000):
        position = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 1}
        tree = ast.UnaryOp(op=ast.USub(), operand=tree, **position)
    limit = sys.getrecursionlimit()
    rows = Flattener().add(ast.Module(body=[ast.Expr(value=tree, **position)], type_ignores=[]), 100_000)
    assert len(rows) == 20_003
    assert sys.getrecursionlimit() == limit


def test_a_class_that_says_more_than_there_are_columns_for_is_refused_and_not_read_in_part():
    interpolation = NodeClass(ast.FormattedValue, (Field("str", "constant", ""), Field("conversion", "int", "")))
    with pytest.raises(ImportError, match="FormattedValue holds more than there are columns for"):
        collected(interpolation)
