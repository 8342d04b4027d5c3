"""Which tests share a process: those of one file, and all that read the graph of the golden cases."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name a test's group for `--dist loadgroup`: a fixture that takes a minute is made once, not once a process."""
    reads_graph = "golden" in item.path.parts and "graph" in getattr(item, "fixturenames", ())
    item.add_marker(pytest.mark.xdist_group("golden graph" if reads_graph else item.nodeid.partition("::")[0]))
