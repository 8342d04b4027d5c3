from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline_assets.extract.producers.scip import reader as scip_reader
from pipeline_assets.extract.producers.scip.schema import message
from pipeline_assets.extract.scip import scip
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.sources.given import rows_version
from pipeline_assets.sources.scip_index import scip_index_rows
from pipeline_assets.store.selection import Selection
from pipeline_tests.extracting import write_files
from pipeline_tests.scip_indexes import (
    diagnostic,
    document,
    index,
    number,
    occurrence,
    packed,
    relationship,
    signature,
    symbol,
    text,
)
from pipeline_tests.whole_extracting import extract_whole

TASK = authored_task(scip)
PREFIX = "scip-python python sample 0.1 "
F, C = f"{PREFIX}`pkg.mod`/f().", f"{PREFIX}`pkg.mod`/C#"
UTF8, UTF16, UTF32 = 1, 2, 3


def read(folder: Path, content: bytes | None, files: dict[str, str | bytes]) -> dict[str, list[dict[str, Any]]]:
    """The tables of an index over files, as rows."""
    place = folder / "index.scip"
    if content is not None:
        place.write_bytes(content)
    root = write_files(folder / "repository", files)
    given = scip_index_rows("sample", Selection(scip_index=None if content is None else str(place)))
    assert TASK is not None
    return {name: table.to_pylist() for name, table in extract_whole(TASK, root, scip_index=given).items()}


def statuses(tables: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, str | None]]:
    return {row["path"]: (row["status"], row["message"]) for row in tables["scip_status"]}


def sliced(source: str | bytes, row: dict[str, Any]) -> str:
    content = source.encode() if isinstance(source, str) else source
    return content[row["bstart"] : row["bend"]].decode()


def test_what_an_index_says_becomes_rows(tmp_path: Path):
    source = "def f(x):\n    return x\n\nf(1)\n"
    occurrences = [
        occurrence([3, 0, 1], F, roles=8, syntax=15),
        occurrence([0, 4, 5], F, roles=1, syntax=16, around=[0, 0, 1, 12], more=text(4, "one") + text(4, "two")),
        occurrence([0, 6, 0, 7], "local 0", roles=1 | 32),
        occurrence([1, 11, 12], "local 0", roles=4 | 2 | 16 | 64),
        occurrence([1, 4, 10], syntax=4),
    ]
    symbols = [symbol(F, "f", 17, ["```python\ndef f(x)\n```", "Twice."], more=signature("def f(x)"))]
    tables = read(tmp_path, index([document("a.py", occurrences, symbols)]), {"a.py": source})
    found = tables["scip_occurrences"]
    assert [(sliced(source, row), row["line"], row["symbol"]) for row in found] == [
        ("f", 1, F),
        ("x", 1, "local 0"),
        ("return", 2, None),
        ("x", 2, "local 0"),
        ("f", 4, F),
    ]
    roles = ("definition", "import", "write", "read", "generated", "test", "forward_definition")
    assert [[role for role in roles if row[f"is_{role}"]] for row in found] == [
        ["definition"],
        ["definition", "test"],
        [],
        ["import", "write", "generated", "forward_definition"],
        ["read"],
    ]
    assert [row["syntax_kind"] for row in found] == [
        "IdentifierFunctionDefinition",
        None,
        "Keyword",
        None,
        "IdentifierFunction",
    ]
    assert source[found[0]["enclosing_bstart"] : found[0]["enclosing_bend"]] == "def f(x):\n    return x"
    assert found[0]["documentation"] == "one\n\ntwo"
    assert found[1]["enclosing_bstart"] is None
    described = {row["symbol"]: row for row in tables["scip_symbols"]}
    assert (
        described[F]
        | {
            "path": "a.py",
            "origin": "document",
            "scheme": "scip-python",
            "manager": "python",
            "package": "sample",
            "version": "0.1",
            "descriptors": "`pkg.mod`/f().",
            "name": "f",
            "suffix": "method",
            "enclosing_symbol": f"{PREFIX}`pkg.mod`/",
            "display_name": "f",
            "kind": "Function",
            "signature": "def f(x)",
            "documentation": "```python\ndef f(x)\n```\n\nTwice.",
            "descriptions": 1,
            "is_valid": True,
            "is_local": False,
        }
        == described[F]
    )
    assert (described["local 0"]["origin"], described["local 0"]["path"]) == ("mentioned", "a.py")
    (status,) = tables["scip_status"]
    assert (status["status"], status["producer"], status["producer_version"]) == ("ok", "sample", "7")
    (row,) = tables["scip_documents"]
    assert (row["path"], row["status"], row["occurrences"], row["symbols"]) == ("a.py", "read", 5, 1)
    assert (row["language"], row["position_encoding"]) == ("python", "unspecified")


