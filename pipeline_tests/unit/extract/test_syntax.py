from __future__ import annotations

import ast
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from pipeline_assets.extract.producers.ast.asdl import node_classes
from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_tests.extracting import extract_source
from pipeline_tests.rebuilding import rebuild

Row = dict[str, Any]

since_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
since_3_13 = pytest.mark.skipif(sys.version_info < (3, 13), reason="defaults of type parameters came with Python 3.13")


@pytest.fixture
def nodes(tmp_path: Path):
    def extract(source: str) -> list[Row]:
        rows = extract_source(tmp_path, source)["ast_nodes"].to_pylist()
        assert rows, "the source was refused"
        return rows

    return extract


SAMPLES = {
    "calls": "f(1, *a, k=2, **m)\n",
    "displays": "[1, *a]; {1, 2}; {**m, 'k': 1, **n}; (); (1,)\n",
    "parameters": "@a\ndef f(a, /, b: int = 1, *c: str, d, e=2, f: int = 3, **g) -> None: ...\n",
    "lambdas": "lambda a, *b, c=1, **d: (yield)\n",
    "classes": "@decorated\n@also(1)\nclass C(A, B, metaclass=M):\n    x: int\n    (y): str = 1\n",
    "comparisons": "a < b <= c is not d not in e\nnot (a == b)\n",
    "generators": "def f():\n    yield a if b else c\n    yield from d\n    return e\n",
    "operators": "-a + ~b @ c ** d // e << f | g & h ^ i % j\na and b or c and d\na **= b\n",
    "strings": "u'd'\nb'c'\n'a' 'b'\n'\\ud800\\x00\\n'\n",
    "numbers": "1; 1.5; 1e400; -1e400j; 2j; 0xff; 10_000; True; None; ...; 0.0; 1e-320\n",
    "odd strings": r"""'\udc80\ud800\U0001F600'; b'\xff\x00'; rb'\d'; 'é'; u'' 'x'; ''; '\
';
""",
    "f-strings": "f'{a!r:>{w}} {b} {{}} {c=}'; f'é{a}{b!s}{c!a}' 'd' f'{e:{f}.{g}}'; f'{(lambda: 1)()}'\n",
    "slices": "a[1:2, ::3, ...]; a[b]\n",
    "imports": "import a.b as c, d\nfrom . import e\nfrom ..f import g as h\nfrom i import *\n",
    "loops": "for a in b:\n    break\nelse:\n    pass\nwhile c:\n    continue\nelse: 1\n",
    "branches": "if d:\n    pass\nelif e:\n    pass\nelse: 1\n",
    "async": (
        "@a\n@b\nasync def f() -> c:\n"
        "    async for a in b: await c\n    else: 1\n"
        "    async with d as e: [x async for x in y]\n"
    ),
    "try": "try:\n    raise A from b\nexcept (A, B) as e:\n    raise\nexcept:\n    pass\nelse: 1\nfinally: 2\n",
    "groups": "try: 1\nexcept* A as e: 2\nexcept* (B, C): 3\nelse: 4\nfinally: 5\n",
    "scopes": "def f():\n    global a, b\n    def g():\n        nonlocal_ = 1\n        def h(): nonlocal nonlocal_\n",
    "comprehensions": "[a for b in c if d if e for f in g]; {a: b for a, b in c}; {a for a in b}; (a for a in b)\n",
    "walrus": "(a := 1); del a, b[c], d.e; assert a, b\nwith a, b as c: pass\n",
    "match": (
        "match a:\n"
        "    case 1 | -2 | 'x' | None | True: pass\n"
        "    case [b, *c, _] | (b, *_, c): pass\n"
        "    case {'k': v, **rest}: pass\n"
        "    case C(d, e=f) as g if g: pass\n"
        "    case a.B: pass\n"
        "    case _: pass\n"
    ),
}
GENERIC = {
    "type parameters": (
        "def f[T: (int, str), *Ts, **P](a: T) -> T: ...\nclass C[T](B[T]): ...\n"
        "async def g[T](): ...\ntype X[T] = list[T]\n"
    ),
}
NEWEST = {"defaults": "class C[T = int, *Ts = *tuple[int], **P = [int]]: ...\n"}
TYPE_PARAMETERS = (ast.type_param,) if sys.version_info >= (3, 12) else ()


@pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
def test_the_tree_can_be_built_again(nodes, source: str):
    assert _dump(rebuild(nodes(source), _line_starts(source))) == _dump(ast.parse(source))


@since_3_12
@pytest.mark.parametrize("source", GENERIC.values(), ids=GENERIC)
def test_the_tree_with_type_parameters_can_be_built_again(nodes, source: str):
    assert _dump(rebuild(nodes(source), _line_starts(source))) == _dump(ast.parse(source))


