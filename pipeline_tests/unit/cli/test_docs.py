"""The documentation knows every command and every option, and all that it names is there; faults are planted to see."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pytest
import typer.main

from pipeline_assets.cli.app import app
from pipeline_assets.settings import Settings

ROOT = Path(__file__).parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
COMMAND = r"(?:^(?: {4,})?|[`$] ?)(?:[A-Z_]+=\S+ )*cpg ([a-z]+)\b([^`\n]*)"
"""A call of the program: at the start of a line or of code, perhaps behind variables."""
VARIABLES = {f"CPG_{name.upper()}" for name in Settings.model_fields}
"""Settings; other variables are read where they are named."""


def section(command: str) -> str:
    """The part of the command-line page that is about a command."""
    text = (ROOT / "docs" / "command-line.md").read_text()
    parts = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", text, re.MULTILINE))
    return next(body for title, body in parts.items() if command in title.split(", "))


def dead_links(text: str, page: Path) -> Iterator[str]:
    """Links to files that are not there, in all three ways to write one."""
    written = re.findall(r"\]\(<?([^)#>\s]+)", text), re.findall(r"^\[[^\]]+\]: *([^#\s]+)", text, re.MULTILINE)
    for target in chain(*written, re.findall(r"(?:src|href)=[\"']([^\"'#]+)", text)):
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
            yield target


def dead_anchors(text: str, page: Path) -> Iterator[str]:
    """Links to headings that are not there."""
    for target, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", text):
        if "://" not in target:
            other = page.parent / target if target else None
            headings = re.findall(r"^#+ (.+)$", text if other is None else other.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            if anchor not in slugs:
                yield f"{target}#{anchor}"


def stale_commands(text: str) -> Iterator[str]:
    """Commands and options of `cpg` that there are not, also behind variables and over broken lines."""
    whole = text.replace("\\\n", " ")
    for command, rest in re.findall(
        r"(?:^(?: {4,})?|[`$] ?)(?:[A-Z_]+=\S+ )*cpg ([a-z]+)\b([^`\n]*)", whole, re.MULTILINE
    ):
        if command not in COMMANDS:
            yield f"cpg {command}"
            continue
        known = {"--help", *(o for p in COMMANDS[command].params for o in (*p.opts, *p.secondary_opts))}
        given = re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.partition(" | ")[0].partition(" && ")[0])
        yield from (f"cpg {command} {option}" for option in given if option not in known)


def unknown_names(text: str) -> Iterator[str]:
    """Files, modules, variables and extras that the page names and that are not there."""
    for path in re.findall(r"`((?:pipeline_assets|pipeline_tests|docs)/[^`\s*…<]*)`", text):
        if not (ROOT / path).exists():
            yield path
    for module in re.findall(r"python -m (pipeline_[a-z_.]+)", text):
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            yield module
    known = VARIABLES | read_variables()
    yield from sorted({name for name in re.findall(r"\bCPG_[A-Z_]+\b", text) if name not in known})
    for extras in re.findall(r"pipeline-assets\[([a-z0-9,]+)\]", text):
        yield from (extra for extra in extras.split(",") if extra not in EXTRAS)


@lru_cache
def read_variables() -> set[str]:
    """The variables that the product or its tests read beside the settings."""
    files = chain((ROOT / "pipeline_assets").rglob("*.py"), (ROOT / "pipeline_tests").rglob("*.py"))
    mine = Path(__file__)
    return {
        name
        for file in files
        if file != mine
        for name in re.findall(r"\"(CPG_[A-Z_]+)\"", file.read_text(errors="replace"))
    }


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str):
    options = [option for parameter in COMMANDS[command].params for option in parameter.opts if option.startswith("--")]
    missing = [option for option in options if option != "--help" and f"{option}" not in section(command)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    assert list(dead_links(page.read_text(), page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings_that_are_there(page: Path):
    assert list(dead_anchors(page.read_text(), page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_are_those_of_the_program(page: Path):
    assert list(stale_commands(page.read_text())) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_named_is_there(page: Path):
    assert list(unknown_names(page.read_text())) == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    assert [page.name for page in PAGES[1:] if page.name != "index.md" and page.name not in index] == []


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("see [stages](stagse.md)", "stagse.md"),
        ("see [a picture](images/none.png)", "images/none.png"),
        ("see [stages][1]\n\n[1]: stagse.md", "stagse.md"),
        ('<img src="images/none.png">', "images/none.png"),
        ("see [stages](stages.md#no-such-heading)", "stages.md#no-such-heading"),
        ("see [below](#no-such-heading)", "#no-such-heading"),
        ("    cpg bild .", "cpg bild"),
        ("run `cpg bild .`", "cpg bild"),
        ("\ncpg build . --profil stages", "cpg build --profil"),
        ("$ cpg build . \\\n    --profil stages", "cpg build --profil"),
        ("`CPG_POLICY=log cpg bild`", "cpg bild"),
        ("`cpg build . --no-json`", "cpg build --no-json"),
        ("in `pipeline_assets/inference/lineages.py`", "pipeline_assets/inference/lineages.py"),
        ("    python -m pipeline_tests.bench.stage flask", "pipeline_tests.bench.stage"),
        ("set `CPG_POLIZY=log`", "CPG_POLIZY"),
        ("`pip install 'pipeline-assets[telemetrics]'`", "telemetrics"),
    ],
)
def test_planted_faults_are_found(planted: str, told: str):
    page = ROOT / "docs" / "operations.md"
    text = f"{page.read_text()}\n{planted}\n"
    found = [*dead_links(text, page), *dead_anchors(text, page), *stale_commands(text), *unknown_names(text)]
    assert found == [told]