LINES = ["é = 'ß'; name", "\U0001f680\U0001f680 name", "plain name", "\t\u2028\x0c name", "e\u0301 name"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "codec", "width"), [(UTF8, "utf-8", 1), (UTF16, "utf-16-le", 2), (UTF32, "utf-32-le", 4)]
)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_characters_are_counted_in_the_units_of_the_document(
    tmp_path: Path, encoding: int, codec: str, width: int, newline: str, bom: bytes
):
    source = newline.join(LINES)
    places = []
    for line, content in enumerate(LINES):
        before = content[: content.index("name")]
        start = len(before.encode(codec)) // width
        places.append(occurrence([line, start, start + 4], F))
    tables = read(tmp_path, index([document("a.py", places, encoding=encoding)]), {"a.py": bom + source.encode()})
    assert [(sliced(source, row), row["line"]) for row in tables["scip_occurrences"]] == [
        ("name", line + 1) for line in range(len(LINES))
    ]
    assert statuses(tables) == {"a.py": ("ok", None)}


def test_other_encodings_of_files_do_not_matter(tmp_path: Path):
    source = "# coding: latin-1\né = 1\n"
    tables = read(
        tmp_path,
        index([document("a.py", [occurrence([1, 0, 1], F)], encoding=UTF32)]),
        {"a.py": source.encode("latin-1")},
    )
    assert [sliced(source, row) for row in tables["scip_occurrences"]] == ["é"]


def test_a_byte_order_mark_counts_where_the_indexer_took_it_for_text(tmp_path: Path):
    place = occurrence([0, 1, 5], F)
    files = {"a.py": "\ufeffname = 1\n"}
    counted = read(tmp_path, index([document("a.py", [place], encoding=UTF16, content="\ufeffname = 1\n")]), files)
    assert [(row["bstart"], row["bend"]) for row in counted["scip_occurrences"]] == [(0, 4)]
    assert statuses(counted) == {"a.py": ("ok", None)}


def test_where_an_index_does_not_say_utf16_is_counted(tmp_path: Path):
    source = "\U0001f680 name"
    tables = read(tmp_path, index([document("a.py", [occurrence([0, 3, 7], F)])]), {"a.py": source})
    assert [sliced(source, row) for row in tables["scip_occurrences"]] == ["name"]


MISPLACED = {
    "no range": [],
    "two numbers": [0, 1],
    "five numbers": [0, 1, 2, 3, 4],
    "behind the file": [9, 0, 1],
    "behind the line": [0, 0, 99],
    "negative line": [-1, 0, 1],
    "negative character": [0, -1, 1],
    "backwards": [0, 3, 1],
    "backwards over lines": [1, 0, 0, 1],
    "largest numbers": [2**31 - 1, 2**31 - 1, 2**31 - 1],
    "inside a character": [1, 1, 2],
    "ends inside a character": [1, 0, 1],
}


@pytest.mark.parametrize("place", MISPLACED.values(), ids=MISPLACED)
def test_ranges_that_the_file_does_not_have_are_counted_and_left_out(tmp_path: Path, place: list[int]):
    source = "first\n\U0001f680\n"
    content = index([document("a.py", [occurrence(place, F), occurrence([0, 0, 5], C)], encoding=UTF16)])
    tables = read(tmp_path, content, {"a.py": source})
    assert [row["symbol"] for row in tables["scip_occurrences"]] == [C]
    assert [row["misplaced"] for row in tables["scip_documents"]] == [1]
    assert statuses(tables) == {
        "a.py": ("limited", "1 ranges of the index are outside of it: its content differs from what was indexed")
    }


