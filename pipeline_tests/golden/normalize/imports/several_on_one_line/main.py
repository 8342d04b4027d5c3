import a, b.c as d, b
from b import (
    c,
    x as y,
)
from __future__ import annotations
