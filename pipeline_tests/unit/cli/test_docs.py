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


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text()
    assert [page.name for page in PAGES[1:] if page.name != "index.md" and page.name not in index] == []