def test_an_enclosing_range_that_the_file_does_not_have_is_none(tmp_path: Path):
    tables = read(tmp_path, index([document("a.py", [occurrence([0, 0, 1], F, around=[0, 0, 99])])]), {"a.py": "x\n"})
    assert [(row["bstart"], row["enclosing_bstart"]) for row in tables["scip_occurrences"]] == [(0, None)]
    assert [row["misplaced"] for row in tables["scip_documents"]] == [1]


def test_the_place_behind_the_last_line_break_exists(tmp_path: Path):
    content = index([document("a.py", [occurrence([0, 0, 1], F, around=[0, 0, 1, 0]), occurrence([1, 0, 0], C)])])
    tables = read(tmp_path, content, {"a.py": "x\n"})
    assert [(row["bstart"], row["bend"], row["enclosing_bend"]) for row in tables["scip_occurrences"]] == [
        (0, 1, 2),
        (2, 2, None),
    ]


def test_typed_ranges_are_read_where_there_are_no_others(tmp_path: Path):
    single = text(8, number(1, 0) + number(2, 1) + number(3, 3))
    several = text(9, number(1, 0) + number(2, 2) + number(3, 1) + number(4, 1))
    around = text(11, number(1, 0) + number(3, 1) + number(4, 2)), text(10, number(3, 4))
    content = index(
        [document("a.py", [occurrence([], F, more=single + around[0]), occurrence([], C, more=several + around[1])])]
    )
    source = "abcd\nefgh"
    rows = read(tmp_path, content, {"a.py": source})["scip_occurrences"]
    assert [sliced(source, row) for row in rows] == ["bc", "cd\ne"]
    assert [source[row["enclosing_bstart"] : row["enclosing_bend"]] for row in rows] == ["abcd\nef", "abcd"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/etc/passwd.py", "refused", "its path is absolute"),
        ("C:\\a.py", "refused", "its path is absolute"),
        ("../a.py", "refused", "its path leads out of the root"),
        ("b/../a.py", "refused", "its path leads out of the root"),
        ("..\\a.py", "refused", "its path leads out of the root"),
        ("./a.py", "refused", "its path is not canonical"),
        ("b//a.py", "refused", "its path is not canonical"),
        ("a.py/", "refused", "its path is not canonical"),
        ("a.py\0", "refused", "its path is not canonical"),
        ("", "refused", "it has no path"),
        ("b.py", "unmatched", "no file that is read has this path"),
    ],
)
def test_documents_of_other_places_are_not_read(tmp_path: Path, path: str, status: str, reason: str):
    tables = read(tmp_path, index([document(path, [occurrence([0, 0, 1], F)])]), {"a.py": "x\n"})
    assert [(row["path"], row["status"], row["reason"]) for row in tables["scip_documents"]] == [(path, status, reason)]
    assert tables["scip_occurrences"] == []
    assert statuses(tables) == {"a.py": ("skipped", "the index has no document of it")}


def test_paths_are_matched_as_bytes(tmp_path: Path):
    names = ["ünï.py", "back\\slash.py"]
    tables = read(
        tmp_path, index([document(name, [occurrence([0, 0, 1], F)]) for name in names]), dict.fromkeys(names, "x")
    )
    assert len(tables["scip_occurrences"]) == 2


def test_a_second_document_of_a_file_is_not_read(tmp_path: Path):
    documents = [document("a.py", [occurrence([0, 0, 1], F)]), document("a.py", [occurrence([0, 0, 1], C)])]
    tables = read(tmp_path, index(documents), {"a.py": "x\n"})
    assert [row["symbol"] for row in tables["scip_occurrences"]] == [F]
    assert [(row["status"], row["reason"]) for row in tables["scip_documents"]] == [
        ("read", None),
        ("duplicate", "the document 0 has the same path"),
    ]
    assert statuses(tables)["a.py"] == ("limited", "the index has duplicate documents of it; one was read")


def test_a_text_that_differs_is_told(tmp_path: Path):
    documents = [document("a.py", content="x = 1\n"), document("b.py", content="x = 1\n")]
    tables = read(tmp_path, index(documents), {"a.py": "x = 1\r\n", "b.py": "x = 2\n"})
    assert statuses(tables) == {
        "a.py": ("ok", None),
        "b.py": ("limited", "its content differs from what was indexed"),
    }


