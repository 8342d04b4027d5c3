"""What Pyrefly reports, held against what CPython does with the same programs, and against the syntax tree."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline_assets.extract.producers.pyrefly.contracts import CONTRACTS
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.columns import arrow_schema, stored_columns
from pipeline_tests.extracting import run, write_files
from pipeline_tests.pyrefly_running import Analysed, analyse, projected, pyrefly_tables

SHAPES = """\
class Shape:
    sides = 0

    def __init__(self, name):
        self.name = name

    def area(self):
        return 0.0

    @classmethod
    def unit(cls):
        return cls("unit")

    @staticmethod
    def origin():
        return (0, 0)

    @property
    def label(self):
        return self.name.upper()


class Square(Shape):
    def __init__(self, side: int):
        super().__init__("square")
        self.side = side

    def area(self):
        return self.side * 1.0


class Marked:
    pass


class MarkedSquare(Marked, Square):
    def area(self):
        return super().area()
"""

PROGRAM = """\
from shapes import MarkedSquare, Shape, Square


def helper(value: int) -> str:
    return str(value)


def counted():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


def run():
    square = Square(3)
    square.area()
    Shape.unit()
    Shape.origin()
    MarkedSquare(2).area()
    helper(4)
    step = counted()
    step()
    return [helper(each) for each in (1, 2)]


def types():
    whole = 1
    text = "é"
    real = 1.5
    flag = True
    data = b""
    nothing = None
    square = Square(whole)
    print(whole, text, real, flag, data, nothing, square)
"""

EXOTIC: dict[str, bytes] = {
    "characters.py": "é = 'ü'; abs(1); y = '😀'; abs(len('é'))\nz = '\u2028\x0b\x1c\x85'; abs(2)\n".encode(),
    "tabs.py": "def f(x):\n\tif x:\n\t\té = [\t'😀', abs(x)]\n\t\treturn abs(x)\n".encode(),
    "form_feeds.py": b"\x0cdef f(x):\n\x0c    return abs(x)\n\x0cabs(3)\n",
    "returns.py": b"def f(x):\r    return abs(x)\rabs(4)\r",
    "pairs.py": b"def f(x):\r\n    return abs(x)\r\nabs(\r\n  5)\r\n",
    "mixed.py": b"abs(1)\rabs(2)\nabs(3)\r\nabs(4)\n\rabs(5)",
    "marked.py": b"\xef\xbb\xbfabs(1)\nabs(2)\n",
    "latin.py": "# coding: latin-1\nx = 'é'; abs(ord('é'))\n".encode("latin-1"),
    "cyrillic.py": "# coding: koi8-r\nx = 'жук'; abs(len('жук'))\n".encode("koi8-r"),
    "seven.py": b"# coding: utf-7\nx = '+AOk-'; abs(7)\n",
}

NAMED: dict[str, bytes] = {
    "pkg/__init__.py": b"from . import inner\n",
    "pkg/inner.py": b"def g(): return 1\n",
    "pkg.py": b"def h(): return 2\nh()\n",
    "both.py": b"def g(): return 1\ng()\n",
    "both.pyi": b"def g() -> int: ...\n",
    "namespace/deep/leaf.py": b"from .other import q\nq()\n",
    "namespace/deep/other.py": b"def q(): return 3\n",
    "0001_initial.py": b"def q(): return 4\nq()\n",
    "with-dash.py": b"def q(): return 4\nq()\n",
    "dotted.name.py": b"def q(): return 5\nq()\n",
    ".hidden.py": b"def q(): return 6\nq()\n",
    ".folder/leaf.py": b"def q(): return 7\nq()\n",
    "window.pyw": b"def q(): return 8\nq()\n",
    "new\nline.py": b"def q(): return 9\nq()\n",
    "back\\slash.py": b"def q(): return 9\nq()\n",
    "star*[a]{b}?.py": b"def q(): return 9\nq()\n",
    "ünïcode.py": b"def q(): return 9\nq()\n",
    "quo\"te'/q.py": b"def q(): return 9\nq()\n",
    "src/lib/__init__.py": b"",
    "src/lib/core.py": b"def deep(): return 1\n",
    "tests/test_core.py": b"from lib.core import deep\ndeep()\n",
    "typing.py": b"x = 1\n",
    "broken.py": b"abs(1)\nprint 'x'\nabs(2)\n",
    "null.py": b"abs(1)\nx = 1\x00\n",
    "empty.py": b"",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    contents = {"shapes.py": SHAPES, "program.py": PROGRAM} | EXOTIC
    return analyse(tmp_path_factory.mktemp("programs"), contents)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Analysed:
    folder = tmp_path_factory.mktemp("named")
    repository = write_files(folder / "repository", NAMED)
    Path(os.fsdecode(os.fsencode(repository) + b"/caf\xe9.py")).write_bytes(b"def q(): return 10\nq()\n")
    return Analysed(repository, folder / "warehouse")


def test_tables_are_on_their_contracts(found):
    for contract in CONTRACTS:
        table = found.tables[contract.name]
        assert tuple(table.column_names) == contract.names
        table.cast(arrow_schema(stored_columns(contract)))
        for column in contract.columns:
            assert column.nullable or not table[column.name].null_count, (contract.name, column.name)
            allowed = set(column.values) or set(table[column.name].to_pylist())
            assert set(table[column.name].to_pylist()) - {None} <= allowed
        keys = list(zip(*(table[name].to_pylist() for name in contract.key), strict=True))
        assert keys == sorted(set(keys))


def test_every_file_is_there_with_its_producer(found):
    statuses = found.statuses()
    assert {row["status"] for row in statuses.values()} == {"ok"}
    assert {(row["producer"], row["layer"]) for row in statuses.values()} == {("pyrefly", "pyrefly")}
    assert {row["producer_version"] for row in statuses.values()} == {"1.4.1"}


def test_call_targets_are_those_that_cpython_calls(found):
    """The interpreter's own trace of a run: pairs of calling line and called function, without what C calls."""
    called = _trace(found.folder)
    rows = [row for row in found.rows("calls", "program.py", site="call") if row["caller"] == "program.run"]
    lines = _line_numbers(PROGRAM)
    named = {
        (lines(row["text"]), target) for row in rows if (target := row["target"]) and _is_ours(row["target_module"])
    }
    assert called <= named
    assert {target for _, target in named} <= {target for _, target in called} | {"shapes.Shape.__init__"}


