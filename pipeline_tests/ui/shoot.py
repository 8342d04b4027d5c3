"""The pictures of docs/dagster-ui.md: `python -m pipeline_tests.ui.shoot --out docs/pictures`.

It needs `cpg serve` running on a warehouse with the built repositories `base` and `shop`, and a Chromium.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline_tests.ui.browser import browser

PAGES = {
    "lineage": ("/asset-groups", "products"),
    "selection": ('/asset-groups~tag%3A"task"%3D"syntax"/', "ast_status"),
    "asset": ("/assets/cpg/edges", "One row per edge"),
    "checks": ("/assets/cpg/edges?view=checks", "order"),
    "waves": ("/assets/waves?view=partitions&partition=g11%7Cshop", "evidence"),
    "automation": ("/automation", "nightly"),
    "explorer": ("/column-lineage#call_edges.dst&up&3", "call_edges.dst: "),
}
"""The pages a visitor meets first, each with words that it must show."""
SECONDS = 5.0
"""Drawings grow into place."""


def main() -> None:
    """Write one PNG per page into the folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", default="http://127.0.0.1:3000")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    with browser() as page:
        page.ask("Emulation.setDeviceMetricsOverride", width=1400, height=860, deviceScaleFactor=1, mobile=False)
        for name, (path, words) in PAGES.items():
            page.open(options.url + path, words)
            page.settle(SECONDS)
            page.shoot(options.out / f"{name}.png")
            print(options.out / f"{name}.png")


if __name__ == "__main__":
    main()
