"""Pictures of the real UI, to be looked at: `python -m pipeline_tests.ui.shoot_orchestration --out FOLDER`.

It needs `cpg serve` running on a warehouse with a built repository, and a Chromium; every page is loaded by a fresh
profile, so nothing that an earlier visit dismissed is missing from the picture.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

PAGES = {
    "lineage": "/asset-groups",
    "group-extract": "/locations/pipeline_assets/asset-groups/extract/lineage",
    "group-cpg": "/locations/pipeline_assets/asset-groups/cpg/lineage",
    "asset": "/assets/normalize/definitions",
    "asset-checks": "/assets/cpg/edges?view=checks",
    "asset-partitions": "/assets/cpg/edges?view=partitions",
    "waves": "/assets/waves?view=partitions",
    "runs": "/runs",
    "timeline": "/overview/activity/timeline",
    "jobs": "/jobs",
    "automation": "/automation",
}
"""The pages a visitor meets first."""
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1600,1400",
)
PATIENCE_MILLISECONDS = 15_000
"""How long a page may fetch before it is drawn."""


def main() -> None:
    """Write one PNG per page into the folder."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--url", default="http://127.0.0.1:3000")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    options = arguments.parse_args()
    if options.chromium is None:
        arguments.error("no Chromium found; install one or name it with --chromium")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        shoot(options.chromium, options.url + path, options.out / f"{name}.png")
        print(options.out / f"{name}.png")


def shoot(chromium: str, url: str, picture: Path) -> None:
    """Load `url` in a fresh profile and draw it."""
    with tempfile.TemporaryDirectory() as profile:
        waiting = (f"--virtual-time-budget={PATIENCE_MILLISECONDS}", f"--user-data-dir={profile}")
        command = [chromium, *FLAGS, *waiting, f"--screenshot={picture.absolute()}", url]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


if __name__ == "__main__":
    main()
