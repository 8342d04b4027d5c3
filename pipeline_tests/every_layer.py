"""One small repository of which every layer is read: what needs a program, an index or a choice is at work in it."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline_assets.extract.layers import OPT_IN
from pipeline_assets.store.selection import Selection
from pipeline_tests.git_programs import new_repository
from pipeline_tests.scip_indexes import diagnostic, document, index, occurrence, symbol

PROGRAM = Path(__file__).parent / "golden" / "every_layer"
CLASS, ERROR = 7, 1
"""What SCIP calls a class, and an error."""


def every_layer(folder: Path) -> tuple[Path, Selection]:
    """Make the repository inside a folder, with a history if git is there; gives its root and what is read of it."""
    root, given = folder / "every_layer", folder / "index.scip"
    shutil.copytree(PROGRAM, root)
    given.write_bytes(_index())
    if shutil.which("git"):
        new_repository(root).commit()
    layers = tuple(f"+{layer}" for layer in sorted(OPT_IN))
    return root, Selection(layers=layers, scip_index=str(given), runtime_modules=("main",))


def _index() -> bytes:
    shop = "sample . . . Shop#"
    said = diagnostic(ERROR, "E1", "a shop", "sample")
    places = [occurrence((14, 6, 10), shop, roles=1, more=said), occurrence((38, 11, 15), shop)]
    return index([document("main.py", places, [symbol(shop, "Shop", CLASS)])])
