"""A real Chromium, driven over its debugging protocol: pages are opened, waited for, read and drawn."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1600,1200",
    "--remote-debugging-port=0",
)
PATIENCE = 90.0


@dataclass
class Page:
    """One tab."""

    wire: ClientConnection
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self.wire.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.wire.recv(timeout=PATIENCE))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def run(self, script: str) -> Any:
        """The value of an expression on the page."""
        return self.ask("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def open(self, url: str, *until: str) -> str:
        """Load an address and wait until the page shows all of these words; what it shows then."""
        self.ask("Page.navigate", url=url)
        deadline = time.monotonic() + PATIENCE
        while True:
            shown = str(self.run("document.body ? document.body.innerText : ''"))
            missing = [words for words in until if words not in shown]
            if not missing:
                return shown
            assert time.monotonic() < deadline, f"{url} never showed {missing}, but:\n{shown[:3000]}"
            time.sleep(0.25)

    def settle(self, seconds: float = 2.0) -> None:
        """Give the page time for what it still wants to do."""
        time.sleep(seconds)

    def shoot(self, picture: Path) -> None:
        """Draw what is seen."""
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser() -> Iterator[Page]:
    """One fresh browser with one tab, which is closed at the end."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                with connect(_tab(_port(Path(profile))), max_size=None, open_timeout=PATIENCE) as wire:
                    yield Page(wire)
            finally:
                process.terminate()
                process.wait(30)


def _port(profile: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    told = profile / "DevToolsActivePort"
    while not told.exists() or not told.read_text().strip():
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.1)
    return int(told.read_text().splitlines()[0])


def _tab(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
        tabs = json.load(answer)
    return str(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