@since_3_13
@pytest.mark.parametrize("source", NEWEST.values(), ids=NEWEST)
def test_the_tree_with_defaults_of_type_parameters_can_be_built_again(nodes, source: str):
    assert _dump(rebuild(nodes(source), _line_starts(source))) == _dump(ast.parse(source))


@since_3_13
def test_defaults_of_type_parameters_are_nodes(nodes):
    assert _texts(nodes("class C[T = int, *Ts = *tuple[int], **P = [int]]: ...\n"), "Name", "default_value") == ["int"]


TYPE_COMMENTS = {"type_comment", "type_ignores", "lineno", "tag"}
"""Fields that the parser fills only when it is asked to read type comments; they are tokens like other comments."""


def test_the_samples_fill_every_field_of_every_class_that_python_parses():
    samples = [*SAMPLES.values()]
    samples += GENERIC.values() if sys.version_info >= (3, 12) else ()
    samples += NEWEST.values() if sys.version_info >= (3, 13) else ()
    parsed = [node for source in samples for node in ast.walk(ast.parse(source))]
    filled = {(type(n).__name__, name) for n in parsed for name, value in ast.iter_fields(n) if value not in (None, [])}
    grammar = {(node.name, field.name) for node in node_classes() for field in node.fields}
    assert {each for each in grammar if each[1] not in TYPE_COMMENTS} - filled == set()


def test_every_class_and_field_of_the_interpreters_grammar_is_known():
    kinds = (ast.mod, ast.stmt, ast.expr, ast.pattern, ast.excepthandler, ast.type_ignore, *TYPE_PARAMETERS)
    others = {ast.arguments, ast.arg, ast.keyword, ast.alias, ast.withitem, ast.match_case, ast.comprehension}
    left_out = (ast.Expression, ast.Interactive, ast.FunctionType)
    found = {cls for kind in kinds for cls in kind.__subclasses__() if cls not in left_out and _is_real(cls)}
    assert {node.type for node in node_classes()} == found | others
    for node in node_classes():
        assert tuple(field.name for field in node.fields) == node.type._fields


def test_type_comments_are_left_to_the_tokens(nodes):
    source = "x = []  # type: list[int]\ny = 1  # type: ignore\n"
    assert _dump(rebuild(nodes(source), _line_starts(source))) == _dump(ast.parse(source))


def test_ids_are_the_preorder_and_subtrees_are_ranges(nodes):
    rows = nodes("def f(a=g(1)):\n    return a\nx = 2\n")
    by_id = {row["node_id"]: row for row in rows}
    first = rows[0]["node_id"]
    assert first == rows[0]["file_id"] << FILE_SHIFT
    assert [row["node_id"] for row in rows] == list(range(first, first + len(rows)))
    for row in rows:
        inside = {other["node_id"] for other in rows if row["node_id"] <= other["node_id"] < row["subtree_end"]}
        assert inside == {other["node_id"] for other in rows if row["node_id"] in _ancestors(other, by_id)}
        assert row["depth"] == len(_ancestors(row, by_id)) - 1


# one line per scope; each word of `inside` stands in the scope that its line opens, each of `outside` around it
SCOPE_CASES = {
    "function": ("@deco\ndef s(p: ann = dflt, *a: ann2, k=dflt2) -> ret:\n    body\n", "FunctionDef"),
    "async function": ("@deco\nasync def s(p: ann = dflt, *a: ann2, k=dflt2) -> ret:\n    body\n", "AsyncFunctionDef"),
    "lambda": ("lambda p=dflt, *a, k=dflt2: body\n", "Lambda"),
    "class": ("@deco\nclass s(base, metaclass=meta):\n    body\n", "ClassDef"),
    "list": ("[body for p in first if body2 for a in body3]\n", "ListComp"),
    "set": ("{body for p in first if body2 for a in body3}\n", "SetComp"),
    "dict": ("{body: body4 for p in first if body2 for a in body3}\n", "DictComp"),
    "generator": ("(body for p in first if body2 for a in body3)\n", "GeneratorExp"),
}
INSIDE = {"body", "body2", "body3", "body4", "p", "a", "k"}


@pytest.mark.parametrize(("source", "kind"), SCOPE_CASES.values(), ids=SCOPE_CASES)
def test_what_a_scope_holds_and_what_is_evaluated_around_it(nodes, source: str, kind: str):
    rows = nodes(source)
    module = rows[0]["node_id"]
    opener = next(row for row in rows if row["kind"] == kind)
    assert opener["scope_node"] == module
    for row in rows:
        if row["kind"] in ("Name", "arg"):
            assert row["scope_node"] == (opener["node_id"] if row["name"] in INSIDE else module), row["name"]


