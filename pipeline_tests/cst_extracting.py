"""The LibCST layer for tests: its tables of a folder or of one source, and the same facts as CPython has them."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline_assets.extract import cst
from pipeline_assets.extract.producers.libcst.contracts import MOST_CHARACTERS
from pipeline_assets.extract.worker import Job, run_stages
from pipeline_assets.sources.tree import Tree, walk
from pipeline_tests.extracting import readable_rows, run, write_files

Row = dict[str, Any]
Facts = dict[str, Counter[tuple[Any, ...]]]

STEPS = (cst._parse, cst._normalize, cst._materialize)
OUTPUTS = (*cst.FACTS, cst.CST_NODES, cst.CST_MANIFEST, cst.CST_STATUS)


def concrete(tree: Tree, rows: pa.Table) -> dict[str, pa.Table]:
    """The tables of the layer over projected rows."""
    job = Job(STEPS, OUTPUTS, tuple(rows.to_pylist()), tree.source, Path("unused"), tree.max_file_bytes)
    return run_stages(job, [])


def concrete_source(folder: Path, source: str | bytes) -> dict[str, list[Row]]:
    """The rows of the layer for one file."""
    tree = walk(write_files(folder, {"sample.py": source}), "sample")
    tables = concrete(tree, readable_rows(run("files", tree, tree.table)["files"]))
    return {name: table.to_pylist() for name, table in tables.items()}


def told(tables: dict[str, list[Row]]) -> Facts:
    """What the layer says, in the form of `expected`."""
    span = ("name_bstart", "name_bend")
    return {
        "definitions": _count(tables["cst_defs"], "kind", "name", "is_async", *span),
        "imports": _count(tables["cst_imports"], "name", "asname", "module", "level", "bstart"),
        "references": _count(tables["cst_refs"], "name", "ctx", "is_attribute", *span),
        "calls": _count(tables["cst_callsites"], "callee_name", "keywords", "positional", *span),
        "arguments": _count(tables["cst_call_args"], "kind", "keyword", *span),
        "types": _count(tables["cst_types"], "kind", *span),
        "decorators": _count(tables["cst_decorators"], "name", *span),
        "docstrings": _count(tables["cst_docstrings"], "kind", "text", "characters"),
    }


def expected(nodes: list[Row], parsed: ast.Module, canonical: bytes) -> Facts:
    """The facts of one file, from rows of `ast_nodes` (for the places of names) and from CPython's tree."""
    reading = _Reading(nodes, canonical)
    return {
        "definitions": Counter(reading.definitions()),
        "imports": Counter(reading.imports()),
        "references": Counter(reading.references()),
        "calls": Counter(reading.calls()),
        "arguments": Counter(reading.arguments()),
        "types": Counter(reading.types()),
        "decorators": Counter(reading.decorators()),
        "docstrings": Counter(_docstrings(parsed)),
    }


def _count(rows: list[Row], *columns: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(_normal(row[column], column) for column in columns) for row in rows)


def _normal(value: Any, column: str) -> Any:
    """Identifiers as Python normalises them; what a docstring says stays."""
    return unicodedata.normalize("NFKC", value) if isinstance(value, str) and column != "text" else value


