"""Comments and docstrings: the questions people ask of them, and a package of the standard library against `ast`."""

from __future__ import annotations

import ast
import io
import shutil
import sysconfig
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline_assets
from pipeline_assets.normalize.comments import COMMENTS

SOURCE = '''# TODO: license
class Parser:
    """Parses."""

    def run(self):  # todo in small letters
        text = "# TODO: no comment"
        return text  # TODO: stream
        # TODO: close

    # FIXME or TODO
'''
PACKAGES = ("asyncio", "email", "json")
DEFINITIONS = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("library")
    for package in PACKAGES:
        shutil.copytree(
            Path(sysconfig.get_path("stdlib")) / package, root / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return root


@pytest.fixture(scope="module")
def graph(library):
    with pipeline_assets.build(library) as built:
        yield built


def test_all_comments_with_todo_and_the_function_around_them_are_one_query(tmp_path):
    (tmp_path / "parser.py").write_text(SOURCE)
    with pipeline_assets.build(tmp_path) as built:
        rows = built.sql(COMMENTS.query).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("parser.py", 1, None, "# TODO: license"),
        ("parser.py", 7, "parser.Parser.run", "# TODO: stream"),
        ("parser.py", 8, "parser.Parser.run", "# TODO: close"),
        ("parser.py", 10, "parser.Parser", "# FIXME or TODO"),
    ]


def test_every_comment_of_a_library_is_there_once(graph, library):
    found = graph.sql("SELECT path, c.line, text FROM comments AS c JOIN files USING (file_id)").to_pylist()
    expected = Counter((path, token.start[0], token.string) for path, token in _comments(library))
    assert Counter(tuple(row.values()) for row in found) == expected
    assert expected.total() > 1000


def test_comments_stand_in_the_innermost_definition_around_or_behind_the_end_of_one(graph, library):
    rows = graph.sql(
        "SELECT path, c.line, d.line AS header FROM comments AS c JOIN files USING (file_id) "
        "LEFT JOIN definitions AS d ON d.definition_id = c.definition_id"
    ).to_pylist()
    found = {(row["path"], row["line"]): row["header"] for row in rows}
    spans = {str(path.relative_to(library)): _spans(path) for path in library.rglob("*.py")}
    inside = behind = 0
    for path, token in _comments(library):
        line, column = token.start
        header = found[path, line]
        around = max(((first, header) for first, header, last, _ in spans[path] if first <= line <= last), default=None)
        if header == (around and around[1]):
            inside += 1
            continue
        first, _, last, indent = next(span for span in spans[path] if span[1] == header)
        assert (around or (0,))[0] < first <= last < line
        assert indent < column
        assert not token.line[:column].strip(), "nothing else is on the line"
        behind += 1
    assert inside > 1000
    assert 0 < behind < inside / 10


def test_docstrings_are_what_ast_says(graph, library):
    rows = graph.sql(
        "SELECT path, d.line, d.kind = 'module', text FROM docstrings AS s JOIN files USING (file_id) "
        "JOIN definitions AS d USING (definition_id)"
    ).to_pylist()
    expected = [each for path in library.rglob("*.py") for each in _docstrings(path, str(path.relative_to(library)))]
    assert sorted(tuple(row.values()) for row in rows) == sorted(expected)
    assert len(expected) > 500


def _comments(library: Path) -> Iterator[tuple[str, tokenize.TokenInfo]]:
    for path in library.rglob("*.py"):
        for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline):
            if token.type == tokenize.COMMENT:
                yield str(path.relative_to(library)), token


def _spans(path: Path) -> list[tuple[int, int, int, int]]:
    """First line with decorators, line, last line and column of every function and class."""
    found = (node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, DEFINITIONS))
    return [
        (
            min([node.lineno, *(e.lineno for e in node.decorator_list)]),
            node.lineno,
            node.end_lineno or 0,
            node.col_offset,
        )
        for node in found
    ]


def _docstrings(path: Path, name: str) -> Iterator[tuple[str, int, bool, str]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Module | DEFINITIONS):
            text = ast.get_docstring(node)
            if text is not None:
                yield name, getattr(node, "lineno", 1), isinstance(node, ast.Module), text
