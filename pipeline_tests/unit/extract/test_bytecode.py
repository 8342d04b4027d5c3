from __future__ import annotations

import dis
import itertools
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipeline_assets.extract.producers.bytecode.arguments import LONGEST_TEXT
from pipeline_assets.extract.producers.bytecode.opcodes import HAS_ARGUMENT, JUMPS, NAMES, OPCODES
from pipeline_assets.extract.producers.bytecode.stack_effects import is_compiled, pushed, stack_effects
from pipeline_assets.extract.producers.bytecode.tables import FLAGS
from pipeline_assets.inference.contract import FILE_SHIFT, ORDINAL_BITS
from pipeline_assets.sources.tree import walk
from pipeline_tests.extracting import readable_rows, run, write_files

Row = dict[str, Any]
Tables = dict[str, pa.Table]

since_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
since_3_13 = pytest.mark.skipif(sys.version_info < (3, 13), reason="defaults of type parameters came with Python 3.13")


@pytest.fixture
def extract(tmp_path: Path):
    def made(source: str | bytes, **others: str | bytes) -> Tables:
        named = {f"{name}.py": content for name, content in others.items()}
        tree = walk(write_files(tmp_path, {"sample.py": source, **named}), "sample")
        tables = run("files", tree, tree.table)
        return tables | run("bytecode", tree, readable_rows(tables["files"]))

    return made


def _rows(table: pa.Table, **wanted: object) -> list[Row]:
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]


def _unit(tables: Tables, name: str) -> Row:
    (row,) = _rows(tables["code_units"], name=name)
    return row


def _instructions(tables: Tables, unit: str, **wanted: object) -> list[Row]:
    return _rows(tables["instructions"], code_unit_id=_unit(tables, unit)["code_unit_id"], **wanted)


def _edges(tables: Tables, unit: str) -> set[tuple[int, int, str]]:
    """Edges as source and target ordinals and kind."""
    unit_id = _unit(tables, unit)["code_unit_id"]
    ordinals = {row["block_id"]: row["ordinal"] for row in tables["blocks"].to_pylist()}
    found = _rows(tables["block_edges"], code_unit_id=unit_id)
    return {(ordinals[row["src_block_id"]], ordinals[row["dst_block_id"]], row["kind"]) for row in found}


def _kinds(tables: Tables, unit: str) -> set[str]:
    return {kind for _, _, kind in _edges(tables, unit)}


def test_code_units_tell_what_they_were_compiled_from(extract):
    tables = extract("class C:\n    def f(self):\n        return lambda: (x for x in self)\n")
    rows = tables["code_units"].to_pylist()
    assert [(row["kind"], row["qualname"]) for row in rows] == [
        ("module", "<module>"),
        ("class", "C"),
        ("function", "C.f"),
        ("lambda", "C.f.<locals>.<lambda>"),
        ("generator_expression", "C.f.<locals>.<lambda>.<locals>.<genexpr>"),
    ]
    assert [row["parent_unit_id"] for row in rows] == [None, *(row["code_unit_id"] for row in rows[:-1])]


def test_comprehensions_are_code_units_where_the_interpreter_makes_them(extract):
    tables = extract("def f(a): return [b for b in a], {b for b in a}, {b: b for b in a}\n")
    found = {row["kind"] for row in tables["code_units"].to_pylist()} - {"module", "function"}
    own = {"list_comprehension", "set_comprehension", "dict_comprehension"}
    assert found == (own if sys.version_info < (3, 12) else set())


@since_3_12
def test_scopes_of_type_parameters_aliases_and_bounds_are_no_functions(extract):
    source = (
        "type A[T: int] = list[T]\ndef f[S: (int, str)](a: S): ...\nclass C:\n    type B = int\n    def g(self): ...\n"
    )
    kinds = {row["qualname"]: row["kind"] for row in extract(source)["code_units"].to_pylist()}
    by_name = [(qualname.rpartition(".")[2], kind) for qualname, kind in kinds.items()]
    assert {name for name, kind in by_name if kind == "type_alias"} == {"A", "B"}
    assert {name for name, kind in by_name if kind == "type_variable"} == {"T", "S"}
    assert {name for name, kind in by_name if kind == "function"} == {"f", "g"}
    assert sum(kind == "type_parameters" for _, kind in by_name) == 2


