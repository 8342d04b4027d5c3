"""Imports inside real packages are those that grimp finds; grimp reads import statements with its own parser."""

from __future__ import annotations

import pytest

from pipeline_tests.corpus import source_of
from pipeline_tests.functional.normalize.import_oracle import compare

PACKAGES = {
    "flask": ("src/flask", 60),
    "requests": ("src/requests", 70),
    "rich": ("rich", 400),
    "django": ("django", 3000),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_internal_imports_equal_grimp(name: str) -> None:
    folder, least = PACKAGES[name]
    found = compare(source_of(name) / folder)
    assert len(found.theirs) > least
    assert found.ours - found.theirs == set()
    assert found.theirs - found.ours == set()
