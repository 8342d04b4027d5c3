"""Special forms of the typing module that say how what stands in their brackets is to be read."""

from __future__ import annotations

from collections.abc import Mapping

TYPING_MODULES = ("typing", "typing_extensions")

UNIONS = ("Union", "Optional")
WRAPPERS = ("Annotated", "ClassVar", "Final", "InitVar", "NotRequired", "ReadOnly", "Required")
"""Forms that say something about a variable and leave its type as it is: the first thing in the brackets."""
LITERAL, ANNOTATED = "Literal", "Annotated"
FORMS = (*UNIONS, *WRAPPERS, LITERAL)

Spellings = Mapping[str, str | None]
"""What a file calls the forms, where that is not plain from the last part of the name; None: a class of its own."""


def form_of(dotted: str | None, spellings: Spellings) -> str | None:
    """The special form that a dotted name stands for, if any."""
    if dotted is None:
        return None
    if dotted in spellings:
        return spellings[dotted]
    last = dotted.rpartition(".")[2]
    return last if last in FORMS else None
