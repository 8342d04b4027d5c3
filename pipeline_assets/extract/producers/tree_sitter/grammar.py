"""The Python grammar of tree-sitter: what it calls nodes and fields, and parsing with it in bounded time.

Of the parser's own ways to print a tree none is used: they recurse, and a deep enough source ends the process.
"""

from __future__ import annotations

import re
from importlib.metadata import version

import numpy as np
import tree_sitter_python
from tree_sitter import Language, Parser, Point, Tree

PRODUCER = "tree-sitter-python"
PRODUCER_VERSION = version(PRODUCER)

LANGUAGE = Language(tree_sitter_python.language())

ERROR_ID = 65535
"""The kind of nodes that hold what the grammar does not allow, in every language."""

BLOCK_BYTES = 4096
READS_ALLOWED = 20_000
BYTES_PER_READ_ALLOWED = 20
"""How often the parser may ask for a block: source code takes at most one read in 25 bytes, but the scanner of this
grammar looks over all backslash line ends that follow one another from each of them again, which is quadratic."""

_LONE_RETURN = re.compile(rb"\r(?!\n)")


class TooManyReads(Exception):
    """The parser went over the same text again and again and was stopped."""

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(size, allowed)
        self.size, self.allowed = size, allowed

    def __str__(self) -> str:
        return f"the parser wanted more than {self.allowed:,} blocks to be read again in {self.size:,} bytes"


def parse(canonical: bytes) -> Tree:
    """The concrete syntax tree of a canonical buffer; offsets in it are offsets into the buffer.

    The grammar takes a lone carriage return for a blank, CPython for a line break: it is given a line feed instead,
    which is as long. Raises `TooManyReads`.
    """
    text = _LONE_RETURN.sub(b"\n", canonical) if b"\r" in canonical else canonical
    allowed = READS_ALLOWED + len(text) // BYTES_PER_READ_ALLOWED
    reads = 0

    def read(offset: int, _point: Point) -> bytes:
        nonlocal reads
        reads += 1
        return text[offset : offset + BLOCK_BYTES] if reads <= allowed else b""

    def stop(_offset: int, _has_error: bool) -> bool:
        return reads > allowed

    try:
        tree = Parser(LANGUAGE).parse(read, progress_callback=stop)
    except ValueError:  # what a parse that was stopped ends with
        tree = None
    if tree is None or reads > allowed:
        raise TooManyReads(len(text), allowed)
    return tree


_KIND_COUNT = LANGUAGE.node_kind_count
_NAMES = [*(LANGUAGE.node_kind_for_id(kind) or "" for kind in range(_KIND_COUNT)), "ERROR"]

KINDS = tuple(dict.fromkeys(_NAMES))
"""The names of kinds: several of the grammar's numbers may share one."""

KIND_CODES = np.array([KINDS.index(name) for name in _NAMES], np.int32)
"""By the grammar's number, with `ERROR` as the last, the position in `KINDS`."""

IS_NAMED = np.array([*(LANGUAGE.node_kind_is_named(kind) for kind in range(_KIND_COUNT)), True])
"""By the grammar's number, whether the kind is a rule of the grammar and not a piece of punctuation."""

FIELDS = ("", *(LANGUAGE.field_name_for_id(field) or "" for field in range(1, LANGUAGE.field_count + 1)))
"""By the grammar's number, the names of fields; 0 for none."""
