"""A sample task module with one task of each kind, as an author would write it."""

from __future__ import annotations

import pyarrow as pa
from ibis.expr.types import Table

from pipeline_assets.pipes import extractor, graph_task, task, union
from pipeline_tests.unit.inference.project import contract as _contract

_ROW = "file_id:int64 repository:string name:string"
TEXTS = _contract("texts", _ROW, "extract", local=("file_id",))
TEXT_STATUS = _contract("text_status", _ROW, "extract", part_of="status")
STATUS = _contract("status", _ROW, "extract")
TITLES = _contract("titles", _ROW)
RANKS = _contract("ranks", "file_id:int64 repository:string rank:int64")


def _select_files(source: Table) -> Table:
    """Choose what to read."""
    return source.select("repository", "file_id", "name")


def _parse(chunk: object) -> object:
    """Parse."""
    return chunk


@extractor(TEXTS, TEXT_STATUS, stages=(_select_files, _parse))
def read_texts(source: Table) -> Table:
    """Read the texts."""


status = union(STATUS)


def _with_size(texts: Table, source: Table) -> Table:
    """Keep large files."""
    return texts.inner_join(source, "file_id").filter(source.size > 1).select(texts)


def _shout(texts: Table, texts_again: str = "!") -> Table:
    """Make titles loud."""
    return texts.mutate(name=texts.name.upper() + texts_again)


@task(TITLES, stages=(_with_size, _shout))
def titles(texts: Table, source: Table) -> Table:
    """One row per large file, with its title."""
    return TITLES.select(texts)


def _project_titles(titles: Table) -> dict[str, Table]:
    """Take the names."""
    return {"titles": titles.select("file_id", "repository", "name")}


def _rank(inputs: dict[str, pa.Table]) -> pa.Table:
    """Number them by name."""
    rows = inputs["titles"].sort_by("name")
    return rows.drop_columns(["name"]).append_column("rank", pa.array(range(len(rows)), pa.int64()))


@graph_task(RANKS, stages=(_project_titles, _rank))
def ranks(titles: Table) -> Table:
    """One row per title, with its rank."""