def test_scopes_nest(nodes):
    rows = nodes("class A:\n    def f(self, x=default):\n        return [y for y in (lambda: inner)()]\n")
    scope = {row["name"]: row["scope_node"] for row in rows if row["kind"] == "Name"}
    opener = {row["kind"]: row["node_id"] for row in rows}
    assert scope == {"default": opener["ClassDef"], "y": opener["ListComp"], "inner": opener["Lambda"]}
    # the first iterable is evaluated around the comprehension, and so the lambda in it is too
    assert next(row for row in rows if row["kind"] == "Lambda")["scope_node"] == opener["FunctionDef"]


@since_3_12
def test_type_parameters_belong_to_the_scope_around_the_definition(nodes):
    rows = nodes("def outer():\n    def s[T: bound](p: T) -> T: body\n")
    functions = {row["name"]: row["node_id"] for row in rows if row["kind"] == "FunctionDef"}
    scope = {row["name"]: row["scope_node"] for row in rows if row["kind"] in ("Name", "TypeVar")}
    assert scope == {"T": functions["outer"], "bound": functions["outer"], "body": functions["s"]}


NAME_CASES = {
    "spaces": ("def  f(): pass\n", "FunctionDef", "f"),
    "continued": ("def \\\n  f(): pass\n", "FunctionDef", "f"),
    "async": ("async   def f(): pass\n", "AsyncFunctionDef", "f"),
    "decorated": ("@deco\nclass   C: pass\n", "ClassDef", "C"),
    "attribute on another line": ("(a\n  . # here\n  b)\n", "Attribute", "b"),
    "attribute of a longer one": ("a.bb.b\n", "Attribute", "b"),
    "parameter": ("def f(*, name: int = 1): pass\n", "arg", "name"),
    "keyword": ("f(key = 1)\n", "keyword", "key"),
    "alias": ("import a.b as c\n", "alias", "a.b"),
    "star": ("from a import *\n", "alias", "*"),
    "module": ("from a.b import c\n", "ImportFrom", "a.b"),
    "relative": ("from ..a import c\n", "ImportFrom", "a"),
    "relative with spaces": ("from . .. a import c\n", "ImportFrom", "a"),
    "ellipsis": ("from ...a import c\n", "ImportFrom", "a"),
    "handler": ("try: pass\nexcept E as e: pass\n", "ExceptHandler", "e"),
    "handler in parentheses": ("try: pass\nexcept (\n  E  # as x\n) as e: pass\n", "ExceptHandler", "e"),
    "group": ("try: pass\nexcept* (A, B)as e: pass\n", "ExceptHandler", "e"),
    "capture": ("match a:\n  case b: pass\n", "MatchAs", "b"),
    "as": ("match a:\n  case (1) as b: pass\n", "MatchAs", "b"),
    "rest": ("match a:\n  case [* b]: pass\n", "MatchStar", "b"),
    "compatibility characters": ("ﬁn = 1\n", "Name", "fin"),
    "compatibility attribute": ("a.ﬁn\n", "Attribute", "fin"),
    "compatibility function": ("def ﬁn(): pass\n", "FunctionDef", "fin"),
}


@pytest.mark.parametrize(("source", "kind", "name"), NAME_CASES.values(), ids=NAME_CASES)
def test_name_tokens(nodes, source: str, kind: str, name: str):
    row = next(row for row in nodes(source) if row["kind"] == kind and row["name"] == name)
    token = source.encode()[row["name_bstart"] : row["name_bend"]].decode()
    assert token == name.replace("fin", "ﬁn")
    assert row["name_bstart"] == len(source[: source.rindex(token)].encode())


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("global a, b\n", "Global"),
        ("import a . b\n", "alias"),
        ("from a . b import c\n", "ImportFrom"),
        ("match a:\n  case C(x=1, y=2): pass\n", "MatchClass"),
        ("f(**a)\n", "keyword"),
        ("try: pass\nexcept E: pass\n", "ExceptHandler"),
        ("from . import a\n", "ImportFrom"),
    ],
)
def test_what_is_not_one_token_has_no_name_span(nodes, source: str, kind: str):
    row = next(row for row in nodes(source) if row["kind"] == kind)
    assert (row["name_bstart"], row["name_bend"]) == (None, None)


def test_spans_and_lines_with_every_kind_of_newline(nodes):
    source = "a = 1\r\nb = '''x\ry'''\rc = 3\n"
    spans = {row["name"]: _text(row, source) for row in nodes(source) if row["kind"] == "Name"}
    assert spans == {"a": "a", "b": "b", "c": "c"}
    text = next(row for row in nodes(source) if row["value_kind"] == "str")
    assert (text["line"], text["end_line"], _text(text, source)) == (2, 3, "'''x\ry'''")


