"""Commits as rows: whatever bytes they hold, their text is told as text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline_assets.sources.git import library
from pipeline_assets.sources.revision import utc_text

LONGEST_MESSAGE = 65_536
"""Characters of a message that are kept."""

_PARENT = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)
_MOST_MINUTES = 1 << 31


def commit_rows(repository: Any, name: str, commits: Iterable[str], head: str) -> Iterator[dict[str, object]]:
    """The rows of some commits."""
    for each in commits:
        commit = repository[library().Oid(hex=each)]
        header = commit.read_raw().partition(b"\n\n")[0]
        recorded = [parent.decode() for parent in _PARENT.findall(header)]
        message = _text(commit.raw_message, commit.message_encoding)[:LONGEST_MESSAGE]
        yield {
            "repository": name,
            "commit_id": each,
            "is_head": each == head,
            "parents": ",".join(recorded),
            "is_boundary": len(recorded) > len(commit.parent_ids),
            **_person("author", "authored", commit.author, commit.message_encoding),
            **_person("committer", "committed", commit.committer, commit.message_encoding),
            "summary": _summary(message),
            "message": message,
        }


def _person(role: str, verb: str, who: Any, encoding: str | None) -> dict[str, object]:
    return {
        f"{role}_name": _text(who.raw_name, encoding),
        f"{role}_email": _text(who.raw_email, encoding),
        f"{verb}_at": utc_text(who.time),
        f"{verb}_offset": who.offset if abs(who.offset) < _MOST_MINUTES else 0,
    }


def _summary(message: str) -> str:
    paragraph = re.split(r"\n[ \t]*\n", message.strip("\n"), maxsplit=1)[0]
    return " ".join(line.strip() for line in paragraph.splitlines())


def _text(raw: bytes, encoding: str | None) -> str:
    """Text in the encoding that the commit names, or in UTF-8; what is neither is replaced."""
    try:
        codec = codecs.lookup(encoding or "utf-8")
        name = codec.name if codec._is_text_encoding else "utf-8"
        return raw.decode(name, "replace").encode("utf-8", "replace").decode()
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")