def test_calls_say_how_they_are_made(found):
    by_text = {row["text"]: row for row in found.rows("calls", "program.py", role="call", origin=None)}
    method, unit, origin = by_text["square.area()"], by_text["Shape.unit()"], by_text["Shape.origin()"]
    assert (method["receiver"], method["implicit_receiver"]) == ("shapes.Square", "object")
    assert (method["is_overridable"], method["is_class_method"]) == (True, False)  # MarkedSquare overrides it
    assert (unit["is_class_method"], unit["implicit_receiver"], unit["receiver"]) == (True, "class", "shapes.Shape")
    assert (origin["is_static_method"], origin["implicit_receiver"]) == (True, None)
    assert by_text["helper(4)"]["target_kind"] == "function"
    made = {row["role"]: row["target"] for row in found.rows("calls", "program.py", text="Square(3)", site="call")}
    assert made == {"init": "shapes.Square.__init__", "new": "builtins.object.__new__"}


def test_targets_in_the_repository_have_the_place_of_their_names(found):
    rows = [
        row for row in found.rows("calls") if row["target_file_id"] is not None and row["target_kind"] == "function"
    ]
    assert len(rows) > 10
    for row in rows:
        text = found.text(row["target_file_id"], row["target_bstart"], row["target_bend"])
        assert text == row["target"].rpartition(".")[2]
    elsewhere = [row for row in found.rows("calls", role="call") if row["target_module"] == "builtins"]
    assert elsewhere
    assert all(row["target_file_id"] is row["target_bstart"] is None for row in elsewhere)


def test_types_are_those_that_values_have(found):
    seen = _python(
        found.folder,
        """
        import program
        seen = []
        program.print = lambda *values: seen.extend(map(type, values))
        program.types()
        print(*(f"{each.__module__}.{each.__qualname__}" for each in seen))
        """,
    ).split()
    call = found.rows("calls", "program.py", role="call", target="builtins.print")[0]
    inside = [
        row
        for row in found.rows("types", "program.py", role="expression")
        if call["bstart"] < row["bstart"] and row["bend"] < call["bend"]
    ]
    reported = [
        row["classes"] or f"builtins.{row['type']}Type" for row in sorted(inside, key=lambda row: row["bstart"])
    ]
    assert reported == seen


