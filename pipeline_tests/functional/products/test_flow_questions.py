"""What may be asked about flows, what is answered, and what is said when there is no answer."""

from __future__ import annotations

import re

import duckdb
import pytest

from pipeline_assets.products.flows.answer import Answer
from pipeline_assets.products.flows.selection import NothingMatches
from pipeline_assets.products.flows.spec import FlowError, InvalidSpec, Spec, parse_spec
from pipeline_tests.flow_questions import asked_of, flows

PROGRAM = {
    "shop/__init__.py": "",
    "shop/views.py": (
        "import sqlite3\n"
        "from flask import Flask, request\n"
        "from shop.orders import Orders, rename\n"
        "app = Flask(__name__)\n"
        "\n"
        "\n"
        "@app.route('/<name>')\n"
        "def show(name):\n"
        "    orders = Orders(sqlite3.connect('shop.db'))\n"
        "    orders.named(name)\n"
        "    return orders.sorted_by(request.args.get('order'))\n"
        "\n"
        "\n"
        "def rename_all(token):\n"
        "    rename(token, 'x')\n"
    ),
    "shop/orders.py": (
        "import os\n"
        "\n"
        "\n"
        "class Orders:\n"
        "    def __init__(self, connection):\n"
        "        self.cursor = connection.cursor()\n"
        "        self.last = None\n"
        "\n"
        "    def named(self, name):\n"
        "        return self.cursor.execute('SELECT * FROM orders WHERE name = ?', [name])\n"
        "\n"
        "    def sorted_by(self, column):\n"
        "        self.last = column\n"
        "        return self.cursor.execute(f'SELECT * FROM orders ORDER BY {column}')\n"
        "\n"
        "\n"
        "def rename(old, new):\n"
        "    os.rename(old, dst=new)\n"
        "    return os.environ['HOME']\n"
    ),
}


@pytest.fixture(scope="module")
def shop() -> duckdb.DuckDBPyConnection:
    return asked_of(PROGRAM)


def ends(answer: Answer) -> list[tuple[str, int, str, int]]:
    places = [(flow.steps[0], flow.steps[-1]) for flow in answer.flows]
    return [(first.path, first.line, last.path, last.line) for first, last in places]


REQUEST_TO_SQL = [("shop/views.py", 11, "shop/orders.py", 14)]


def test_the_text_of_a_statement_is_a_sink_and_its_parameters_are_none(shop):
    answer = flows(shop, ["web-input"], ["sql"])
    assert ends(answer) == REQUEST_TO_SQL
    steps = [(step.path, step.line) for step in answer.flows[0].steps]
    assert steps == [("shop/views.py", 11), ("shop/orders.py", 12), ("shop/orders.py", 14)]
    assert [step.is_assumed for step in answer.flows[0].steps] == [True, False, False]
    assert "passed to sorted_by as column" in answer.flows[0].steps[1].reason
    assert "formatted" in answer.flows[0].steps[2].reason
    assert answer.flows[0].steps[2].text == PROGRAM["shop/orders.py"].split("\n")[13].strip()


@pytest.mark.parametrize(
    ("source", "sink", "expected"),
    [
        ("attr:flask.request.args", "arg:sqlite3.connect.cursor.execute[0]", REQUEST_TO_SQL),
        ("attr:flask.*", "arg:*.execute", REQUEST_TO_SQL),
        ("call:flask.request.args.get", "call:*.execute", REQUEST_TO_SQL),
        ("call:*.args.get", "param:shop.orders.Orders.sorted_by.column", [("shop/views.py", 11, "shop/orders.py", 12)]),
        ("call:*.args.get", "attr:shop.orders.Orders.last", [("shop/views.py", 11, "shop/orders.py", 13)]),
        ("call:*.args.get", "arg:*.execute[self]", []),
        ("decorated:flask.Flask.route", "arg:*.execute[1]", [("shop/views.py", 8, "shop/orders.py", 10)]),
        ("decorated:flask.Flask.route", "arg:*.execute[0]", []),
        ("param:*.rename_all.token", "arg:os.rename[0]", [("shop/views.py", 14, "shop/orders.py", 18)]),
        ("param:*.token", "arg:os.rename[0,src]", [("shop/views.py", 14, "shop/orders.py", 18)]),
        ("param:*.token", "arg:os.rename[1,dst]", []),
        ("param:*.new", "arg:os.rename[1,dst]", [("shop/orders.py", 17, "shop/orders.py", 18)]),
        ("attr:os.environ", "return:shop.orders.rename", [("shop/orders.py", 19, "shop/orders.py", 19)]),
        ("call:sqlite3.connect", "attr:shop.orders.Orders.cursor", [("shop/views.py", 9, "shop/orders.py", 6)]),
        ("name:shop.views.app", "decorated:*.nothing", None),
    ],
)
def test_a_specification_means_places_of_its_kind(shop, source, sink, expected):
    if expected is None:
        with pytest.raises(NothingMatches):
            flows(shop, [source], [sink])
    else:
        assert ends(flows(shop, [source], [sink])) == expected


@pytest.mark.parametrize(
    "barrier",
    [
        "call:shop.orders.Orders.sorted_by",
        "param:*.column",
        "call:*.get",
        "arg:*.sorted_by",
    ],
)
def test_what_may_not_be_passed_ends_a_flow(shop, barrier):
    assert ends(flows(shop, ["web-input"], ["sql"], barriers=(barrier,))) == []


