"""Help: there for every command, with an example, without importing what the commands need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline_assets.cli.app import app
from pipeline_tests.unit.cli.conftest import Cpg

COMMANDS = [command.callback.__name__ for command in app.registered_commands if command.callback]


def test_every_promised_command_is_there():
    promised = "build add remove repositories plan stages lineage query check summary export flows serve doctor"
    assert promised.split() == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(cpg: Cpg, command: str):
    shown = cpg(command, "--help")
    assert shown.code == 0
    assert f"Example: cpg {command}" in shown.out


def test_help_imports_nothing_heavy():
    heavy = ("dagster", "duckdb", "hamilton", "ibis", "pandas", "pyarrow", "pydantic", "rustworkx", "sqlglot")
    code = f"""
import sys
sys.argv = ["cpg", "--help"]
from pipeline_assets.cli import main
try:
    main()
finally:
    print("LOADED", [name for name in {heavy} if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in ran.stdout


@pytest.mark.parametrize("arguments", [("frobnicate",), ("build",), ("query", "SELECT 1", "--frobnicate")])
def test_wrong_usage_exits_2(cpg: Cpg, arguments: tuple[str, ...]):
    assert cpg(*arguments).code == 2