@since_3_13
def test_defaults_of_type_parameters_are_of_type_variables(extract):
    kinds = {row["name"]: row["kind"] for row in extract("def f[T = int](): ...\n")["code_units"].to_pylist()}
    assert (kinds["T"], kinds["f"]) == ("type_variable", "function")


def test_parameters_variables_and_names_are_told(extract):
    unit = _unit(extract("def f(a, /, b, *c, d, **e):\n    g = h.i\n    return lambda: (a, g)\n"), "f")
    assert [unit[name] for name in ("argcount", "posonlyargcount", "kwonlyargcount", "nlocals")] == [2, 1, 1, 5]
    assert (unit["is_varargs"], unit["is_varkeywords"]) == (True, True)
    assert unit["varnames"].split(",")[:5] == ["a", "b", "d", "c", "e"]
    assert set(unit["cellvars"].split(",")) == {"a", "g"}
    assert unit["names"] == "h,i"


def test_flags_tell_kinds_of_functions(extract):
    tables = extract(
        "def a(): yield\nasync def b(): ...\nasync def c(): yield\ndef d():\n    def e(): ...\nclass F: ...\n"
    )
    flags = {row["name"]: {flag for flag in FLAGS if row[flag]} for row in tables["code_units"].to_pylist()}
    plain = {"is_optimized", "is_newlocals"}
    assert flags["a"] == plain | {"is_generator"}
    assert flags["b"] == plain | {"is_coroutine"}
    assert flags["c"] == plain | {"is_async_generator"}
    assert flags["e"] == plain | {"is_nested"}
    assert flags["F"] == set()


def test_docstrings_and_asserts_are_compiled(extract):
    tables = extract('def f(a):\n    "text"\n    assert a\n')
    assert _instructions(tables, "f", opname="LOAD_ASSERTION_ERROR")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a.b", "b"),
        ("a < b", "<"),
        ("a + b", "+"),
        ("a @= b", "@="),
        ("f'{a!r}'", "repr"),
        ("a = 'text'", "'text'"),
        ("a = b'\\xff'", "b'\\xff'"),
        ("a = (1, (2.5, None), ...)", "(1, (2.5, None), Ellipsis)"),
        ("a = 1e400", "inf"),
        ("a = 0x" + "f" * 5000, "0x" + "f" * (LONGEST_TEXT - 2)),
        ("a in {'c', 'b', 'a'}", "frozenset({'a', 'b', 'c'})"),
        ("a = '\\ud800'", "'\\ud800'"),
        ("def a(): pass", "<code object a>"),
        ("f(a=1, b=2)", "('a', 'b')"),
    ],
)
def test_arguments_say_what_they_stand_for(extract, source: str, text: str):
    assert text in [row["argval"] for row in extract(source + "\n")["instructions"].to_pylist()]


def test_locals_of_all_kinds_have_names(extract):
    source = "def f(a):\n    b = a\n    def g():\n        nonlocal b\n        b = c\n    c = d\n    return g\n"
    tables = extract(source)
    assert {row["argval"] for row in _instructions(tables, "g")} >= {"b", "c"}
    assert {row["argval"] for row in _instructions(tables, "f")} >= {"a", "b", "c", "d"}


def test_long_constants_are_cut_and_their_length_is_told(extract):
    (row,) = [row for row in extract(f"a = {'x' * 1000!r}\n")["instructions"].to_pylist() if row["argval_length"]]
    assert (row["argval"], row["argval_length"]) == ("'" + "x" * (LONGEST_TEXT - 1), 1002)


def test_loading_a_code_object_leads_to_its_unit(extract):
    tables = extract("def f():\n    class C: ...\n    return lambda: 1\n")
    for name, outer in (("f", "<module>"), ("C", "f"), ("<lambda>", "f")):
        (row,) = _instructions(tables, outer, argval=f"<code object {name}>")
        assert row["loaded_unit_id"] == _unit(tables, name)["code_unit_id"]


def test_extended_arguments_are_rows_and_add_up(extract):
    source = "".join(f"a{number} = {number}\n" for number in range(300)) + "a299\n"
    rows = _instructions(extract(source), "<module>")
    (load,) = [row for row in rows if row["opname"] == "LOAD_NAME"]
    before = rows[load["ordinal"] - 1]
    assert (before["opname"], before["arg"], load["arg"], load["argval"]) == ("EXTENDED_ARG", 1, 299, "a299")
    assert (before["line"], before["bstart"]) == (load["line"], load["bstart"])


