"""Which tests share a process under `--dist loadfile`: those of one file, and all that read the golden graph.

Marks for groups (`--dist loadgroup`) would say the same, but pytest 9.2 passes over the names that xdist 3.8 gives.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

GOLDEN, APART = "pipeline_tests/golden/", "pipeline_tests/golden/test_normalize.py"


class BySharedFixture(LoadFileScheduling):
    """A fixture that takes a minute is made once, not once a process."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return GOLDEN if file.startswith(GOLDEN) and file != APART else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharedFixture | None:
    """The scheduler for `--dist loadfile`; others are xdist's own."""
    return BySharedFixture(config, log) if config.getvalue("dist") == "loadfile" else None
