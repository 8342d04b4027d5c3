from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.extract.text import (
    Encoding,
    Undecodable,
    canonical_bytes,
    detect_encoding,
    line_spans,
    newline_kind,
    parser_input,
)

SOURCES = {
    "plain": b"x = 1\n",
    "utf-8": "x = 'é'\n".encode(),
    "bom": b"\xef\xbb\xbfx = 1\n",
    "bom and cookie": b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
    "latin-1": "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
    "emacs": "# -*- coding: latin-1-unix -*-\nx = 'é'\n".encode("latin-1"),
    "vim": "# vim: set fileencoding=cp1252 :\nx = '€'\n".encode("cp1252"),
    "second line": "#!/usr/bin/python\n# coding: koi8-r\nx = 'ж'\n".encode("koi8-r"),
    "comment not utf-8 above the cookie": "# é\n# coding: latin-1\nx = 1\n".encode("latin-1"),
    "comment not utf-8 beside the cookie": "# é coding: latin-1\nx = 1\n".encode("latin-1"),
    "after a form feed": b"\x0c# coding: latin-1\nx = '\xe9'\n",
    "carriage returns": b"# coding: latin-1\rx = '\xe9'\r",
    "utf-7": b"# coding: utf-7\nx = '+AOk-'\n",
    "shift_jis": "# coding: shift_jis\nx = 'あ'\n".encode("shift_jis"),
    "cookie after code": "x = 1\n# coding: latin-1\ny = 'é'\n".encode(),
    "cookie on the third line": "\n\n# coding: latin-1\nx = 'é'\n".encode(),
}

BROKEN = {
    "not utf-8": b"x = '\xe9'\n",
    "unknown cookie": b"# coding: nonsense\nx = 1\n",
    "not a text codec": b"# coding: rot13\nk = 1\n",
    "bom against cookie": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    "cookie that lies": b"# coding: ascii\nx = '\xe9'\n",
    "utf-16": "x = 1\n".encode("utf-16"),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_sources_are_read_as_python_reads_them(source: bytes):
    encoding = detect_encoding(source)
    canonical = canonical_bytes(source, encoding)
    assert ast.dump(ast.parse(parser_input(canonical, encoding))) == ast.dump(ast.parse(source))
    assert not canonical.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_what_python_refuses_is_undecodable(source: bytes):
    with pytest.raises((SyntaxError, ValueError, LookupError)):
        ast.parse(source)
    with pytest.raises(Undecodable):
        canonical_bytes(source, detect_encoding(source))


def test_only_the_first_byte_order_mark_is_dropped():
    source = b"\xef\xbb\xbf" * 2 + b"x = 1\n"
    encoding = detect_encoding(source)
    canonical = canonical_bytes(source, encoding)
    assert canonical == source[3:]
    for refused in (source, parser_input(canonical, encoding)):
        with pytest.raises(SyntaxError, match=r"U\+FEFF"):
            ast.parse(refused)


def test_columns_of_a_recoded_file_are_offsets_into_the_canonical_buffer():
    source = "# coding: latin-1\né = ü = 1\n".encode("latin-1")
    encoding = detect_encoding(source)
    canonical = canonical_bytes(source, encoding)
    name = ast.parse(parser_input(canonical, encoding)).body[0].targets[1]
    start = line_spans(canonical)[0][name.lineno - 1]
    assert canonical[start + name.col_offset : start + name.end_col_offset].decode() == "ü"


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        (b"a = 1\r\nb = 2\rc = '\xe9'\n", "byte 18 is not utf-8: invalid continuation byte", 3),
        (b"# coding: nonsense\n", "the declared encoding 'nonsense' is unknown", 1),
        (
            b"\xef\xbb\xbf# coding: latin-1\n",
            "the declared encoding 'latin-1' contradicts the UTF-8 byte order mark",
            1,
        ),
    ],
)
def test_undecodable_says_where_and_why(source: bytes, message: str, line: int):
    with pytest.raises(Undecodable) as error:
        canonical_bytes(source, detect_encoding(source))
    assert (str(error.value), error.value.line) == (message, line)


def test_surrogates_smuggled_in_by_an_encoding_are_refused():
    with pytest.raises(Undecodable, match="surrogates not allowed"):
        canonical_bytes(b"# coding: utf-7\nx = '+2AA-'\n", Encoding("utf-7"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"", "none"),
        (b"a", "none"),
        (b"a\nb\n", "lf"),
        (b"a\r\nb\r\n", "crlf"),
        (b"a\rb", "cr"),
        (b"a\r\nb\n", "mixed"),
        (b"a\rb\n", "mixed"),
        (b"a\r\r\n", "mixed"),
        (b"a\n\rb", "mixed"),
    ],
)
def test_newline_kinds(text: bytes, kind: str):
    assert newline_kind(text) == kind


@given(st.text("ab\r\n\x0b\x0c\x1c\u2028é"))
def test_lines_break_at_newlines_and_returns_only(text: str):
    canonical = text.encode()
    starts, ends = line_spans(canonical)
    lines = canonical.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    expected = lines[:-1] if lines[-1] == b"" else lines
    assert [canonical[start:end] for start, end in zip(starts, ends, strict=True)] == expected
