"""Runs of lines as rows: every line of a file, in lines as the other tables count them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.git.blame import Blamed, Lines, line_count
from pipeline_assets.extract.text import line_spans
from pipeline_assets.sources.paths import path_text

Run = tuple[Lines, str, str | None, bytes | None]


def runs_by_file(blamed: Blamed) -> dict[int, list[Run]]:
    """What was found, by file."""
    found: dict[int, list[Run]] = defaultdict(list)
    for lines, commit, path in blamed.found:
        found[lines.file_id].append((lines, "committed", commit, path))
    for lines in blamed.left:
        found[lines.file_id].append((lines, "beyond_limit", None, None))
    return found


def blame_rows(file: SourceFile, found: Mapping[int, Sequence[Run]]) -> list[dict[str, object]]:
    """The rows of one file: what no commit was found for is not committed."""
    content, runs = file.content or b"", found.get(file.file_id, ())
    renumbered = _renumbering(content)
    rows = []
    for lines, state, commit, path in _filled(file.file_id, line_count(content), runs):
        rows.append(
            {
                "repository": file.repository,
                "file_id": file.file_id,
                "line": renumbered(lines.first) + 1,
                "end_line": renumbered(lines.first + lines.count),
                "state": state,
                "commit_id": commit,
                "commit_path": path and path_text(path),
                "commit_line": lines.there + 1 if state == "committed" else None,
            }
        )
    return rows


def _filled(file_id: int, count: int, runs: Iterable[Run]) -> Iterator[Run]:
    """The runs in order, joined where they go on, with those between them that are not committed."""
    at = 0
    joined: list[Run] = []
    for run in sorted(runs, key=lambda run: run[0].first):
        if run[0].first > at:
            joined.append((Lines(file_id, at, run[0].first - at, 0), "uncommitted", None, None))
        at = run[0].first + run[0].count
        before = joined[-1] if joined else None
        if before and before[1:] == run[1:] and before[0].there + before[0].count == run[0].there:
            joined[-1] = (Lines(file_id, before[0].first, before[0].count + run[0].count, before[0].there), *run[1:])
        else:
            joined.append(run)
    if at < count:
        joined.append((Lines(file_id, at, count - at, 0), "uncommitted", None, None))
    yield from joined


def _renumbering(content: bytes) -> Callable[[int], int]:
    r"""From lines that only `\n` ends to those that a lone `\r` ends too; both from 0."""
    if b"\r" not in content:
        return lambda line: line
    buffer = np.frombuffer(content, np.uint8)
    ends = np.append(0, np.flatnonzero(buffer == 10) + 1)
    offsets = ends if ends[-1] == len(buffer) else np.append(ends, len(buffer))
    places = np.searchsorted(line_spans(content)[0], offsets)
    return lambda line: int(places[line])
