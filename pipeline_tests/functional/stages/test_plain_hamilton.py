"""Hamilton stays Hamilton: a task module of the product loads in a plain driver, is drawn, and computes the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hamilton import driver

from pipeline_assets.pipes.validation import MandatoryTags
from pipeline_assets.project import load_project
from pipeline_tests.partial import built

PAGE = Path(__file__).parents[3] / "docs" / "inference.md"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory):
    root = tmp_path_factory.mktemp("plain")
    text = "import functools\n\n\n@functools.cache\ndef f():\n    return 1\n\n\n@staticmethod\ndef g(): ...\n"
    (root / "m.py").write_text(text)
    with built(root, "decorators") as found:
        yield found


@pytest.fixture(scope="module")
def shown(graph) -> dict:
    """What the code on the page leaves behind, run as it stands there."""
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S) if "display_all" in block]
    names = {"graph": graph}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


def test_the_result_is_the_products(graph, shown):
    rows = shown["table"].order_by("decorator_id").to_pyarrow().to_pylist()
    assert rows == graph.table("decorators").order_by("decorator_id").to_pyarrow().to_pylist()
    assert [row["dotted"] for row in rows] == ["functools.cache", "staticmethod"]


def test_the_page_names_what_the_task_reads(shown):
    assert set(shown["names"]) == set(load_project().manifest.task("decorators").declared_inputs)


def test_the_drawing_shows_every_stage(shown):
    stages = load_project().manifest.task("decorators").stages
    assert [stage.node for stage in stages if stage.node not in shown["drawing"].source] == []


def test_every_task_module_of_the_product_loads_in_a_plain_driver_with_its_tags():
    plain = driver.Builder().with_modules(*load_project().modules).with_adapters(MandatoryTags()).build()
    stages = {stage.node for task in load_project().manifest.tasks if not task.is_union for stage in task.stages}
    assert stages <= plain.graph.nodes.keys()