class _Reading:
    """One file's rows of `ast_nodes`."""

    def __init__(self, nodes: list[Row], canonical: bytes) -> None:
        self._nodes, self._canonical = nodes, canonical
        self._by_id = {row["node_id"]: row for row in nodes}
        self._below: dict[tuple[int, str], list[Row]] = {}
        for row in nodes:
            self._below.setdefault((row["parent_id"], row["field"]), []).append(row)

    def definitions(self) -> Iterator[tuple[Any, ...]]:
        for row in self._of("FunctionDef", "AsyncFunctionDef", "ClassDef"):
            kind = "class" if row["kind"] == "ClassDef" else "function"
            yield kind, row["name"], row["kind"].startswith("Async"), row["name_bstart"], row["name_bend"]

    def imports(self) -> Iterator[tuple[Any, ...]]:
        for row in self._of("alias"):
            statement = self._by_id[row["parent_id"]]
            yield row["name"], row["alias"], statement["name"], int(statement["value"] or 0), row["bstart"]

    def references(self) -> Iterator[tuple[Any, ...]]:
        for row in self._of("Name", "Attribute"):
            yield row["name"], row["ctx"], row["kind"] == "Attribute", row["name_bstart"], row["name_bend"]
        for row in self._of("ExceptHandler", "MatchAs", "MatchStar"):
            if row["name"] is not None:
                yield row["name"], "Store", False, row["name_bstart"], row["name_bend"]
        for row in self._of("MatchMapping"):
            if row["alias"] is not None:
                rest = re.compile(rb"\*\*\s*([^\s,}]+)[\s,]*\}").search(self._canonical, row["bstart"], row["bend"])
                assert rest is not None
                yield row["alias"], "Store", False, *rest.span(1)

    def calls(self) -> Iterator[tuple[Any, ...]]:
        for row in self._of("Call"):
            keywords = [each["name"] for each in self._fields(row, "keywords") if each["name"] is not None]
            passed = [each for each in self._fields(row, "args") if each["kind"] != "Starred"]
            callee = self._below[row["node_id"], "func"][0]
            name = callee["name"] if callee["kind"] in _NAMED else None
            yield name, ",".join(keywords), len(passed), *_token(callee)

    def arguments(self) -> Iterator[tuple[Any, ...]]:
        for call in self._of("Call"):
            for row in self._fields(call, "args"):
                yield "star" if row["kind"] == "Starred" else "positional", None, None, None
            for row in self._fields(call, "keywords"):
                kind = "double_star" if row["name"] is None else "keyword"
                yield kind, row["name"], row["name_bstart"], row["name_bend"]

    def types(self) -> Iterator[tuple[Any, ...]]:
        for row in self._nodes:
            above = self._by_id.get(row["parent_id"], row)
            if row["field"] == "annotation" and above["kind"] == "AnnAssign":
                yield "variable", *_token(self._below[above["node_id"], "target"][0])
            elif row["field"] == "annotation":
                yield "parameter", *_token(above)
            elif row["field"] == "returns":
                yield "return", *_token(above)
            elif above["kind"] == "TypeAlias" and row["field"] == "value":
                yield "alias", *_token(self._below[above["node_id"], "name"][0])
            elif above["kind"] in ("TypeVar", "TypeVarTuple", "ParamSpec") and row["field"] in _OF_PARAMETERS:
                yield _OF_PARAMETERS[row["field"]], *_token(above)

    def decorators(self) -> Iterator[tuple[Any, ...]]:
        for row in self._nodes:
            if row["field"] == "decorator_list":
                named = self._below[row["node_id"], "func"][0] if row["kind"] == "Call" else row
                yield named["name"] if named["kind"] in _NAMED else None, *_token(named)

    def _of(self, *kinds: str) -> Iterator[Row]:
        return (row for row in self._nodes if row["kind"] in kinds)

    def _fields(self, row: Row, field: str) -> list[Row]:
        return self._below.get((row["node_id"], field), [])


_NAMED = ("Name", "Attribute")
_OF_PARAMETERS = {"bound": "bound", "default_value": "default"}


def _token(row: Row) -> tuple[int | None, int | None]:
    return row["name_bstart"], row["name_bend"]


def _docstrings(parsed: ast.Module) -> Iterator[tuple[Any, ...]]:
    for node in ast.walk(parsed):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            text = ast.get_docstring(node, clean=False)
            if text is not None:
                kind = {ast.Module: "module", ast.ClassDef: "class"}.get(type(node), "function")
                yield kind, text[:MOST_CHARACTERS].encode("utf-8", "backslashreplace").decode(), len(text)
