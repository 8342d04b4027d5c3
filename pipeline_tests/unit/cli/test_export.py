"""`cpg export`: what is available is written, what is not is named."""

from __future__ import annotations

from pathlib import Path

from pipeline_tests.unit.cli.conftest import Cpg


def test_an_unknown_format_lists_those_there_are(cpg: Cpg):
    ran = cpg("export", "gexf")
    assert ran.code == 2
    assert "not available: choose pycg" in ran.err.replace("│", "").replace("\n", " ").replace("  ", " ")


def test_a_repository_that_lacks_the_tables_is_named(cpg: Cpg, repository: Path):
    cpg("build", repository)
    ran = cpg("export", "pycg")
    assert ran.code == 2 and "call_graph" in ran.err


def test_of_several_repositories_one_must_be_chosen(cpg: Cpg, repository: Path):
    cpg("add", repository)
    cpg("add", repository, "--repository", "again")
    ran = cpg("export", "pycg")
    assert ran.code == 2 and "again, sample" in ran.err