def test_symbols_are_described_once_and_those_that_are_only_mentioned_have_a_row(tmp_path: Path):
    other = "scip-python python other . `x`/y."
    symbols = [symbol(C, "C", more=relationship(other, 3) + relationship(F, 2, 4)), symbol(C, "again")]
    external = [symbol(f"{PREFIX}e.", "e", 61, more=relationship(C, 5))]
    tables = read(tmp_path, index([document("a.py", [occurrence([0, 0, 1], "bad")], symbols)], external), {"a.py": "x"})
    assert {
        (row["path"], row["symbol"], row["origin"], row["descriptions"], row["display_name"], row["is_valid"])
        for row in tables["scip_symbols"]
    } == {
        ("a.py", C, "document", 2, "C", True),
        ("", other, "mentioned", 0, None, True),
        ("", F, "mentioned", 0, None, True),
        ("", "bad", "mentioned", 0, None, False),
        ("", f"{PREFIX}e.", "external", 1, "e", True),
    }
    flags = ("is_reference", "is_implementation", "is_type_definition", "is_definition")
    assert {(row["symbol"], row["target"]): [row[flag] for flag in flags] for row in tables["scip_relationships"]} == {
        (C, other): [False, True, False, False],
        (C, F): [True, False, True, False],
        (f"{PREFIX}e.", C): [False, False, False, True],
    }


def test_diagnostics_follow_their_occurrence(tmp_path: Path):
    first = diagnostic(1, "E1", "wrong", "linter", [2, 1]) + diagnostic(9, "", "odd", "")
    occurrences = [occurrence([1, 0, 1], F, more=first), occurrence([9, 0, 1], F, more=diagnostic(2, "", "lost", ""))]
    tables = read(tmp_path, index([document("a.py", [*occurrences, occurrence([0, 0, 1], C)])]), {"a.py": "x\ny\n"})
    ids = {row["symbol"]: row["occurrence_id"] for row in tables["scip_occurrences"]}
    assert [
        (row["occurrence_id"], row["ordinal"], row["severity"], row["code"], row["message"], row["source"], row["tags"])
        for row in tables["scip_diagnostics"]
    ] == [
        (ids[F], 0, "Error", "E1", "wrong", "linter", "Deprecated,Unnecessary"),
        (ids[F], 1, "9", None, "odd", None, None),
    ]


def test_a_malformed_document_costs_its_file(tmp_path: Path):
    broken = text(1, "a.py") + text(2, b"\xff\xff\xff")
    invalid = text(1, "b.py") + text(4, b"\xff\xfe")
    tables = read(tmp_path, index([broken, invalid, document("c.py")]), {"a.py": "x", "b.py": "x", "c.py": "x"})
    assert [(row["path"], row["status"]) for row in tables["scip_documents"]] == [
        ("a.py", "malformed"),
        ("b.py", "malformed"),
        ("c.py", "read"),
    ]
    found = statuses(tables)
    assert {path: status for path, (status, _) in found.items()} == {"a.py": "failed", "b.py": "failed", "c.py": "ok"}
    assert found["a.py"][1].startswith("its document in the index was not read: ")


def test_an_index_that_is_cut_short_is_read_up_to_there(tmp_path: Path):
    whole = index([document("a.py", [occurrence([0, 0, 1], F)]), document("b.py", [occurrence([0, 0, 1], F)])])
    tables = read(tmp_path, whole[:-3], {"a.py": "x", "b.py": "x"})
    found = statuses(tables)
    assert found["a.py"] == ("ok", None)
    place = whole.index(text(2, document("b.py", [occurrence([0, 0, 1], F)])))
    reason = f"it is malformed at byte {place}: 3 bytes are missing; nothing behind was read"
    assert found["b.py"] == ("failed", f"the index has no document of it: {reason}")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n", b'{"documents": []}', b"\0" * 20, b"\xff" * 50, b"\x0b", b"\x80"])
