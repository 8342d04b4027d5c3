"""Repository names: which are allowed, and the folder each one gets."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from pipeline_assets.store.errors import InvalidRepositoryName

PLATFORM = "*"
"""The scope of datasets that span every repository; no repository may be called that."""

_LONGEST_NAME = 200
_LONGEST_FOLDER = 100


def check_repository_name(name: str) -> None:
    """Refuse a name that cannot be text in a table, a Dagster partition key or a line of output."""
    reasons = {
        "it is empty": not name.strip(),
        f"{PLATFORM!r} stands for the whole platform": name == PLATFORM,
        f"it is longer than {_LONGEST_NAME} characters": len(name) > _LONGEST_NAME,
        "it begins or ends with a space": name != name.strip(),
        "it holds characters that are not printable text": not name.isprintable(),
        "'|' and '...' have a meaning in partition keys": "|" in name or "..." in name,
    }
    reason = next((reason for reason, applies in reasons.items() if applies), None)
    if reason:
        raise InvalidRepositoryName(name, f"{reason}; give another name with --repository")


def folder_name(name: str) -> str:
    """A portable folder name, readable where it can be and different for different names everywhere.

    Names that a file system could confuse (upper case) or refuse (long) get a hash of the whole name.
    """
    quoted = quote(name, safe="").replace("~", "%7E")
    quoted = f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted
    if name == name.lower() and len(quoted) <= _LONGEST_FOLDER:
        return quoted
    return f"{quoted[:_LONGEST_FOLDER]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
