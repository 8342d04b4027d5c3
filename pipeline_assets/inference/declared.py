"""What an author vouches for where the code cannot show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def declared_pure(why: str) -> Callable[[F], F]:
    """Vouch for a helper that the purity guard would refuse by what it uses; `why` is for whoever reads it."""
    if not why:
        raise ValueError("say why the function is pure although it does not look so")
    return lambda function: function
