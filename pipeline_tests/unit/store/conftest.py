from pathlib import Path

import pytest

from pipeline_assets.store.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """An empty warehouse with the repository `r`."""
    made = Warehouse.create(tmp_path / "warehouse")
    made.register("r", tmp_path)
    return made