def test_spans_count_bytes_of_the_canonical_buffer(extract):
    source = "\ufeffé = 'ü'\r\nf(é,\r\n  g)\r\n"
    canonical = source[1:].encode()
    rows = _instructions(extract(source.encode()), "<module>")
    texts = {row["argval"]: canonical[row["bstart"] : row["bend"]].decode() for row in rows if row["argval"]}
    assert (texts["é"], texts["'ü'"], texts["g"]) == ("é", "'ü'", "g")
    call = [canonical[row["bstart"] : row["bend"]].decode() for row in rows if row["opname"] == "CALL"]
    assert call == ["f(é,\r\n  g)"]


def test_spans_of_another_encoding_are_of_its_text_in_utf_8(extract):
    source = "# coding: latin-1\na = 'é', b\n"
    rows = _instructions(extract(source.encode("latin-1")), "<module>", argval="b")
    assert [source.encode()[row["bstart"] : row["bend"]] for row in rows] == [b"b"]


def test_cleanup_of_exceptions_has_no_place(extract):
    tables = extract("def f():\n    try: g()\n    finally: h()\n")
    rows = _instructions(tables, "f", opname="PUSH_EXC_INFO")
    assert rows
    assert {(row["line"], row["bstart"], row["col_utf8"]) for row in rows} == {(None, None, None)}


def test_jumps_lead_to_instructions_of_the_same_unit(extract):
    tables = extract("def f(a):\n    while a: b()\n\ndef g(a):\n    for c in a: d()\n")
    rows = {row["instruction_id"]: row for row in tables["instructions"].to_pylist()}
    jumps = [row for row in rows.values() if row["jump_target_id"] is not None]
    assert len(jumps) >= 4
    for jump in jumps:
        target = rows[jump["jump_target_id"]]
        assert target["code_unit_id"] == jump["code_unit_id"]
        assert (str(target["offset"]), target["is_jump_target"]) == (jump["argval"], True)


def test_a_condition_has_an_edge_for_each_truth(extract):
    tables = extract("def f(a):\n    if a: return b()\n    return c()\n")
    assert _edges(tables, "f") == {(0, 1, "true"), (0, 2, "false")}
    blocks = tables["blocks"].filter(pa.compute.field("code_unit_id") == _unit(tables, "f")["code_unit_id"]).to_pylist()
    assert [(block["is_entry"], block["is_exit"]) for block in blocks] == [(True, False), (False, True), (False, True)]
    assert [(block["line"], block["end_line"]) for block in blocks] == [(1, 2), (2, 2), (3, 3)]


def test_edges_follow_the_value_whichever_way_the_jump_is_compiled(extract):
    sources = ("if not a: return b()", "if a: return b()", "return a or b()", "return a and b()")
    for source in sources:
        assert {"true", "false"} <= _kinds(extract(f"def f(a):\n    {source}\n    return c()\n"), "f"), source


def test_tests_for_none_have_kinds_of_their_own(extract):
    assert _edges(extract("def f(a):\n    if a is None: return b()\n    return c()\n"), "f") == {
        (0, 1, "none"),
        (0, 2, "not_none"),
    }


def test_loops_take_items_until_exhausted(extract):
    edges = _edges(extract("def f(a):\n    for b in a:\n        c()\n    return d()\n"), "f")
    assert edges == {(0, 1, "next"), (1, 2, "item"), (1, 3, "exhausted"), (2, 1, "jump")}


def test_yields_are_resumed(extract):
    tables = extract("def f(a):\n    b = yield a\n    return b\n\nasync def g(a):\n    await a\n")
    assert {"resume"} == _kinds(tables, "f") - {"next", "exception"}
    assert {"resume", "item", "exhausted"} <= _kinds(tables, "g")


