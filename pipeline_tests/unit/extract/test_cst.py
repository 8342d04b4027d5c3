"""The LibCST layer against LibCST's own metadata, against programs that are run, and on awkward texts."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

import libcst
import pytest
from libcst.metadata import (
    ByteSpanPositionProvider,
    ExpressionContextProvider,
    MetadataWrapper,
    ParentNodeProvider,
    QualifiedNameProvider,
)

from pipeline_assets.extract.producers.libcst.reader import on_deep_stack
from pipeline_assets.extract.producers.libcst.scopes import Scopes, contexts
from pipeline_assets.extract.producers.libcst.tree import Unfaithful, dropped_bytes, plant
from pipeline_assets.extract.worker import PACKAGE_ROOT
from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_tests.cst_extracting import concrete_source

PROGRAM = '''"""About it."""
import os.path as osp, collections.abc
from typing import cast, List
try:
    from json import loads
except ImportError:
    from ast import literal_eval as loads

class Base: pass

@osp.join
class C(Base, List[int], metaclass=type):
    """A class."""
    x: "List[str]" = [i for i in range(3) if i]

    async def method(self, a, /, b: int = len(()), *args, k=1, **kw) -> None:
        global g
        def inner(): return loads(b, *args, key=(yield), **kw)
        self.x, g = await inner(), lambda y: y + a
        del self.x
        with open(osp) as (f): print(f"{f.name!r:>{k}}")  # done

for unused in collections.abc.__all__:
    assert (cast("C", unused)), Base
'''

TREES = [
    PROGRAM,
    "",
    "\n",
    "x",
    "  \n# only\n",
    "if a:\n\tb\n# c\n",
    "f(\r\n  1,\r\n)\r\n",
    "(a.b\n  .c)[d:e, *f]; 'é' 'ü'",
]


@pytest.fixture
def told(tmp_path: Path):
    return lambda source: concrete_source(tmp_path, source)


@pytest.mark.parametrize("source", TREES)
def test_spans_and_parents_equal_those_of_the_providers(source: str):
    tree = plant(source.encode())
    wrapper = MetadataWrapper(tree.module, unsafe_skip_copy=True)
    spans, parents = wrapper.resolve_many([ByteSpanPositionProvider, ParentNodeProvider]).values()
    assert len(spans) == len(tree.nodes)
    for row, node in enumerate(tree.nodes):
        # the provider counts the line break that the generator takes back
        end = min(spans[node].start + spans[node].length, len(source.encode()))
        assert (tree.layout.own[0][row], tree.layout.own[1][row]) == (min(spans[node].start, end), end)
        assert row == 0 or tree.nodes[tree.layout.parents[row]] is parents[node]


def test_names_and_contexts_equal_those_of_the_providers():
    tree = plant(PROGRAM.encode())
    stored = contexts(tree)
    scopes = Scopes(tree, stored)
    wrapper = MetadataWrapper(tree.module, unsafe_skip_copy=True)
    found = wrapper.resolve_many([QualifiedNameProvider, ExpressionContextProvider])
    names, told_contexts = found[QualifiedNameProvider], found[ExpressionContextProvider]
    several = 0
    for row in tree.of(libcst.Name, libcst.Attribute, libcst.Call, libcst.FunctionDef, libcst.ClassDef):
        node = tree.nodes[row]
        expected = names.get(node, ())
        assert set(scopes.names(node)) == set(expected() if callable(expected) else expected)
        several += len(scopes.names(node)) > 1
        if node in told_contexts and told_contexts[node] is not libcst.metadata.ExpressionContext.LOAD:
            assert stored[id(node)] is told_contexts[node]
    assert several


def test_qualified_names_of_definitions_are_those_that_python_gives(told):
    source = (
        "found = []\n"
        "def note(f): found.append(f); return f\n"
        "@note\nclass A:\n"
        "    @note\n    def f(self):\n"
        "        @note\n        def g():\n"
        "            @note\n            class B:\n"
        "                @note\n                def h(self): pass\n"
        "            B\n"
        "        g()\n"
        "    @note\n    class D: pass\n"
        "def outer():\n"
        "    global leaked\n"
        "    @note\n    def leaked(): pass\n"
        "A().f()\nouter()\n"
    )
    space: dict[str, Any] = {"__name__": "sample"}
    exec(compile(source, "sample.py", "exec"), space)
    run = sorted(each.__qualname__ for each in space["found"])
    rows = [row for row in told(source)["cst_defs"] if row["decorators"]]
    assert sorted(row["qualified_names"] for row in rows) == run


def test_qualified_names_of_imports_lead_to_what_python_imports(told):
    source = (
        "import os.path\nimport collections.abc as c\nfrom json import decoder as d, loads\nfrom email import *\n"
        "seen = [os.path.join, c.Mapping, d.JSONDecoder, loads, len, d]\n"
    )
    space: dict[str, Any] = {}
    exec(compile(source, "sample.py", "exec"), space)
    wanted = ["os.path.join", "c.Mapping", "d.JSONDecoder", "loads", "len", "d"]
    rows = {row["dotted"]: row for row in told(source)["cst_refs"]}
    for dotted, value in zip(wanted, space["seen"], strict=True):
        assert _resolved(rows[dotted]["qualified_names"]) is value
    assert rows["len"]["qualified_sources"] == "BUILTIN"
    assert rows["loads"]["qualified_sources"] == "IMPORT"


def test_what_binds_outside_of_a_comprehension_or_in_a_pattern(told):
    source = "def f(z):\n    if any((y := x) for x in z): y\n    match z:\n        case [a, *b] | {'k': a, **b}: a, b\n"
    names = {row["name"]: row["qualified_names"] for row in told(source)["cst_refs"]}
    assert names["y"] == "f.<locals>.y"
    assert names["x"] == "f.<locals>.<comprehension>.x"
    assert (names["a"], names["b"]) == ("f.<locals>.a", "f.<locals>.b")
    space: dict[str, Any] = {}
    exec(source, space)
    function = space["f"]
    assert isinstance(function, FunctionType)
    assert {"y", "a", "b"} <= {*function.__code__.co_varnames, *function.__code__.co_cellvars}


def test_nodes_are_numbered_in_preorder_and_empty_whitespace_leaves_gaps(told):
    tables = told("x = f( 1 )  # c\n")
    rows = tables["cst_nodes"]
    first = rows[0]
    assert first["node_id"] == (first["file_id"] << FILE_SHIFT) + (14 << 23)
    assert first["subtree_end"] - first["node_id"] == tables["cst_manifest"][0]["nodes"]
    assert [row["node_id"] for row in rows] == sorted(row["node_id"] for row in rows)
    by_id = {row["node_id"]: row for row in rows}
    for row in rows[1:]:
        above = by_id[row["parent_id"]]
        assert above["node_id"] < row["node_id"] < row["subtree_end"] <= above["subtree_end"]
        assert above["outer_bstart"] <= row["outer_bstart"] <= row["bstart"] <= row["bend"] <= row["outer_bend"]
        assert row["depth"] == above["depth"] + 1
    assert [row["text"] for row in rows if row["kind"] == "SimpleWhitespace"] == [" ", " ", " ", " ", "  "]
    assert [(row["field"], row["text"]) for row in rows if row["kind"] == "Comment"] == [("comment", "# c")]


def test_headers_belong_to_what_is_around_a_definition(told):
    source = "def f(a=one(), b: two() = 1) -> three():\n    four()\n@five()\nclass C(six()):\n    seven()\n"
    tables = told(source)
    module = tables["cst_nodes"][0]["node_id"]
    definitions = {row["node_id"]: row["name"] for row in tables["cst_defs"]} | {module: None}
    owners = {row["callee_name"]: definitions[row["owner_id"]] for row in tables["cst_callsites"]}
    assert owners == {"one": None, "two": None, "three": None, "four": "f", "five": None, "six": None, "seven": "C"}


def test_the_facts_of_a_program(told):
    tables = told(PROGRAM)
    method = next(row for row in tables["cst_defs"] if row["name"] == "method")
    assert (method["parameters"], method["is_async"]) == ("self,a,/,b,*args,k,**kw", True)
    derived = next(row for row in tables["cst_defs"] if row["name"] == "C")
    assert (derived["bases"], derived["base_names"], derived["keywords"]) == (
        "Base,List[int]",
        "Base,typing.List",
        "metaclass",
    )
    call = next(row for row in tables["cst_callsites"] if row["callee"] == "loads")
    assert (call["qualified_names"], call["qualified_sources"]) == ("ast.literal_eval,json.loads", "IMPORT,IMPORT")
    assert (call["positional"], call["keywords"], call["stars"], call["double_stars"]) == (1, "key", 1, 1)
    assert [row["kind"] for row in tables["cst_docstrings"]] == ["module", "class"]
    kinds = {(row["kind"], row["target"], row["text"]) for row in tables["cst_types"]}
    assert kinds == {("variable", "x", '"List[str]"'), ("parameter", "b", "int"), ("return", "method", "None")}
    (decorator,) = tables["cst_decorators"]
    assert (decorator["qualified_names"], decorator["definition_id"]) == ("os.path.join", derived["node_id"])


@pytest.mark.parametrize(
    ("source", "dropped"),
    [
        (b"def f(x):\r    '''a\rb'''\r    return g(x)\r", 1),
        (b"a = 1\n\f\ndef f(x): return g(x)\n\f\fg(x)\n", 2),
        (b"try: pass\nexcept OSError :\n    g(x)\n", None),
        (b"\xef\xbb\xbfdef f(x):\r\n    return g(x)\r\n", 0),
        ("# coding: latin-1\nä = 'ö'; g(x)\n".encode("latin-1"), 0),
        ("'é𝒳'; ﬁn(x)\n".encode(), 0),
        (b"if a:\n    \f  g(x)", 0),
    ],
)
def test_spans_hold_in_every_kind_of_text(told, source: bytes, dropped: int | None):
    tables = told(source)
    text = source.decode("latin-1" if b"latin-1" in source else "utf-8-sig").encode()
    (manifest,) = tables["cst_manifest"]
    assert manifest["dropped_bytes"] == dropped or dropped is None
    assert manifest["lossless"] == (manifest["dropped_bytes"] == 0)
    for row in tables["cst_refs"]:
        assert text[row["name_bstart"] : row["name_bend"]].decode() == row["name"]
    for row in tables["cst_nodes"]:
        if row["kind"] in ("Name", "SimpleString"):
            assert text[row["bstart"] : row["bend"]].decode() == row["text"]
    assert {row["name"] for row in tables["cst_refs"]} > {"x"}


def test_what_is_lost_but_whitespace_is_refused():
    assert dropped_bytes(b"a \f b", b"a b").tolist() == [2, 3]
    for text, code in ((b"ab", b"a"), (b"a", b"ab"), (b"ab", b"ac"), (b"a ", b"a  ")):
        with pytest.raises(Unfaithful):
            dropped_bytes(text, code)


@pytest.mark.parametrize(
    ("source", "status", "limit"),
    [
        ("print 'a'\n", "failed", None),
        ("a\0b\n", "failed", None),
        ('x: "\\N{nothing}" = f(1)\n', "limited", "scopes"),
        ("x = " + "(" * 150 + "1" + ")" * 150 + "\n", "ok", None),
        ("x = " + " and ".join(["a"] * 500) + "\n", "ok", None),
    ],
)
def test_what_becomes_of_a_file(told, source: str, status: str, limit: str | None):
    tables = told(source)
    (row,) = tables["cst_status"]
    assert (row["status"], row["limit"], row["producer"]) == (status, limit, "libcst")
    assert bool(tables["cst_manifest"]) == (status != "failed")


def test_syntax_errors_have_a_place(told):
    (row,) = told("x = 1\nprint 'a'\n")["cst_status"]
    assert (row["error_class"], row["line"]) == ("ParserSyntaxError", 2)
    assert "\n" not in row["message"]


def test_long_texts_are_cut_and_say_so(told):
    tables = told(f"'''{'é' * 500}'''\nf('{'b' * 500}')\n")
    (docstring,) = tables["cst_docstrings"]
    assert (docstring["text"], docstring["text_truncated"], docstring["characters"]) == ("é" * 200, True, 500)
    (argument,) = tables["cst_call_args"]
    assert (len(argument["value"]), argument["value_truncated"]) == (200, True)
    assert argument["value_bend"] - argument["value_bstart"] == 502


def test_a_name_bound_thousands_of_times_takes_no_longer(told):
    tables = told("x = f(1)\n" * 5_000)
    assert len(tables["cst_refs"]) == 10_000
    assert {row["qualified_names"] for row in tables["cst_refs"]} == {"x", None}


def test_importing_the_extractors_does_not_import_libcst():
    program = (
        "import sys; from pipeline_assets.extract.worker import prepare; prepare(); print('libcst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE_ROOT)
    assert done.stdout == "False\n"


def test_what_fails_on_the_deep_stack_fails_here_and_settings_return():
    before = sys.getrecursionlimit()
    with pytest.raises(ZeroDivisionError):
        on_deep_stack(lambda number: 1 // number, 0)
    assert sys.getrecursionlimit() == before


def _resolved(name: str) -> object:
    """The object that a qualified name leads to."""
    module, _, rest = name.rpartition(".")
    try:
        return getattr(import_module(module), rest) if module else import_module(name)
    except (AttributeError, ImportError):
        return import_module(name)
