"""A code property graph of Python repositories, kept as inference-driven data-platform assets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline_assets.api import Graph, build

__all__ = ["Graph", "build"]


def __getattr__(name: str) -> Any:
    """Load the API when it is first used: the command line's help and worker processes do without it."""
    if name in __all__:
        from pipeline_assets import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
