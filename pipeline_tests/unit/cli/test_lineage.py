"""`cpg lineage`: transitive, both ways, at column level; the drawing is well-formed and self-contained."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline_assets.inference.manifest import ColumnPlan, DatasetPlan, Manifest
from pipeline_assets.products.lineage_graph import column_lineage
from pipeline_assets.products.lineage_page import lineage_page
from pipeline_assets.products.lineage_svg import lineage_svg
from pipeline_tests.unit.cli.conftest import Cpg


def test_upstream_goes_through_every_task(cpg: Cpg):
    graph = cpg("lineage", "totals.label", "--json").json
    assert [node["id"] for node in graph["nodes"]] == [
        *("paths.path", "repository_tree.path", "sizes.label", "totals.label"),
    ]
    assert graph["edges"] == [
        {"from": "paths.path", "to": "sizes.label", "task": "sizes"},
        {"from": "repository_tree.path", "to": "paths.path", "task": "paths"},
        {"from": "sizes.label", "to": "totals.label", "task": "totals"},
    ]
    assert {"column": "repository_tree.status", "task": "paths"} in graph["filters"]


def test_downstream_is_the_other_way(cpg: Cpg):
    graph = cpg("lineage", "repository_tree.path", "--downstream", "--json").json
    assert [node["id"] for node in graph["nodes"]] == [
        *("paths.path", "repository_tree.path", "sizes.label", "totals.label"),
    ]
    assert cpg("lineage", "totals.label", "--downstream", "--json").json["edges"] == []


def test_a_dataset_is_all_of_its_columns(cpg: Cpg):
    nodes = {node["id"] for node in cpg("lineage", "sizes", "--json").json["nodes"]}
    assert {"sizes.repository", "sizes.file_id", "sizes.label", "repository_tree.file_id"} <= nodes
    assert "paths.size" not in nodes, "it decides rows, its values do not flow on"


def test_the_tree_names_each_column_below_what_it_makes(cpg: Cpg):
    lines = cpg("lineage", "totals.label").out.splitlines()
    assert [line.strip(" └─").split()[0] for line in lines[1:]] == [
        *("totals.label", "sizes.label", "paths.path", "repository_tree.path"),
    ]


@pytest.mark.parametrize("name", ["nothing", "sizes.nothing", ""])
def test_an_unknown_name_is_usage_and_lists_what_there_is(cpg: Cpg, name: str):
    ran = cpg("lineage", name)
    assert ran.code == 2
    assert ("label" if "." in name else "repository_tree") in ran.err


def test_the_drawing_is_a_whole_picture(cpg: Cpg, tmp_path: Path):
    ran = cpg("lineage", "totals", "--svg", tmp_path / "lineage.svg")
    assert ran.code == 0
    text = (tmp_path / "lineage.svg").read_text()
    root = ElementTree.fromstring(text)
    labels = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"totals", "label", "repository_tree", "path"} <= set(labels)
    edges = cpg("lineage", "totals", "--json").json["edges"]
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) == len(edges)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", ""), "it refers to nothing outside"


def test_a_drawing_that_cannot_be_written_is_usage(cpg: Cpg, tmp_path: Path):
    ran = cpg("lineage", "totals", "--svg", tmp_path / "no" / "lineage.svg")
    assert ran.code == 2 and "cannot be written" in ran.err


def test_names_cannot_become_markup():
    column = ColumnPlan('<script>"&\x1b', "string", False, "")
    dataset = DatasetPlan("</text><script>", "cpg", "file", None, (column.name,), (column,), "", "", None)
    manifest = Manifest("", (dataset,), (), ())
    root = ElementTree.fromstring(lineage_svg(column_lineage(manifest, [(dataset.name, column.name)]), manifest))
    assert [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")] == [
        "</text><script>",
        '<script>"&\N{REPLACEMENT CHARACTER}',
    ]


def test_the_page_holds_the_whole_plan_and_nothing_from_elsewhere(cpg: Cpg, tmp_path: Path):
    assert cpg("lineage", "totals.label", "--html", tmp_path / "page.html").code == 0
    page = (tmp_path / "page.html").read_text()
    plan = json.loads(re.search(r'id="plan">(.*?)</script>', page)[1])
    assert plan["start"] == "totals.label"
    names = [f"{dataset['name']}.{column[0]}" for dataset in plan["datasets"] for column in dataset["columns"]]
    flows = {(names[source], names[target]) for _, ins, outs in plan["flows"] for source in ins for target in outs}
    assert {("paths.path", "sizes.label"), ("repository_tree.path", "paths.path")} <= flows
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page), "it works without a network"
    assert cpg("lineage", "totals", "--html", tmp_path / "page.html", "--json").code == 2


def test_nothing_in_the_plan_ends_the_page_or_runs():
    attack = "</script><script>alert(1)</script>$PLAN$SCRIPT$HASH"
    dataset = DatasetPlan(
        "odd", "extract", "file", None, (), (ColumnPlan("c", "string", True, attack),), attack, "", None
    )
    page = lineage_page(Manifest("", (dataset,), (), ()), "odd")
    assert page.count("<script") == 2 and page.count("</script>") == 2, "the plan, and our script"
    script = page.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page, "the browser runs this script and no other"
    assert json.loads(re.search(r'id="plan">(.*?)</script>', page)[1])["datasets"][0]["description"] == attack