def test_exceptions_lead_from_what_may_raise_to_the_handler(extract):
    tables = extract("def f(a):\n    try:\n        g(a)\n    except E:\n        return 1\n    return 2\n")
    blocks = _rows(tables["blocks"], code_unit_id=_unit(tables, "f")["code_unit_id"])
    handlers = {block["block_id"] for block in blocks if block["is_handler"]}
    (call,) = {row["block_id"] for row in _instructions(tables, "f", opname="CALL")}
    (protected,) = [block for block in blocks if block["block_id"] == call]
    assert protected["can_raise"]
    assert protected["handler_block_id"] in handlers
    edge = {"src_block_id": call, "kind": "exception", "dst_block_id": protected["handler_block_id"]}
    assert len(_rows(tables["block_edges"], **edge)) == 1
    (entry, *_) = _rows(tables["exception_table"], start_offset=protected["start_offset"])
    assert (entry["depth"], entry["lasti"]) == (0, False)


def test_what_cannot_raise_leads_to_no_handler(extract):
    tables = extract("def f():\n    a = 1\n    try:\n        g()\n        b = a\n        c = 2\n    finally: h()\n")
    unit = _unit(tables, "f")["code_unit_id"]
    calm = [block for block in _rows(tables["blocks"], code_unit_id=unit) if not block["can_raise"]]
    sources = {row["src_block_id"] for row in _rows(tables["block_edges"], kind="exception")}
    assert not {block["block_id"] for block in calm} & sources


def test_a_raise_is_an_exit_where_nothing_handles_it(extract):
    tables = extract("def f():\n    raise a\n\ndef g():\n    try:\n        raise a\n    except: return\n")
    exits = {}
    for name in ("f", "g"):
        (block,) = {row["block_id"] for row in _instructions(tables, name, opname="RAISE_VARARGS")}
        (exits[name],) = [row["is_exit"] for row in _rows(tables["blocks"], block_id=block)]
    assert exits == {"f": True, "g": False}


def test_every_instruction_is_in_the_block_that_holds_it(extract):
    tables = extract("def f(a):\n    with a as b:\n        for c in b:\n            yield c or a\n")
    blocks = {row["block_id"]: row for row in tables["blocks"].to_pylist()}
    for row in tables["instructions"].to_pylist():
        block = blocks[row["block_id"]]
        assert block["code_unit_id"] == row["code_unit_id"]
        assert block["first_instruction_id"] <= row["instruction_id"] <= block["last_instruction_id"]
        assert block["start_offset"] <= row["offset"] < block["end_offset"]


def _compiled_opcodes() -> list[int]:
    return [number for number in range(OPCODES) if is_compiled(number)]


def test_values_put_on_the_stack_are_known_of_every_opcode():
    assert [NAMES[number] for number in _compiled_opcodes() if pushed(number, 0, 0) is None] == []


def test_values_off_and_on_the_stack_differ_by_what_cpython_says():
    arguments = [*range(300), 511, 512, 1000, 4096, 65_535, 70_000]
    for number, jumps in itertools.product(_compiled_opcodes(), (False, True)):
        used = arguments if HAS_ARGUMENT[number] else [0]
        off, on = stack_effects(pa.array([number] * len(used), pa.uint8()).to_numpy(), pa.array(used).to_numpy(), jumps)
        for argument, popped, put in zip(used, off.tolist(), on.tolist(), strict=True):
            given = argument if HAS_ARGUMENT[number] else None
            effect = dis.stack_effect(number, given, jump=jumps and bool(JUMPS[number]))
            assert (put - popped, popped >= 0, put >= 0) == (effect, True, True), (NAMES[number], argument)


@pytest.mark.parametrize(
    ("source", "opname", "effect"),
    [
        ("a, b, c = d", "UNPACK_SEQUENCE", (1, 3)),
        ("a, *b, c = d", "UNPACK_EX", (1, 3)),
        ("[a, b, *c]", "LIST_EXTEND", (1, 0)),
        ("for a in b: c", "FOR_ITER", (0, 1)),
        ("from a import b", "IMPORT_NAME", (2, 1)),
        ("from a import b", "IMPORT_FROM", (0, 1)),
        ("a[b] = c", "STORE_SUBSCR", (3, 0)),
        ("a = b = c", "COPY", (0, 1)),
        ("(a, b, c, d)", "BUILD_TUPLE", (4, 1)),
    ],
)
def test_values_off_and_on_the_stack(extract, source: str, opname: str, effect: tuple[int, int]):
    row = _instructions(extract(source + "\n"), "<module>", opname=opname)[0]
    assert (row["pops"], row["pushes"]) == effect


