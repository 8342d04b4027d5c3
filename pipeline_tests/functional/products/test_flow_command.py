"""`cpg flows` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_assets.products.flows.bundled import bundled_sets

SUBJECT = ["--from", "param:shop.prices.*", "--to", "return:shop.prices.*"]


@pytest.fixture
def cpg(shop, warehouse: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from pipeline_assets.cli import main; main()", "flows", *arguments]
        environment = os.environ | {"CPG_WAREHOUSE": str(warehouse), "NO_COLOR": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)

    return run


def test_flows_are_printed_with_the_lines_that_they_pass(cpg, shop):
    ran = cpg(*SUBJECT)
    assert ran.returncode == 0, ran.stderr
    answer = shop.flows([SUBJECT[1]], [SUBJECT[3]])
    assert answer.found and f"{answer.found} flows" in ran.stderr
    for flow in answer.flows:
        assert f"{flow.source} → {flow.sink}" in ran.stdout
        assert all(f"{step.path}:{step.line}" in ran.stdout and step.text in ran.stdout for step in flow.steps)


def test_json_is_the_whole_answer(cpg, shop):
    ran = cpg(*SUBJECT, "--json")
    assert json.loads(ran.stdout) == json.loads(json.dumps(shop.flows([SUBJECT[1]], [SUBJECT[3]]).document()))


def test_what_cannot_be_asked_is_told_by_exit_codes(cpg):
    wrong = cpg("--from", "call", "--to", "code")
    assert (wrong.returncode, wrong.stdout) == (2, "") and "KIND:PATTERN" in " ".join(wrong.stderr.split())
    missing = cpg("--from", "param:shop.price.*", "--to", "code")
    assert (missing.returncode, missing.stdout) == (1, "") and "near it there is shop.prices." in missing.stderr
    nothing = cpg("--from", "call:*", "--to", "xml")
    assert (nothing.returncode, nothing.stdout) == (0, "") and "nothing here is one of xml" in nothing.stderr


def test_the_bundled_sets_are_listed(cpg):
    listed = json.loads(cpg("--list-specs", "--json").stdout)
    assert [one["name"] for one in listed] == list(bundled_sets())
    shown = cpg("--list-specs").stdout
    assert all(one["description"] in shown for one in listed)