def test_types_of_what_is_declared(found):
    helper = {row["role"]: row for row in found.rows("types", "program.py", owner="program.helper")}
    assert (helper["parameter"]["name"], helper["parameter"]["type"]) == ("value", "int")
    assert (helper["parameter"]["kind"], helper["parameter"]["is_required"]) == ("positional", True)
    assert (helper["return"]["type"], helper["return"]["text"]) == ("str", "helper")
    fields = {row["name"]: row for row in found.rows("types", "shapes.py", role="field")}
    assert (fields["side"]["owner"], fields["side"]["type"], fields["side"]["scalar"]) == (
        "shapes.Square",
        "int",
        "int",
    )
    assert fields["sides"]["text"] == "sides"


def test_method_resolution_orders_are_cpythons(found):
    told = _python(
        found.folder,
        """
        import shapes
        for each in vars(shapes).values():
            if isinstance(each, type):
                print(*(f"shapes.{base.__name__}" for base in each.__mro__[:-1]))
        """,
    )
    orders = {tuple(line.split()) for line in told.splitlines()}
    rows = found.rows("classes", "shapes.py")
    assert {tuple(filter(None, (row["class"], *(row["mro"] or "").split(",")))) for row in rows} == orders
    assert all(row["text"] == row["class"].rpartition(".")[2] for row in rows)


def test_overrides(found):
    pairs = {(row["method"], row["base"]) for row in found.rows("overrides", "shapes.py")}
    assert pairs == {
        ("shapes.Shape.__init__", "builtins.object.__init__"),
        ("shapes.Square.__init__", "shapes.Shape.__init__"),
        ("shapes.Square.area", "shapes.Shape.area"),
        ("shapes.MarkedSquare.area", "shapes.Square.area"),
    }


def test_captured_variables_are_the_free_variables(found):
    rows = found.rows("captures", "program.py")
    assert {(row["owner"], row["name"], row["function"]) for row in rows} == {
        ("program.counted", "count", "program.counted.<locals>.step")
    }
    assert Counter(row["text"] for row in rows if row["bstart"] is not None) == {"count": 2}
    assert sum(row["bstart"] is None for row in rows) == 1


@pytest.mark.parametrize("path", [*EXOTIC, "shapes.py", "program.py"])
def test_spans_are_those_of_the_syntax_tree(found, path):
    """Whatever the encoding, the line breaks and the characters before it."""
    nodes = run("syntax", found.tree, found.files)["ast_nodes"].to_pylist()
    file_id = found.rows("calls", path)[0]["file_id"]
    spans = {kind: _spans(nodes, file_id, kind) for kind in ("Call", "Name", "Attribute")}
    calls = {(row["bstart"], row["bend"]) for row in found.rows("calls", path, site="call", origin=None)}
    assert calls == spans["Call"]
    for site, kind in (("name", "Name"), ("attribute", "Attribute")):
        assert {(row["bstart"], row["bend"]) for row in found.rows("calls", path, site=site, origin=None)} <= spans[
            kind
        ]
    expressions = {(row["bstart"], row["bend"]) for row in found.rows("types", path, role="expression")}
    assert expressions
    assert expressions <= {(node["bstart"], node["bend"]) for node in nodes if node["file_id"] == file_id}


def test_every_file_has_a_status_whatever_it_is_called(named):
    statuses = named.statuses()
    assert {path for path, row in statuses.items() if row["status"] != "ok"} == {"broken.py", "null.py"}
    assert any("\\xe9" in path for path in statuses)
    broken = statuses["broken.py"]
    assert (broken["status"], broken["limit"], broken["line"]) == ("limited", "syntax", 2)
    assert "must be separated by newlines" in broken["message"]
    assert {row["text"] for row in named.rows("calls", "broken.py", role="call", site="call")} == {"abs(1)", "abs(2)"}


def test_every_file_has_facts_of_its_own(named):
    sources = {
        path: content for path, content in NAMED.items() if content.endswith(b"q()\n") and b"import" not in content
    }
    for path in sources:
        shown = path.replace("\\", "\\\\")
        rows = named.rows("calls", shown, role="call")
        assert [row["text"] for row in rows] == ["q()"], path
        assert rows[0]["target_file_id"] == rows[0]["file_id"]
        assert rows[0]["caller_kind"] == "module"
    functions = {
        path: {row["function"] for row in named.rows("functions", path)} for path in ("pkg.py", "pkg/inner.py")
    }
    assert functions == {"pkg.py": {"pkg.h"}, "pkg/inner.py": {"pkg.inner.g"}}
    assert {row["function"] for row in named.rows("functions", "0001_initial.py")} == {"0001_initial.q"}
    assert {row["function"] for row in named.rows("functions", "dotted.name.py")} == {"dotted.name.py.q"}


