"""The same files give the same tables, whatever the hash seed, locale, time zone or working directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_assets.extract.worker import PACKAGE_ROOT
from pipeline_tests.extracting import write_files

PROGRAM = """
import hashlib, sys
from pathlib import Path
from pipeline_tests.extracting import extract
for name, table in sorted(extract(Path(sys.argv[1])).items()):
    print(name, table.num_rows, hashlib.sha256(repr(table.to_pylist()).encode()).hexdigest())
"""

# free variables of a class body: their order in CPython's own symbol table follows the hash seed
SOURCE = """
def outer(a, b, c, d, e, f):
    class Inner:
        def method(self):
            return a, b, c, d, e, f, [x for x in a if x]
    return Inner
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    contents = {f"package_{i}/módule.py": f"# é\nvalue = {i}\n{SOURCE}" for i in range(5)}
    return write_files(tmp_path_factory.mktemp("repository"), contents)


def test_tables_do_not_depend_on_the_environment(folder: Path, tmp_path: Path):
    plain = _run(folder, folder, PYTHONHASHSEED="0", LC_ALL="C.UTF-8", TZ="UTC")
    other = _run(folder, tmp_path, PYTHONHASHSEED="4321", LC_ALL="C", TZ="Asia/Kathmandu")
    assert "ast_nodes" in plain
    assert plain == other


def _run(folder: Path, working_directory: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        cwd=working_directory,
        env={**os.environ, "PYTHONPATH": str(PACKAGE_ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
