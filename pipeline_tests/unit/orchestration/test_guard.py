"""The guard around Dagster's web app: what it lets through, and what it refuses before the app sees it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from pipeline_assets.orchestration.guard import Guard

HOST = "127.0.0.1:3000"
JSON = {"content-type": "application/json"}


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    closed: int | None = None


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """What is guarded: it answers everything with `reached`."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    policy = [(b"content-security-policy", b"script-src 'self';")]
    await send({"type": "http.response.start", "status": 200, "headers": policy})
    await send({"type": "http.response.body", "body": b"reached"})


def call(
    method: str, target: str, headers: dict[str, str] | None = None, read_only: bool = False, kind: str = "http"
) -> Answer:
    """Send one request through the guard."""
    path, _, query = target.partition("?")
    sent = {"host": HOST} | (headers or {})
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }
    answer = Answer()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.text += message.get("body", b"").decode()
        elif message["type"] == "websocket.close":
            answer.closed = message["code"]

    asyncio.run(Guard(_app, {HOST, "localhost:3000"}, read_only)(scope, _nothing, send))
    return answer


async def _nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


def test_the_page_comes_through_and_cannot_be_framed():
    answer = call("GET", "/")
    assert (answer.status, answer.text) == (200, "reached")
    assert answer.headers["content-security-policy"] == "script-src 'self'; frame-ancestors 'none'"
    assert answer.headers["x-frame-options"] == "DENY"


def test_queries_over_post_with_json_come_through():
    for origin in ({}, {"origin": f"http://{HOST}"}, {"origin": "http://localhost:3000"}):
        assert call("POST", "/graphql", JSON | origin).text == "reached"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:3000", "127.0.0.1", "127.0.0.1:3001", ""])
def test_any_other_host_is_misdirected(host):
    answer = call("GET", "/", {"host": host})
    assert (answer.status, "reached" in answer.text) == (421, False)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3001"},
        {"origin": f"http://{HOST}.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_origins_are_refused(headers):
    assert call("POST", "/graphql", JSON | headers).status == 403
    assert call("POST", "/report_asset_check/x", headers).status == 403


@pytest.mark.parametrize("query", ["query=mutation{x}", "query=", "a=1&query={x}", "qu%65ry={x}"])
def test_graphql_over_get_is_refused(query):
    assert call("GET", f"/graphql?{query}").status == 405
    assert call("GET", f"/graphql/?{query}").status == 405


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_graphql_from_a_form_is_refused(kind):
    assert call("POST", "/graphql?query=mutation{x}", {"content-type": kind}).status == 415


def test_the_graphiql_page_itself_is_served():
    assert call("GET", "/graphql", {"accept": "text/html"}).text == "reached"


def test_websockets_of_other_origins_are_closed():
    assert call("GET", "/graphql", {"origin": f"http://{HOST}"}, kind="websocket").closed is None
    assert call("GET", "/graphql", {"origin": "http://evil.example"}, kind="websocket").closed == 1008
    assert call("GET", "/graphql", {"host": "evil.example"}, kind="websocket").closed == 1008


def test_read_only_takes_no_reports():
    assert call("POST", "/report_asset_check/x").status == 200
    assert call("POST", "/report_asset_check/x", read_only=True).status == 403
