"""A repository whose every text tries to become markup, and a server that hears whoever falls for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Canary:
    """Hears every request; an attack that works asks it for the attack's name, and `NAME.html` is the attack itself."""

    port: int
    heard: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def attack(self, name: str) -> str:
        """An image in Markdown, an image in HTML, a script in HTML, one in SVG, and the end of what they are in."""
        url = self.url(name)
        parts = (
            f"![m]({url}-markdown)",
            f'<img src="{url}-image" onerror="fetch(\'{url}-error\')">',
            f"<script>fetch('{url}-script')</script>",
            f"</text></svg><svg onload=\"fetch('{url}-svg')\">",
            f"```\n![f]({url}-fence)\n</script><script>fetch('{url}-end')</script>",
        )
        return "".join(parts)

    def file_name(self, name: str) -> str:
        """The same for a file name, which cannot hold a slash: entities say it, where markup is read."""
        url = self.url(name).replace("/", "&#47;")
        return f'![m]({url}-markdown)<img src="{url}-image" onerror="fetch(`{url}-error`)">.py'


@contextmanager
def canary() -> Iterator[Canary]:
    """A canary on loopback."""

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.heard.append(self.path)
            name, is_page, _ = self.path[1:].partition(".html")
            self.send_response(200 if is_page else 204)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(found.attack(name).encode() if is_page else b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        found = Canary(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


def write_hostile_repository(root: Path, canary: Canary) -> None:
    """File names, docstrings, literals, comments and keyword names that all attack; names that look like others."""
    (root / "shop").mkdir(parents=True)
    attack = canary.attack
    lines = (
        repr(attack("docstring")),
        f"# {attack('comment')!r}",
        f"LITERAL = {attack('literal')!r}",
        f"FROM_DICT = dict(**{{{attack('keyword')!r}: 1}})",
        "class Сart:  # the first letter is Cyrillic",
        f"    {attack('class')!r}",
        "    def ﬁnd(self, 𝐱: " + repr(attack("annotation")) + f" = {attack('default')!r}):",
        f"        {attack('function')!r}",
        f"        raise ValueError({attack('raised')!r})",
        "def f():",
        f"    return getattr(f, {attack('attribute')!r})",
    )
    (root / "shop/__init__.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (root / canary.file_name("file")).write_text("def g():\n    return g\n")
    (root / ("broken" + canary.file_name("broken"))).write_text(f"def ({attack('syntax')!r}:\n")