def test_imports_are_found_from_every_import_root(named):
    (call,) = named.rows("calls", "tests/test_core.py", role="call")
    assert (call["target"], call["target_module"]) == ("lib.core.deep", "lib.core")
    (relative,) = named.rows("calls", "namespace/deep/leaf.py", role="call")
    assert relative["target"] == "namespace.deep.other.q"


def test_a_repository_that_is_itself_a_package(tmp_path):
    contents = {"__init__.py": "", "a.py": "def f(): return 1\n", "b.py": "from .a import f\nf()\n"}
    found = analyse(tmp_path, contents)
    (call,) = found.rows("calls", "b.py", role="call")
    assert call["target"] == "repository.a.f"


def test_two_runs_give_the_same_tables(found, tmp_path):
    again = Analysed(found.folder, tmp_path / "elsewhere")
    assert all(table.equals(again.tables[name]) for name, table in found.tables.items())


def test_a_file_that_changed_meanwhile_is_not_analysed(tmp_path):
    folder = write_files(tmp_path / "repository", {"a.py": "abs(1)\n", "b.py": "abs(2)\n"})
    tree = walk(folder, "sample")
    rows = projected(tree)
    (folder / "a.py").write_text("abs(9)\n")
    tables = pyrefly_tables(tree, rows, tmp_path / "warehouse")
    statuses = {row["path"]: row["status"] for row in tables["pyrefly_status"].to_pylist()}
    assert statuses == {"a.py": "failed", "b.py": "ok"}
    assert len(set(tables["pyrefly_calls"]["file_id"].to_pylist())) == 1


def _is_ours(module: str) -> bool:
    return module in ("program", "shapes")


def _trace(folder: Path) -> set[tuple[int, str]]:
    """(line of the program, function) of every call that `program.run` makes of a function of the repository."""
    told = _python(
        folder,
        """
        import program
        calls = set()
        def trace(frame, event, argument):
            caller = frame.f_back
            if caller.f_code.co_name == "<listcomp>":
                caller = caller.f_back
            if caller.f_code.co_qualname == "run" and frame.f_code.co_name != "<listcomp>":
                calls.add((caller.f_lineno, frame.f_globals["__name__"] + "." + frame.f_code.co_qualname))
        sys.settrace(trace)
        program.run()
        sys.settrace(None)
        print(calls)
        """,
    )
    calls: set[tuple[int, str]] = ast.literal_eval(told)
    return calls


def _python(folder: Path, program: str) -> str:
    """What a program prints that imports from `folder`."""
    start = f"import sys\nsys.path.insert(0, {str(folder)!r})\nsys.dont_write_bytecode = True\n"
    command = [sys.executable, "-c", start + textwrap.dedent(program)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _line_numbers(source: str) -> Any:
    lines = source.splitlines()
    start = lines.index("def run():")
    return lambda text: next(number for number, line in enumerate(lines, 1) if number > start and text in line)


def _spans(nodes: list[dict[str, Any]], file_id: int, kind: str) -> set[tuple[int, int]]:
    return {(node["bstart"], node["bend"]) for node in nodes if (node["file_id"], node["kind"]) == (file_id, kind)}


def test_errors_with_the_positions_that_it_tells(tmp_path: Path) -> None:
    text = 'import nothing_here\nx: int = "a"\né = undefined\ndef f(:\n    pass\n'
    analysed = analyse(tmp_path, {"wrong.py": text, "right.py": "x = 1\n"})
    rows = analysed.rows("errors")
    assert {row["path"] for row in rows} == {"wrong.py"}
    told = {(row["kind"], row["line"], row["col"], row["end_line"], row["end_col"]) for row in rows}
    assert {("missing-import", 1, 8, 1, 20), ("bad-assignment", 2, 10, 2, 13), ("unknown-name", 3, 6, 3, 15)} <= told
    assert any(row["kind"] == "parse-error" and row["line"] == 4 for row in rows)
    assert all(row["message"] and "\n" not in row["message"] and str(tmp_path) not in row["message"] for row in rows)
