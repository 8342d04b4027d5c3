"""The lineage explorer beside the UI: one page of our own at an address that Dagster's app does not use."""

from __future__ import annotations

import asyncio

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline_assets.orchestration.metadata import EXPLORER
from pipeline_assets.products.lineage_page import lineage_page
from pipeline_assets.project import load_project


class WithExplorer:
    """An ASGI app around another that answers for the explorer's address itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page, or pass the request on."""
        if scope["type"] == "http" and scope["path"].rstrip("/") == EXPLORER and scope["method"] in ("GET", "HEAD"):
            page = await asyncio.to_thread(_page)
            await HTMLResponse(page)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _page() -> str:
    return lineage_page(load_project().manifest)
