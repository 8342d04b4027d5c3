"""What of a repository is read, and how: as asked for when it was registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Selection:
    """The choices of one repository. A choice that nobody made has its default."""

    include: tuple[str, ...] = ()
    """Patterns in gitignore syntax; with any, only files that match one are read."""
    exclude: tuple[str, ...] = ()
    """Patterns in gitignore syntax of what is left out; `!pattern` takes back."""
    layers: tuple[str, ...] = ()
    """How the layers depart from the default: `+name` and `-name`."""
    rev: str | None = None
    """The git revision that is read instead of the files as they lie there."""
    import_roots: tuple[str, ...] = ()
    """Folders, from the repository's root, that dotted module names start in; empty when they are to be found."""
    submodules: bool = False
    """Whether git submodules are read too."""
    scip_index: str | None = None
    """The SCIP index that was given: an absolute path."""
    runtime_modules: tuple[str, ...] = ()
    """Modules that may be imported, in a sandbox, to look at what they hold."""

    def with_choices(self, choices: Mapping[str, Any]) -> Selection:
        """The same with some choices made anew; those that are None stay as they were."""
        made: dict[str, Any] = {
            name: tuple(choice) if _is_many(name) else choice for name, choice in choices.items() if choice is not None
        }
        return replace(self, **made)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Selection:
        """The selection that `dataclasses.asdict` made this of; choices added since have their defaults."""
        known = {field.name for field in fields(cls)}
        return cls().with_choices({name: value for name, value in document.items() if name in known})


EVERYTHING = Selection()
"""What is read where nobody chose."""


def layers_text(changes: Sequence[str]) -> str:
    """The changes as `files.layers` holds them: each ends in a comma, so that no name is found inside another."""
    return "".join(f"{change}," for change in sorted(changes))


def _is_many(name: str) -> bool:
    return isinstance(getattr(EVERYTHING, name), tuple)