def test_what_is_no_index_is_told(tmp_path: Path, content: bytes):
    ((status, reason),) = statuses(read(tmp_path, content, {"a.py": "x"})).values()
    assert status == "failed"
    assert reason.startswith("the index has no document of it: it is malformed at byte 0: ")


def test_an_empty_index_says_nothing(tmp_path: Path):
    assert statuses(read(tmp_path, b"", {"a.py": "x"})) == {"a.py": ("skipped", "the index has no document of it")}


def test_without_an_index_every_file_says_so(tmp_path: Path):
    tables = read(tmp_path, None, {"a.py": "x"})
    assert statuses(tables) == {"a.py": ("skipped", "no index was given; give one with --scip")}


def test_an_index_that_is_gone_is_a_reason(tmp_path: Path):
    root = write_files(tmp_path / "repository", {"a.py": "x"})
    given = scip_index_rows("sample", Selection(scip_index=str(tmp_path / "gone")))
    assert TASK is not None
    (row,) = extract_whole(TASK, root, scip_index=given)["scip_status"].to_pylist()
    reason = "the index cannot be read: there is no such file; give another with --scip"
    assert (row["status"], row["error_class"], row["message"]) == ("failed", "IndexUnreadable", reason)


def test_an_index_that_changes_during_the_build_is_not_read(tmp_path: Path):
    root = write_files(tmp_path / "repository", {"a.py": "x"})
    (tmp_path / "i").write_bytes(index([document("a.py")]))
    given = scip_index_rows("sample", Selection(scip_index=str(tmp_path / "i")))
    (tmp_path / "i").write_bytes(index([document("b.py")]))
    assert TASK is not None
    (row,) = extract_whole(TASK, root, scip_index=given)["scip_status"].to_pylist()
    assert "it changed during the build; build again" in row["message"]


def test_limits_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scip_reader, "MOST", scip_reader.MOST | {"occurrences": 2, "symbols": 1})
    monkeypatch.setattr(scip_reader, "MOST_DOCUMENT_BYTES", 1000)
    places = [occurrence([0, 0, 1], F)]
    documents = [
        document("a.py", places * 3),
        document("b.py", places * 2),
        document("c.py", places),
        document("d.py", content="x" * 1000),
    ]
    tables = read(
        tmp_path, index(documents, [symbol(F), symbol(C)]), dict.fromkeys(("a.py", "b.py", "c.py", "d.py"), "x")
    )
    assert [row["status"] for row in tables["scip_documents"]] == ["limited", "read", "limited", "limited"]
    assert {path: status for path, (status, _) in statuses(tables).items()} == {
        "a.py": "limited",
        "b.py": "ok",
        "c.py": "limited",
        "d.py": "limited",
    }
    assert [row["symbol"] for row in tables["scip_symbols"]] == [F]


def test_bytes_spelled_by_hand_are_what_the_described_messages_write():
    made = message("Document")(relative_path="a.py", language="python", text="t", position_encoding=3)
    found = made.occurrences.add(range=[1, 2, 3], symbol=F, symbol_roles=5, syntax_kind=6, enclosing_range=[0, 0, 9, 1])
    found.override_documentation.append("doc")
    found.diagnostics.add(severity=2, code="c", message="m", source="s", tags=[1])
    described = made.symbols.add(symbol=F, display_name="f", kind=17, documentation=["d"], enclosing_symbol=C)
    described.relationships.add(symbol=C, is_reference=True, is_definition=True)
    described.signature_documentation.language, described.signature_documentation.text = "python", "def f()"
    place = occurrence([1, 2, 3], F, 5, 6, [0, 0, 9, 1], more=text(4, "doc") + diagnostic(2, "c", "m", "s", [1]))
    about = symbol(F, "f", 17, ["d"], C, more=relationship(C, 2, 5) + signature("def f()"))
    assert message("Document").FromString(document("a.py", [place], [about], 3, "t")) == made
    assert message("Metadata").FromString(text(2, text(1, "t") + text(2, "v"))).tool_info.version == "v"


def test_ranges_need_not_be_packed(tmp_path: Path):
    unpacked = b"".join(number(1, value) for value in (0, 0, 1)) + text(2, F)
    tables = read(tmp_path, index([document("a.py", [unpacked])]), {"a.py": "x"})
    assert [row["symbol"] for row in tables["scip_occurrences"]] == [F]


