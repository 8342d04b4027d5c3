"""The first screens of the real UI in a real Chromium, over a repository that attacks whoever shows its text.

Pictures of every page are kept in `build/screenshots`, or where CPG_SCREENSHOTS says.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipeline_assets.orchestration.builds import build_through_dagster
from pipeline_assets.orchestration.instance import open_instance
from pipeline_assets.project import Project, load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.ui.browser import Page, browser, needs_chromium
from pipeline_tests.ui.hostile import Canary, canary, write_hostile_repository

TOP = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("CPG_SCREENSHOTS", TOP / "build/screenshots"))
SHOWN = ("definitions", "file_texts", "docstrings", "diagnostics")
"""Built with everything that they are made from: enough to see, at a fifth of the cost of all."""
SERVE = """
import sys
from pathlib import Path
from pipeline_assets.orchestration.serve import serve
serve(Path(sys.argv[1]), 0, ready=lambda url: print(url, flush=True))
"""
pytestmark = needs_chromium


@dataclass
class Site:
    """The UI in a browser, and who would hear of an attack that works."""

    url: str
    page: Page
    canary: Canary
    warehouse: Warehouse

    def see(self, name: str, path: str, *until: str, settle: float = 1.5) -> str:
        """Open a page, wait for what it must show, and keep a picture of it."""
        shown = self.page.open(f"{self.url}{path}", *until)
        self.page.settle(settle)
        self.page.shoot(PICTURES / f"{name}.png")
        return shown

    def runs(self) -> int:
        body = json.dumps({"query": "{ runsOrError { ... on Runs { count } } }"}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(json.load(answer)["data"]["runsOrError"]["count"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("ui")
    warehouse = Warehouse.create(folder / "warehouse")
    with ExitStack() as stack:
        heard = stack.enter_context(canary())
        write_hostile_repository(folder / "shop", heard)
        name = heard.file_name("repository").removesuffix(".py")
        warehouse.register(name, folder / "shop")
        build(warehouse, name)
        with open_instance(warehouse.dagster_home) as instance:
            told = {"told": dg.MetadataValue.md(heard.attack("control"))}
            instance.report_runless_asset_event(dg.AssetMaterialization("control", metadata=told))
        url = stack.enter_context(served(warehouse))
        yield Site(url, stack.enter_context(browser()), heard, warehouse)


def build(warehouse: Warehouse, name: str) -> None:
    project, settings = load_project(), Settings(warehouse=warehouse.root, workers=1)
    with Session(project, warehouse, name, settings, str(uuid.uuid4())) as session:
        outcome = build_through_dagster(session, closure(project, SHOWN))
    assert outcome.succeeded, outcome.failures


def closure(project: Project, datasets: tuple[str, ...]) -> set[str]:
    """The tasks that make these datasets and all that they are made from."""
    tasks: set[str] = set()
    waiting = list(datasets)
    while waiting:
        producer = project.manifest.producer(waiting.pop())
        if producer is not None and producer.name not in tasks:
            tasks.add(producer.name)
            waiting += [read.dataset for read in producer.inputs]
    return tasks


class served:
    """The address of a server, which is interrupted at the end."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._root = warehouse.root

    def __enter__(self) -> str:
        environment = {**os.environ, "PYTHONPATH": str(TOP), "CPG_WATCH": "false"}
        command = [sys.executable, "-W", "ignore", "-c", SERVE, str(self._root)]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *_: Any) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)


def test_lineage_shows_the_four_groups(site: Site):
    site.see("lineage", "/asset-groups", "extract", "normalize", "cpg", "products", settle=4)


@pytest.mark.parametrize("group", ["extract", "normalize", "cpg", "products"])
def test_each_group_opens(site: Site, group: str):
    site.see(
        f"group-{group}", f"/locations/pipeline_assets/asset-groups/{group}/lineage", group, "Materialize", settle=4
    )


def test_a_selection_divides_what_a_group_holds(site: Site):
    made = set(load_project().manifest.task("syntax").outputs)
    shown = site.see("selection", '/asset-groups~tag%3A"task"%3D"syntax"/', *made, settle=3)
    assert "file_texts" not in shown and "ast_nodes" in made


def test_the_catalog_shows_whole_names(site: Site):
    site.see("catalog", '/assets?asset-selection=group%3A"normalize"', "normalize / definitions", settle=2)


def test_an_asset_page_says_what_it_is(site: Site):
    description = load_project().manifest.dataset("definitions").description
    shown = site.see("asset", "/assets/normalize/definitions", "Row count", "Column name", description, settle=3)
    assert "non-nullable" in shown and "pipeline_assets" in shown
    site.page.run("[...document.querySelectorAll('*')].find(e => e.textContent === 'Metadata')?.scrollIntoView()")
    site.page.settle()
    site.page.shoot(PICTURES / "asset-metadata.png")
    shown = str(site.page.run("document.body.innerText"))
    for entry in ("preview", "stage runs", "column lineage", "stage graph", "lineage explorer"):
        assert entry in shown, f"the page does not show {entry}"


