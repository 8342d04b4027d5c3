"""Tokens of the whole standard library, its tests included, against `tokenize`."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

from pipeline_tests.tokenizing import compared


def _batches() -> Iterator[list[bytes]]:
    found = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    paths = [path for path in found if "site-packages" not in path.parts and path.is_file()]
    yield from ([path.read_bytes() for path in paths[start : start + 100]] for start in range(0, len(paths), 100))


def test_tokens_equal_those_of_tokenize_and_their_bytes_are_their_texts():
    files = tokens = 0
    for contents in _batches():
        for canonical, told, extracted in compared(contents):
            assert extracted == told
            assert all(canonical[start:end].decode() == text for _, _, text, start, end, *_ in extracted[:-1])
            files, tokens = files + 1, tokens + len(extracted) - 1
    assert files > 1000
    assert tokens > 2_000_000
