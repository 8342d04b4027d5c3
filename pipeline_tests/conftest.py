"""Which tests share a process: those of one file, and all that read the graph of the golden cases."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Name each test's group for `--dist loadgroup`: a fixture that takes a minute is made once, not once a process."""
    for item in items:
        names = getattr(item, "fixturenames", ())
        group = "golden graph" if "graph" in names and "golden" in item.path.parts else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
