"""Where Arrow's tables live while a session works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa


@contextmanager
def system_memory() -> Iterator[None]:
    """Let Arrow take memory from the C library instead of its own pool.

    The pool that Arrow brings asks the kernel anew for every large table, which has to clear each page: a seventh of
    the CPU time of a large build.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