def test_a_jump_has_an_effect_of_its_own(extract):
    (row,) = _instructions(extract("for a in b: c\n"), "<module>", opname="FOR_ITER")
    assert row["jump_pushes"] - row["jump_pops"] == dis.stack_effect(row["opcode"], row["arg"], jump=True)
    (load, *_) = _instructions(extract("a\n"), "<module>", opname="LOAD_NAME")
    assert (load["jump_pops"], load["jump_pushes"]) == (None, None)


def test_a_file_that_parses_but_does_not_compile_says_why(extract):
    tables = extract("a = 1\nreturn a\n", good="b = 1\n")
    (status,) = _rows(tables["bytecode_status"], path="sample.py")
    found = [status[name] for name in ("status", "error_class", "message", "line", "col")]
    assert found == ["failed", "SyntaxError", "'return' outside function", 2, 1]
    assert [row["kind"] for row in tables["code_units"].to_pylist()] == ["module"]
    assert [row["status"] for row in _rows(tables["bytecode_status"], path="good.py")] == ["ok"]


@pytest.mark.parametrize("source", ["(" * 300 + ")" * 300, "a\x00b", "x = 1 +", "\\", "-" * 100_000 + "1"])
def test_refused_files_leave_no_rows(extract, source: str):
    tables = extract(source + "\n")
    assert [row["status"] for row in tables["bytecode_status"].to_pylist()] == ["failed"]
    assert {tables[name].num_rows for name in ("code_units", "instructions", "blocks", "block_edges")} == {0}


@pytest.mark.parametrize("source", ["", "\n", "# nothing\n", "\f\n", "pass"])
def test_files_without_statements_are_modules_that_return(extract, source: str):
    tables = extract(source)
    assert [row["kind"] for row in tables["code_units"].to_pylist()] == ["module"]
    assert tables["instructions"].to_pylist()[-1]["opname"].startswith("RETURN_")
    assert [row["status"] for row in tables["bytecode_status"].to_pylist()] == ["ok"]


def test_warnings_of_the_analysed_code_are_not_printed(extract, recwarn: pytest.WarningsRecorder):
    extract("a = '\\d'\nb is 1\n")
    assert not [warning for warning in recwarn if issubclass(warning.category, SyntaxWarning | DeprecationWarning)]


def test_nothing_is_executed(extract, tmp_path: Path):
    extract(f"open({str(tmp_path / 'executed')!r}, 'w').close()\n")
    assert not (tmp_path / "executed").exists()


def test_ids_count_within_each_file(extract):
    tables = extract("def f(): ...\nif a: b\n", other="def g(): ...\nif c: d\n")
    families = {"code_units": ("code_unit_id", 5), "instructions": ("instruction_id", 11), "blocks": ("block_id", 3)}
    for dataset, (column, family) in families.items():
        table = tables[dataset]
        ids = table[column].to_pylist()
        assert ids == sorted(ids)
        for file_id in set(table["file_id"].to_pylist()):
            own = [each for each in ids if each >> FILE_SHIFT == file_id]
            assert own == [(file_id << FILE_SHIFT) + (family << ORDINAL_BITS) + place for place in range(len(own))]


def test_one_query_gives_the_instructions_of_a_function_with_their_source(extract):
    source = "def f(a):\n    return g(a.ü + 1)\n"
    tables = extract(source)
    instructions, code_units = tables["instructions"], tables["code_units"]
    sources = pa.table({"file_id": tables["files"]["file_id"], "content": [source.encode()]})
    with duckdb.connect() as connection:
        for name, table in (("instructions", instructions), ("code_units", code_units), ("sources", sources)):
            connection.register(name, table)
        found = connection.sql(
            "SELECT opname, argval, decode(content[bstart + 1 : bend]) AS text "
            "FROM instructions JOIN code_units USING (file_id, code_unit_id) JOIN sources USING (file_id) "
            "WHERE qualname = 'f' ORDER BY instruction_id"
        ).fetchall()
    texts = {argval: text for _, argval, text in found}
    assert (texts["a"], texts["ü"], texts["+"]) == ("a", "a.ü", "a.ü + 1")
    assert "g(a.ü + 1)" in [text for opname, _, text in found if opname == "CALL"]