def test_fields_and_values_of_the_future_are_passed_over(tmp_path: Path):
    future = number(99, 5) + text(98, "x") + b"\x85\x06abcd" + b"\x81\x06abcdefgh"
    content = future + index([document("a.py", [occurrence([0, 0, 1], F, 1 << 20, 500) + future]) + future]) + future
    (row,) = read(tmp_path, content, {"a.py": "x"})["scip_occurrences"]
    assert (row["syntax_kind"], row["roles"], row["is_definition"]) == ("500", 1 << 20, False)


@pytest.mark.parametrize("seed", range(6))
def test_damage_never_raises_and_every_file_has_a_status(tmp_path: Path, seed: int):
    dice = random.Random(seed)
    places = [
        occurrence([0, 0, 1], F, 1, 5, [0, 0, 1, 0], diagnostic(1, "c", "m", "s", [1])),
        occurrence([0, 1, 2], "local 1"),
    ]
    whole = index(
        [document(f"{name}.py", places, [symbol(F, "f", 17, ["d"], C, relationship(C, 3))], 2) for name in "ab"],
        [symbol(C)],
    )
    root = write_files(tmp_path / "repository", {"a.py": "xyz\n", "b.py": "xyz\n"})
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            position = dice.randrange(len(damaged))
            choice = dice.random()
            if choice < 0.6:
                damaged[position] = dice.randrange(256)
            elif choice < 0.8:
                del damaged[position : position + dice.randrange(1, 9)]
            else:
                damaged[position:position] = dice.randbytes(dice.randrange(1, 9))
        (tmp_path / "i").write_bytes(damaged)
        given = scip_index_rows("sample", Selection(scip_index=str(tmp_path / "i")))
        assert TASK is not None
        tables = extract_whole(TASK, root, scip_index=given)
        assert sorted(tables["scip_status"]["path"].to_pylist()) == ["a.py", "b.py"]
        occurring = {name for name in tables["scip_occurrences"]["symbol"].to_pylist() if name is not None}
        assert occurring <= set(tables["scip_symbols"]["symbol"].to_pylist())


def test_many_empty_messages_are_counted_and_not_kept(tmp_path: Path):
    empty = text(1, "a.py") + text(2, b"") * 10_000
    tables = read(tmp_path, index([empty]), {"a.py": "x"})
    assert tables["scip_occurrences"] == []
    assert [(row["occurrences"], row["misplaced"]) for row in tables["scip_documents"]] == [(10_000, 10_000)]


def test_tables_are_the_same_whatever_the_order_of_documents(tmp_path: Path):
    documents = [document(f"{name}.py", [occurrence([0, 0, 1], F)], [symbol(F)]) for name in "abcdef"]
    files = {f"{name}.py": "x" for name in "abcdef"}
    one, other = read(tmp_path, index(documents), files), read(tmp_path, index(documents[::-1]), files)
    for name in ("scip_occurrences", "scip_symbols", "scip_status"):
        assert one[name] == other[name]


def test_the_schema_of_the_source_is_its_contract(tmp_path: Path):
    assert scip_index_rows("sample", Selection()).num_rows == 0
    table = scip_index_rows("sample", Selection(scip_index=str(tmp_path)))
    assert isinstance(table, pa.Table)
    assert table.to_pylist()[0]["status"] == "not_regular"
    (tmp_path / "i").write_bytes(b"abc")
    limited = scip_index_rows("sample", Selection(scip_index=str(tmp_path / "i")), limit=2).to_pylist()
    assert (limited[0]["status"], limited[0]["reason"]) == ("too_large", "it has more than 2 bytes")
    assert packed(1, [1]) == b"\x0a\x01\x01"


def test_another_index_is_another_version_of_the_source(tmp_path: Path):
    place = tmp_path / "i"
    chosen = Selection(scip_index=str(place))
    versions = []
    for content in (index([document("a.py")]), index([document("a.py")]), index([document("b.py")])):
        place.write_bytes(content)
        versions.append(rows_version(scip_index_rows("sample", chosen)))
    place.unlink()
    versions.append(rows_version(scip_index_rows("sample", chosen)))
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3
