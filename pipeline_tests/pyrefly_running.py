"""The Pyrefly layer for tests: every table of a folder, made in this process by the real program or by a stand-in."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline_assets.extract import pyrefly
from pipeline_assets.extract.producers.pyrefly import run as pyrefly_run
from pipeline_assets.extract.text import Encoding, canonical_bytes
from pipeline_assets.extract.worker import Job, run_stages
from pipeline_assets.sources.paths import path_bytes
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.parquet import STAGING
from pipeline_tests.extracting import readable_rows, run, write_files

STEPS = (pyrefly._run_report, pyrefly._parse_report, pyrefly._normalize_locations, pyrefly._materialize)
OUTPUTS = (*pyrefly.COLUMNS, pyrefly.PYREFLY_STATUS)
PROJECTED = ["repository", "file_id", "path", "module", "size", "sha256", "encoding", "bom"]

Row = dict[str, Any]


class Analysed:
    """What Pyrefly says about a folder."""

    def __init__(self, folder: Path, warehouse: Path) -> None:
        self.folder = folder
        self.tree = walk(folder, "sample")
        self.files = projected(self.tree)
        self.tables = pyrefly_tables(self.tree, self.files, warehouse)
        self._buffers = {row["file_id"]: _buffer(folder, row) for row in self.files.to_pylist()}
        self._paths = {row["file_id"]: row["path"] for row in self.files.to_pylist()}

    def rows(self, dataset: str, path: str | None = None, **wanted: object) -> list[Row]:
        """The rows of a dataset that have the wanted values, each with its path and the text of its span."""
        found = [self._readable(row) for row in self.tables[f"pyrefly_{dataset}"].to_pylist()]
        found = [row for row in found if path in (None, row["path"])]
        return [row for row in found if all(row[name] == value for name, value in wanted.items())]

    def text(self, file_id: int, start: int, end: int) -> str:
        """A span's text."""
        return self._buffers[file_id][start:end].decode()

    def statuses(self) -> dict[str, Row]:
        """The status rows by path."""
        rows = self.tables["pyrefly_status"].to_pylist()
        assert len(rows) == len({row["file_id"] for row in rows}) == self.files.num_rows
        return {row["path"]: row for row in rows}

    def _readable(self, row: Row) -> Row:
        row["path"] = self._paths[row["file_id"]]
        if row.get("bstart") is not None:
            row["text"] = self.text(row["file_id"], row["bstart"], row["bend"])
        return row


def analyse(folder: Path, contents: Mapping[str, str | bytes]) -> Analysed:
    """Write the files to a repository below `folder` and analyse it."""
    return Analysed(write_files(folder / "repository", contents), folder / "warehouse")


def projected(tree: Tree) -> pa.Table:
    """The rows that the layer's projection keeps."""
    return readable_rows(run("files", tree, tree.table)["files"]).select(PROJECTED)


def pyrefly_tables(tree: Tree, rows: pa.Table, warehouse: Path) -> dict[str, pa.Table]:
    """The tables of the layer over the projected rows."""
    (warehouse / STAGING).mkdir(parents=True, exist_ok=True)
    inputs = {"files": rows}
    job = Job(STEPS, OUTPUTS, tuple(rows.to_pylist()), tree.source, warehouse, tree.max_file_bytes, inputs=inputs)
    return run_stages(job, [])


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Put a Python program in Pyrefly's place; it knows `REAL`, the arguments `ARGS` and the folder `REPORT`."""
    path = folder / "stand_in"
    lines = [
        f"#!{sys.executable} -I",
        "import json, os, shutil, signal, subprocess, sys, time",
        "from pathlib import Path",
        f"REAL, ARGS = {str(pyrefly_run.executable())!r}, sys.argv[1:]",
        "REPORT = Path(next(arg for arg in ARGS if arg.startswith('--report-pysa=')).partition('=')[2])",
        program,
    ]
    path.write_text("\n".join(lines))
    path.chmod(0o755)
    monkeypatch.setattr(pyrefly_run, "executable", lambda: path)


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be buried."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def _buffer(folder: Path, row: Row) -> bytes:
    content = Path(os.fsdecode(os.fsencode(folder) + b"/" + path_bytes(row["path"]))).read_bytes()
    return canonical_bytes(content, Encoding(row["encoding"], row["bom"]))
