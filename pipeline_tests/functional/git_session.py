"""Toy sessions whose rows follow what is committed in real git repositories.

`files` holds the text of the files, everything after it only their names: a commit that changes a text changes no node.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa

from pipeline_assets.inference.contract import Column, Contract
from pipeline_assets.settings import Settings
from pipeline_assets.sources.watching import present_version
from pipeline_tests.unit.orchestration.toy import ToySession


class GitSession(ToySession):
    """A session on a git repository, or on the platform, whose summary counts the files of all repositories."""

    def opened(self) -> AbstractContextManager[GitSession]:
        return nullcontext(self)

    def _sources(self) -> dict[str, str]:
        source, version = present_version(self.warehouse.repository(self.scope), Settings())
        return {f"source:{source}": version}

    def _table(self, contract: Contract) -> pa.Table:
        roots = [Path(repository.root) for repository in self.warehouse.repositories()]
        mine = roots if self.scope == "*" else [Path(self.warehouse.repository(self.scope).root)]
        files = sorted(path for root in mine for path in root.glob("*.py"))

        def values(column: Column) -> list[object]:
            if column.type == "int64":
                return list(range(len(files)))
            return [path.read_text() if contract.name == "files" else path.name for path in files]

        return pa.table({column.name: values(column) for column in contract.columns})