def test_assumptions_can_be_switched_off(shop):
    asked = ["call:sqlite3.connect"], ["attr:shop.orders.Orders.cursor"]
    assert flows(shop, *asked).flows[0].assumed == 1
    assert flows(shop, *asked, without=("outside",)).flows == ()
    with pytest.raises(FlowError, match="outside, attributes"):
        flows(shop, *asked, without=("nothing",))


def test_attributes_of_any_object_of_a_class_are_an_assumption():
    connection = asked_of(
        {
            "plugin.py": "from probe import sink, source\n\n\nclass Plugin:\n    def start(self):\n"
            "        self.seen = source()\n\n    def stop(self):\n        sink(self.seen)\n"
        }
    )
    assert [step.line for step in flows(connection).flows[0].steps] == [6, 9]
    assert flows(connection, without=("attributes",)).flows == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "call",
        "call:",
        "sink:os.system",
        "call:os.system[0]",
        "arg:os.system[-1]",
        "arg:os.system[",
        "arg:a b",
        ":x",
    ],
)
def test_what_is_no_specification_is_refused_with_the_form(text):
    with pytest.raises(InvalidSpec, match=r"no specification of a flow"):
        parse_spec(text)


def test_a_specification_is_read_back_as_it_was_written():
    for text in ("call:os.*", "arg:os.system[0,command]", "arg:os.system[*]", "param:a.?.b"):
        assert str(parse_spec(text)) == text
    assert parse_spec("arg:os.system") == parse_spec("arg:os.system[*]") == Spec("arg", "os.system")


def test_nothing_but_stars_and_question_marks_is_special():
    assert Spec("call", "a.b*").matches(["a.bc.d"]) and not Spec("call", "a.b").matches(["axb"])
    assert Spec("call", "a.?").matches(["a.b"]) and not Spec("call", "a.?").matches(["a.bc"])
    assert not Spec("call", "Os.*").matches(["os.path"])


def test_a_name_that_is_not_there_is_answered_with_names_near_it(shop):
    with pytest.raises(NothingMatches, match=re.escape("attr:flask.request.arg: near it there is flask.request.args")):
        flows(shop, ["attr:flask.request.arg"], ["sql"])
    with pytest.raises(NothingMatches, match=re.escape("os.rename")):
        flows(shop, ["web-input"], ["arg:os.renam[0]"])


def test_a_set_of_which_nothing_is_there_is_told(shop):
    answer = flows(shop, ["web-input"], ["xml"])
    assert (answer.flows, answer.unmatched) == ((), ("xml",))


def test_a_file_of_specifications_is_a_set(shop, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('role = "sinks"\nspecs = ["arg:*.execute[0]", "arg:nowhere"]\n')
    assert ends(flows(shop, ["web-input"], [str(path)])) == REQUEST_TO_SQL
    path.write_text('role = "sinks"\nspecs = ["arg:*.execute[0]"]\nbarriers = ["param:*.column"]\n')
    assert ends(flows(shop, ["web-input"], [str(path)])) == []
    for text in ("specs = 3", "specs = []", 'spec = ["call:x"]', "specs = [", 'role = "x"\nspecs = ["call:x"]'):
        path.write_text(text)
        with pytest.raises(FlowError, match=r"mine\.toml"):
            flows(shop, ["web-input"], [str(path)])
    with pytest.raises(FlowError, match="cannot be read"):
        flows(shop, ["web-input"], [str(tmp_path / "missing.toml")])


def test_barriers_of_a_set_protect_that_set_alone():
    program = (
        "import os, sqlite3\nimport shlex\nname = shlex.quote(input())\nos.system(name)\n"
        "sqlite3.connect('x').execute(name)\n"
    )
    answer = flows(asked_of({"run.py": program}), ["user-input"], ["shell", "sql"])
    assert [flow.steps[-1].line for flow in answer.flows] == [5]


def test_a_limit_that_ends_the_search_is_told(shop):
    whole = flows(shop, ["web-input"], ["sql"])
    assert whole.is_complete
    for most in range(1, whole.explored):
        answer = flows(shop, ["web-input"], ["sql"], most_steps=most)
        assert answer.explored <= most + 1 and not (answer.is_complete and ends(answer) != ends(whole))
    assert not flows(shop, ["web-input"], ["sql"], most_steps=2).is_complete
    shown = flows(shop, ["attr:*"], ["call:*"], limit=1)
    assert len(shown.flows) == 1 < shown.found


def test_a_deep_recursion_and_a_wide_program_end():
    lines = ["from probe import sink, source", "def f0(x): return f1(x) + f0(x)"]
    lines += [f"def f{n}(x): return f{n + 1}([x]) + f{n - 1}({{'k': x}})" for n in range(1, 40)]
    lines += ["def f40(x): return x", "sink(f0(source()))"]
    answer = flows(asked_of({"deep.py": "\n".join(lines)}))
    assert answer.is_complete and len(answer.flows) == 1


def test_the_answer_is_the_same_each_time_and_shortest(shop):
    first, second = (flows(shop, ["attr:*", "call:*"], ["call:*"]) for _ in range(2))
    assert first == second
    assert first.table().num_rows == sum(len(flow.steps) for flow in first.flows)
    program = "from probe import sink, source\nx = source()\ny = x\nz = y\nz = z + x\nsink(z)\n"
    answer = flows(asked_of({"short.py": program}))
    assert [step.line for step in answer.flows[0].steps] == [2, 5, 6]
