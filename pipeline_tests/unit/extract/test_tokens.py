from __future__ import annotations

import sys
from pathlib import Path
from token import EXACT_TOKEN_TYPES, tok_name

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_assets.extract import tokens
from pipeline_assets.extract.producers.tokens import reader as token_reader
from pipeline_assets.extract.producers.tokens.patterns import tiles_of
from pipeline_assets.sources.tree import walk
from pipeline_tests.extracting import readable_rows, run, write_files
from pipeline_tests.tokenizing import differences

since_3_12 = pytest.mark.skipif(sys.version_info < (3, 12), reason="f-strings are several tokens since Python 3.12")

ORDINARY = {
    "nothing after the last line": "x = 1",
    "a comment at the very end": "x = 1\n# c",
    "blocks": "if a:\n  if b:\n    c\n\n  # d\n\n  e\nf\n",
    "blocks open at the end": "class A:\n    def f(self):\n        pass",
    "comments around blocks": "if a:\n    # one\n  # two\n    b\n  # three\nc\n",
    "brackets over lines": "f(a,\n  # c\n  [b,\n\n   {c: d}])\n",
    "continued lines": "a = \\\n  1 + \\\n\n'b' \\\n\n",
    "tabs": "if a:\n\tb\n\tif c:\n\t\td\ne\n",
    "strings": "u'a' rb'\\'' B\"\" '''b\n'c' \\''' ''' \"\"\"\\\"\"\"\"\n'a\\\nb'\n",
    "numbers": "0 00 1_0 1. .5 1.5e-3 1e5j 0xFf 0b1_0 0O7 1..real 0.j 0x1.real\n",
    "operators": "a@=b;c**=d//e>>=f<<g!=h->i:=j...k.l ....m~n\n",
    "other alphabets": "größe = 'ü' # ñ\nx = größe + '''é\n'''\nλ = (größe,\n  'ÿ')\n",
    "windows": "if a:\r\n    b = '''c\r\nd'''\r\n\r\n    e \\\r\n    f\r\n",
    "soft keywords": "async def f():\n    await match\nmatch x:\n    case _: type = 1\n",
    "form feed on a line of its own": "a\n\x0c\nb\n",
}
UNUSUAL = {
    "nothing": "",
    "blanks only": "   ",
    "blanks at the end": "a\n   ",
    "form feed before a block": "if a:\n  b\n\x0c  c\n",
    "continued before anything": "\\\nx = 1\n  \\\ny\n",
    "a continued line without another": "x \\\n",
    "contradicting tabs": "if a:\n        b\n\tc\n",
    "no such block": "if a:\n    b\n  c\n",
    "open bracket": "f(a,\n  b\n",
    "closing bracket": "a)\nb\n  c\n",
    "brackets crossed": "a([b)]\n",
    "deep brackets": "(" * 150 + ")" * 150 + "\n",
    "many blocks": "".join(f"{' ' * depth}if a:\n" for depth in range(110)) + " " * 110 + "b\n",
    "strange characters": "a $ b ? c ! `d`\n",
    "open string": "x = 'abc\ny = 1\n",
    "open long string": "x = 1\ny = '''abc\n\nz",
    "string and a line that is none": "'a\\\nb\\\\\n c'\n",
    "comment that is none": "x = '''\n#'''",
    "continued comment": "x = 1 \\\n# c",
    "lone returns": "a = 1\rb = 2\r# c\rd\n'e\rf'\n\rg = 3\n",
    "a lone return at the end": "a\r",
    "null bytes": "if a:\n  b\nc = '\0'\nd\n",
    "null byte after a block": "if a:\n  b\n\0",
    "bad numbers": "0777 1__0 1_ 0b12 1if a else 2 1.e 1.real\n",
    "less or greater": "a <> b\n",
    "marks and numerals": "e\u0301 = ² + ٣ + a·b\n",
    "another line separator": "a\u2028b = 'c\u2028d'\n",
    "unknown prefixes": "print'a' ur'b' bu''\n",
}
FORMATTED = {
    "fields": "f'{a!r:>{w}} {{b}} {c=}' rF\"\\{d}\"\n",
    "fields over lines": "x = f'''é {\n  a # c\n:\n} {b['k']}\n'''\nif x:\n  f''\n",
    "nested quotes": "f'{a['b']}' f'{f'{f'{1}'}'}'\n",
    "a quote too early": "f'''{x + '''a'''}''' f'''b'''\n",
    "errors in fields": "x\nf'{'\ny\n",
    "unfinished": 'f\'{a\n}\' f"""{\n',
    "odd escapes": "f'\\N{DASH} \\d {x:\\d}' f'\\{x}'\n",
    "twice on a line": "f(f'{a}', f'{a}', f'{a}\\\n{b}')\n",
}
SAMPLES = ORDINARY | UNUSUAL | FORMATTED


@pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
def test_tokens_equal_those_of_tokenize(source: str):
    assert differences([source.encode()]) == []


def test_files_of_a_chunk_do_not_disturb_each_other():
    assert differences([source.encode() for source in SAMPLES.values()]) == []


@pytest.mark.parametrize("source", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_sources_are_not_read_by_the_tokenizer(source: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens, "_read", lambda file, *rest: pytest.fail(f"{file.path} was"))
    assert differences([source.encode()]) == []


@pytest.mark.parametrize("source", SAMPLES.values(), ids=SAMPLES)
def test_the_documented_module_tells_the_same_as_the_private_tokenizer(source: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(token_reader, "_RAW_IS_KNOWN", False)
    assert differences([source.encode()]) == []


def test_every_operator_is_a_tile_of_its_own():
    operators = [text for text in EXACT_TOKEN_TYPES if text not in ("!", "(", "[", "{", ")", "]", "}")]
    for operator in operators:
        assert tiles_of(f"a {operator} b\n") == ["a", f" {operator}", " b", "\n"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8-sig", "shift_jis"])
def test_tokens_are_placed_in_the_canonical_buffer(encoding: str):
    cookie = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    text = "ソ" if encoding == "shift_jis" else "é"
    assert differences([f"{cookie}x = '{text}'  # {text}\n".encode(encoding)]) == []


BITS = [
    *SAMPLES.values(),
    "'",
    '"""',
    "\\",
    "\n",
    "\n  ",
    "\n    ",
    "x",
    "(",
    ")",
    "{",
    "}",
    "f'",
    " ",
    "#",
    "\r",
    "é",
    "1",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(BITS), max_size=5).map("".join), min_size=1, max_size=4))
def test_whatever_is_put_together_equals_tokenize(sources: list[str]):
    assert differences([source.encode() for source in sources]) == []


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*SAMPLES.values()]), st.data())
def test_whatever_is_cut_out_equals_tokenize(source: str, data: st.DataObject):
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(source))] * 2)))
    assert differences([(source[:start] + source[end:]).encode(), source[start:end].encode()]) == []


def _extract(folder: Path, source: str) -> dict[str, pa.Table]:
    tree = walk(write_files(folder, {"sample.py": source}), "sample")
    return run("tokens", tree, readable_rows(run("files", tree, tree.table)["files"]))


@since_3_12
def test_f_strings_are_several_tokens(tmp_path: Path):
    rows = _extract(tmp_path, "x = f'a{b!r}'\n")["tokens"].to_pylist()
    found = [(row["kind"], row["text"], row["col_utf8"]) for row in rows[2:9]]
    assert found == [
        ("FSTRING_START", "f'", 4),
        ("FSTRING_MIDDLE", "a", 6),
        ("LBRACE", "{", 7),
        ("NAME", "b", 8),
        ("EXCLAMATION", "!", 9),
        ("NAME", "r", 10),
        ("RBRACE", "}", 11),
    ]


def _status(tmp_path: Path, source: str) -> dict:
    return _extract(tmp_path, source)["tokens_status"].to_pylist()[0]


@pytest.mark.parametrize(("source", "line"), [("x = 1\ny = '''\n", 2), ("x\nif a:\n    b\n  c\n", 4)])
def test_tokens_before_an_error_are_kept_and_the_error_is_told(tmp_path: Path, source: str, line: int):
    status = _status(tmp_path, source)
    assert (status["status"], status["line"]) == ("failed", line)
    assert status["error_class"] in ("TokenError", "SyntaxError", "IndentationError")
    assert status["message"]
    assert _extract(tmp_path, source)["tokens"]["text"].to_pylist()[0] == "x"


def test_the_column_of_an_error_counts_from_one(tmp_path: Path):
    assert _status(tmp_path, "é = '''")["col"] == 5


def test_kinds_are_named(tmp_path: Path):
    kinds = _extract(tmp_path, "\n".join(ORDINARY.values()).replace("\r", ""))["tokens"]["kind"].to_pylist()
    assert {*kinds} <= {*tok_name.values()}