def test_checks_have_readable_messages(site: Site):
    shown = site.see("asset-checks", "/assets/normalize/definitions?view=checks", "contract", "order", "blocking")
    assert "every rule kept" in shown or "rules kept" in shown


def test_partitions_are_the_repositories(site: Site):
    site.see("asset-partitions", "/assets/normalize/definitions?view=partitions", "![m](http:")


def test_waves_are_repository_by_generation(site: Site):
    site.see("waves", "/assets/waves?view=partitions", "g00", "g01", "No partition selected")


def test_a_run_shows_its_timeline_and_steps(site: Site):
    with open_instance(site.warehouse.dagster_home) as instance:
        (run,) = instance.get_runs()
    site.see("timeline", "/overview/activity/timeline", "build", "pipeline_assets")
    site.see("run", f"/runs/{run.run_id}", "source_files", "Success", settle=3)


def test_automation_shows_schedule_and_sensors(site: Site):
    site.see(
        "automation", "/automation", "nightly", "changes", "repositories", "platform_follows", "early_cutoff", "alerts"
    )


def test_the_explorer_follows_columns_both_ways(site: Site):
    whole = site.see("explorer", "/column-lineage", "call_graph", "ast_nodes", "datasets, ")
    assert "Choose a dataset" in whole
    site.see("explorer-up", "/column-lineage#call_graph.callee&up&99", "call_graph.callee: ", "made from")
    boxes = site.page.run("document.querySelectorAll('svg rect.box').length")
    assert boxes > 30 and site.page.run("document.querySelectorAll('svg path.flow').length") > 30
    overlapping = site.page.run(OVERLAPS)
    assert overlapping == 0, "boxes do not cover each other, however many there are"
    site.page.open(f"{site.url}/column-lineage#files.path&down&1", "used by")
    site.page.run(SEARCH)
    assert "edges.dst" in str(site.page.run("document.getElementById('hits').innerText"))
    site.page.run("document.querySelector('#hits .go').click()")
    deadline = time.monotonic() + 10
    while "edges.dst: " not in str(site.page.run("document.getElementById('counts').innerText")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    boxes = site.page.run("document.querySelectorAll('svg rect.box').length")
    site.page.run("location.hash = '#edges.dst&up&99'")
    site.page.settle(1)
    site.page.shoot(PICTURES / "explorer-large.png")
    assert site.page.run("document.querySelectorAll('svg rect.box').length") >= 60 and site.page.run(OVERLAPS) == 0


OVERLAPS = """(() => {
  const all = [...document.querySelectorAll('svg rect.box')].map(e => e.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  return all.filter((a, i) => all.some((b, j) => i < j && meet(a, b))).length;
})()"""
SEARCH = """(() => {
  const search = document.getElementById('search');
  search.value = 'edges.dst';
  search.dispatchEvent(new Event('input'));
})()"""


def test_text_of_a_repository_is_never_markup(site: Site):
    """Nothing that was looked at so far made a request or a run; the control shows that it could have been heard."""
    runs = site.runs()
    for number, path in enumerate(ATTACKED):
        site.see(f"attacked-{number}", path, *ATTACKED[path], settle=2.5)
    assert site.canary.heard == []
    assert site.runs() == runs
    site.page.open(f"{site.url}/assets/control?view=events", "told")
    deadline = time.monotonic() + 30
    while "/control-markdown" not in site.canary.heard:
        assert time.monotonic() < deadline, (
            "the positive control: Dagster loads images of Markdown, unless it is escaped"
        )
        site.page.settle(0.5)
    site.page.ask("Page.navigate", url=site.canary.url("bare.html"))
    deadline = time.monotonic() + 30
    while not {"/bare-image", "/bare-script"} <= set(site.canary.heard):
        assert time.monotonic() < deadline, f"another control: unescaped, it is heard; only {site.canary.heard}"
        site.page.settle(0.5)


ATTACKED = {
    "/assets/extract/files?view=events": ("preview",),
    "/assets/extract/file_texts?view=events": ("preview",),
    "/assets/extract/ast_nodes?view=events": ("preview",),
    "/assets/extract/extract_status?view=events": ("preview",),
    "/assets/normalize/definitions?view=events": ("preview",),
    "/assets/normalize/docstrings?view=events": ("preview",),
    "/assets/normalize/diagnostics?view=events": ("preview",),
    "/assets/waves?view=partitions": ("g00",),
    "/runs": ("build",),
    "/automation": ("nightly",),
}
"""Pages that show text of the repository, each with what must be there before it counts."""
