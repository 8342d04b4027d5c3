"""Looking up attributes of modules, classes and things outside, one step at a time."""

from __future__ import annotations

from typing import NamedTuple

OUTSIDE = ("external", "standard_library", "builtin")
"""Kinds of target whose members are taken to exist: nothing in the repository could tell otherwise."""


class Meaning(NamedTuple):
    """What a name or a chain of attributes stands for: the columns that name a target."""

    target_kind: str
    target_id: int | None
    target_module: str | None
    target_name: str | None


class MemberIndex:
    """The members of a platform's modules and classes."""

    def __init__(self) -> None:
        self._of_modules: dict[tuple[str, str, str], Meaning] = {}
        self._of_classes: dict[tuple[int, str], Meaning] = {}

    def add_module_member(self, repository: str, module: str, name: str, meaning: Meaning) -> None:
        """Add what a module's member stands for."""
        self._of_modules[repository, module, name] = meaning

    def add_class_member(self, class_id: int, name: str, meaning: Meaning) -> None:
        """Add what a name bound in a class body stands for."""
        self._of_classes[class_id, name] = meaning

    def member(self, repository: str, meaning: Meaning, name: str) -> Meaning | None:
        """What `meaning.name` stands for; None when a value decides, or a class inherits it."""
        if meaning.target_kind == "module" and meaning.target_module is not None:
            return self._module_member(repository, meaning.target_module, name)
        if meaning.target_kind == "definition" and meaning.target_id is not None:
            return self._of_classes.get((meaning.target_id, name))
        if meaning.target_kind in OUTSIDE:
            dotted = name if meaning.target_name is None else f"{meaning.target_name}.{name}"
            return meaning._replace(target_name=dotted)
        return None

    def _module_member(self, repository: str, module: str, name: str) -> Meaning:
        found = self._of_modules.get((repository, module, name))
        if found is not None:
            return found
        beyond = self._of_modules.get((repository, module, "*"))
        if beyond is not None:
            return beyond._replace(target_name=name)
        return Meaning("implicit" if _is_dunder(name) else "missing", None, module, name)


def _is_dunder(name: str) -> bool:
    """Whether Python itself may provide the name on a module (`__name__`, `__file__`)."""
    return name.startswith("__") and name.endswith("__")
