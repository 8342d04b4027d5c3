"""The vocabulary of the graph: complete over Python's grammar and free of contradictions."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from pipeline_assets.cpg.kinds import (
    CONTROL_STRUCTURE_TYPES,
    DESTRUCTURING,
    EDGE_KINDS,
    EDGE_PAIRS,
    NODE_KINDS,
    SYNTAX_KINDS,
    TRANSPARENT,
)
from pipeline_assets.cpg.operators import ARGUMENTS, NAMES, argument_places

MAPPED = [name for classes in SYNTAX_KINDS.values() for name in classes]
CONTEXTS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
# Kept by `ast` for old programs only: the parser never makes them.
GONE = {
    "Num",
    "Str",
    "Bytes",
    "NameConstant",
    "Ellipsis",
    "Index",
    "ExtSlice",
    "Suite",
    "AugLoad",
    "AugStore",
    "Param",
    "slice",
}
BASES = {"mod", "stmt", "expr", "pattern", "type_param", "excepthandler", "type_ignore"}


def syntax_classes() -> list[str]:
    found = [item for item in vars(ast).values() if isinstance(item, type) and issubclass(item, ast.AST)]
    nodes = {item.__name__ for item in found if not issubclass(item, CONTEXTS)}
    return sorted(nodes - GONE - BASES - {"AST", "TemplateStr", "Interpolation"})


@pytest.mark.parametrize("name", syntax_classes())
def test_every_syntax_class_has_one_place(name: str) -> None:
    assert (name in MAPPED) + (name in TRANSPARENT) == 1


def test_no_class_is_mapped_twice() -> None:
    assert [name for name, count in Counter(MAPPED).items() if count > 1] == []


def test_kinds_are_known() -> None:
    assert set(SYNTAX_KINDS) <= set(NODE_KINDS)
    assert set(EDGE_PAIRS) == set(EDGE_KINDS)
    ends = {kind for rules in EDGE_PAIRS.values() for src, dst in rules for kind in (src, *dst)}
    assert ends <= set(NODE_KINDS)


def test_every_call_class_but_calls_is_a_named_operator() -> None:
    named = {*NAMES, "BinOp", "UnaryOp", "BoolOp", "Compare", "AugAssign"}
    assert named == set(SYNTAX_KINDS["CALL"]) - {"Call"}


def test_every_operator_says_where_its_arguments_are() -> None:
    assert set(ARGUMENTS) == {*SYNTAX_KINDS["CALL"], "Return"}
    for name, fields in ARGUMENTS.items():
        assert set(fields) <= set(getattr(ast, name, ast.AST)._fields) or name == "TypeAlias"


def test_control_structures_have_a_type() -> None:
    assert set(CONTROL_STRUCTURE_TYPES) == set(SYNTAX_KINDS["CONTROL_STRUCTURE"])


def test_patterns_of_assignment_are_operators_otherwise() -> None:
    assert set(DESTRUCTURING) <= set(SYNTAX_KINDS["CALL"])


def test_places_of_a_dict_alternate() -> None:
    places = argument_places()
    keys, values = places["Dict", "keys"], places["Dict", "values"]
    assert [keys[0] + keys[1] * i for i in range(3)] == [1, 3, 5]
    assert [values[0] + values[1] * i for i in range(3)] == [2, 4, 6]


def test_the_value_of_an_assignment_is_argument_two_whatever_the_targets() -> None:
    assert argument_places()["Assign", "targets"] == (1, 0)
    assert argument_places()["Assign", "value"] == (2, 1)
