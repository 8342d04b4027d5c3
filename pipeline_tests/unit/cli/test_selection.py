"""`--select`: names, upstream, downstream, layers."""

from __future__ import annotations

import pytest
import typer

from pipeline_assets.cli.selection import select_tasks
from pipeline_assets.project import Project


@pytest.mark.parametrize(
    ("expression", "tasks"),
    [
        (None, {"paths", "sizes", "totals"}),
        ("sizes", {"sizes"}),
        ("+sizes", {"paths", "sizes"}),
        ("sizes+", {"sizes", "totals"}),
        ("+sizes+", {"paths", "sizes", "totals"}),
        ("paths, totals", {"paths", "totals"}),
        ("layer:products", {"totals"}),
        ("layer:extract", set()),
    ],
)
def test_what_an_expression_names(project: Project, expression: str | None, tasks: set[str]):
    assert select_tasks(project, expression) == tasks


@pytest.mark.parametrize("expression", ["", " , ", "nothing", "repository_tree", "layer:nothing", "++sizes"])
def test_what_names_nothing_is_usage(project: Project, expression: str):
    with pytest.raises(typer.BadParameter):
        select_tasks(project, expression)