def test_the_module_is_the_whole_file(nodes):
    source = "\n# é\nx = 1\n"
    module = nodes(source)[0]
    assert (module["kind"], module["bstart"], module["bend"]) == ("Module", 0, len(source.encode()))
    assert (module["line"], module["end_line"], module["parent_id"]) == (1, 3, None)


def test_indexes_count_holes(nodes):
    rows = nodes("{**a, 'k': b}\n")
    assert [row["ordinal"] for row in rows if row["field"] == "keys"] == [1]
    assert [row["ordinal"] for row in rows if row["field"] == "values"] == [0, 1]
    assert [row["ordinal"] for row in rows if row["kind"] == "Dict"] == [None]  # the value of a statement


def test_values_are_source_and_say_their_kind(nodes):
    rows = nodes(
        "'a'; u'b'; b'c'; 1; 1.5; 2j; True; None; ...; 1e400\nfrom .. import a\nx: int\n[i async for i in j]\n"
    )
    assert [(row["value"], row["value_kind"]) for row in rows if row["value"] is not None] == [
        ("'a'", "str"),
        ("u'b'", "str"),
        ("b'c'", "bytes"),
        ("1", "int"),
        ("1.5", "float"),
        ("2j", "complex"),
        ("True", "bool"),
        ("None", "none"),
        ("Ellipsis", "ellipsis"),
        ("1e309", "float"),
        ("2", "level"),
        ("1", "simple"),
        ("1", "is_async"),
    ]


def test_a_number_too_long_for_decimal_is_kept_in_hexadecimal(nodes):
    source = "0x" + "f" * 5000
    (row,) = [row for row in nodes(source) if row["kind"] == "Constant"]
    assert (row["value"], row["value_kind"]) == (source, "int")


def test_operators_and_contexts_are_columns(nodes):
    rows = nodes("a < b <= c\nx = -y + z\ndel w\n")
    assert [(row["kind"], row["ctx"]) for row in rows if row["ctx"] not in (None, "Load")] == [
        ("Compare", "Lt,LtE"),
        ("Name", "Store"),
        ("BinOp", "Add"),
        ("UnaryOp", "USub"),
        ("Name", "Del"),
    ]


def test_a_misplaced_node_takes_the_span_above_and_the_file_says_so(tmp_path: Path):
    # CPython 3.11 gives a format specification the place of its own string, and what it holds that of all the strings
    tables = extract_source(tmp_path, "x = (f'{a}'\n     f'{a:>{b}}')\n")
    rows = {row["node_id"]: row for row in tables["ast_nodes"].to_pylist()}
    for row in rows.values():
        above = rows.get(row["parent_id"], row)
        assert row["bstart"] is None or above["bstart"] <= row["bstart"] <= row["bend"] <= above["bend"]
    (status,) = tables["ast_status"].to_pylist()
    misplaced = sys.version_info < (3, 12)
    assert (status["status"], status["limit"]) == (("limited", "positions") if misplaced else ("ok", None))


def _dump(tree: ast.AST) -> str:
    return ast.dump(tree, include_attributes=True)


def _line_starts(source: str) -> list[int]:
    return [0, *accumulate(len(line.encode()) for line in source.splitlines(keepends=True))]


def _is_real(cls: type[ast.AST]) -> bool:
    """Whether a class is CPython's own, and not a deprecated name that `ast` keeps for what is now a constant."""
    return " ".join((cls.__doc__ or "").split()).startswith(cls.__name__) and issubclass(cls, ast.AST)


def _ancestors(row: Row, by_id: dict[int, Row]) -> set[int]:
    """The node and all above it."""
    found = {row["node_id"]}
    while row["parent_id"] is not None:
        row = by_id[row["parent_id"]]
        found.add(row["node_id"])
    return found


def _text(row: Row, source: str) -> str:
    return source.encode()[row["bstart"] : row["bend"]].decode()


def _texts(rows: list[Row], kind: str, field: str) -> list[str]:
    return [row["name"] for row in rows if row["kind"] == kind and row["field"] == field]


@pytest.mark.parametrize("source", ["", "# nothing\n", "def f(:\n", "pass\n"])
def test_a_chunk_without_names_or_without_trees_has_tables_all_the_same(tmp_path: Path, source: str):
    tables = extract_source(tmp_path, source)
    kinds = [row["kind"] for row in tables["ast_nodes"].to_pylist()]
    assert kinds == {"def f(:\n": [], "pass\n": ["Module", "Pass"]}.get(source, ["Module"])
    assert tables["ast_status"].num_rows == 1
    assert tables["scopes"].num_rows == (0 if source == "def f(:\n" else 1)
