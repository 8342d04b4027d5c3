"""The documentation knows every command and every option, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from pipeline_assets.cli.app import app

ROOT = Path(__file__).parents[3]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def section(command: str) -> str:
    """The part of the command-line page that is about a command."""
    text = (ROOT / "docs" / "command-line.md").read_text()
    parts = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", text, re.MULTILINE))
    return next(body for title, body in parts.items() if command in title.split(", "))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str):
    options = [option for parameter in COMMANDS[command].params for option in parameter.opts if option.startswith("--")]
    missing = [option for option in options if option != "--help" and f"{option}" not in section(command)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings_that_are_there(page: Path):
    broken = []
    for target, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", page.read_text()):
        if "://" not in target:
            headings = re.findall(r"^#+ (.+)$", (page.parent / target if target else page).read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            broken += [f"{target}#{anchor}"] if anchor not in slugs else []
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_are_those_of_the_program(page: Path):
    """Every `cpg …` on the page is a command that there is, with options that it has."""
    stale = []
    for command, rest in re.findall(r"(?:^|[`$] ?)cpg ([a-z]+)\b([^`\n]*)", page.read_text(), re.MULTILINE):
        known = {option for parameter in getattr(COMMANDS.get(command), "params", []) for option in parameter.opts}
        known |= {option for p in getattr(COMMANDS.get(command), "params", []) for option in p.secondary_opts}
        given = re.findall(r"(?<![\w-])--[a-z][a-z-]*", rest.partition(" | ")[0].partition(" && ")[0])
        stale += [f"cpg {command}"] if command not in COMMANDS else []
        stale += [f"cpg {command} {option}" for option in given if option not in known | {"--help"}]
    assert stale == []


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    assert [page.name for page in PAGES[1:] if page.name != "index.md" and page.name not in index] == []
