"""What stands between the network and Dagster's web app, which by itself runs mutations over GET from any origin."""

from __future__ import annotations

from collections.abc import Iterator, Set
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

GRAPHQL = "/graphql"
REPORTS = "/report_asset_"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_NO_FRAMES = "frame-ancestors 'none'"


class Guard:
    """An ASGI app around another: known hosts only, same origin only, no GraphQL by GET, never inside a frame.

    With `read_only` it also refuses reports of events, which Dagster's own read-only mode is asked about last.
    """

    def __init__(self, app: ASGIApp, hosts: Set[str], read_only: bool = False) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with 4xx and one sentence."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refusal = next(self._refusals(scope), None)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refusal[1])(scope, receive, send)
        else:
            await PlainTextResponse(refusal[1] + "\n", refusal[0])(scope, receive, _with_headers(send))

    def _refusals(self, scope: Scope) -> Iterator[tuple[int, str]]:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            yield 421, f"this server answers as {', '.join(sorted(self._hosts))} only"
        if not self._same_origin(headers):
            yield 403, "requests from pages of another origin are refused"
        if scope["type"] == "http":
            yield from self._http_refusals(scope, headers)

    def _http_refusals(self, scope: Scope, headers: Headers) -> Iterator[tuple[int, str]]:
        path, reads = scope["path"], scope["method"] in _SAFE_METHODS
        if path.rstrip("/") == GRAPHQL:
            if reads and "query" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
                yield 405, "GraphQL is answered over POST only"
            if not reads and "application/json" not in headers.get("content-type", ""):
                # A form of another page can be sent without asking first; a JSON body cannot.
                yield 415, "GraphQL is read from application/json bodies only"
        if self._read_only and path.startswith(REPORTS):
            yield 403, "this server is read-only"

    def _same_origin(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return urlsplit(origin).netloc.lower() in self._hosts
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            policy = headers.get("content-security-policy")
            headers["Content-Security-Policy"] = f"{policy.rstrip('; ')}; {_NO_FRAMES}" if policy else _NO_FRAMES
            for name, value in _HEADERS.items():
                headers[name] = value
        await send(message)

    return guarded
