"""The grammar of what may be asked for: `kind:pattern`, for arguments with which of them in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

KINDS = ("call", "arg", "param", "return", "attr", "name", "decorated")
RECEIVER = "self"
_FORM = re.compile(r"(?P<kind>[a-z]+):(?P<pattern>[^\s\[\]]+)(?:\[(?P<which>[^\[\]]*)\])?")
_EXAMPLES = "call:subprocess.*, arg:os.system[0], param:shop.views.*.request, attr:flask.request.*"


class FlowError(Exception):
    """A question about flows that cannot be answered: what, and what to do."""


class InvalidSpec(FlowError):
    """A text that is no specification."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text!r} is no specification of a flow: {reason}")
        self.text = text
        self.reason = reason


@dataclass(frozen=True)
class Spec:
    """One pattern: what kind of place, which names, and of arguments which ones (empty: all)."""

    kind: str
    pattern: str
    which: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}:{self.pattern}" + (f"[{','.join(self.which) or '*'}]" if self.kind == "arg" else "")

    def matches(self, names: Iterable[str]) -> bool:
        """Whether one of the names fits the pattern."""
        fits = _compiled(self.pattern).fullmatch
        return any(fits(name) for name in names)


def parse_spec(text: str) -> Spec:
    """The specification that a text spells; raises `InvalidSpec`."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidSpec(text, f"it is KIND:PATTERN, or KIND:PATTERN[WHICH] for arguments, as in {_EXAMPLES}")
    kind, which = found["kind"], found["which"]
    if kind not in KINDS:
        raise InvalidSpec(text, f"there is no kind {kind!r}; there are {', '.join(KINDS)}")
    if which is not None and kind != "arg":
        raise InvalidSpec(text, "brackets choose arguments, so they follow arg: only")
    return Spec(kind, found["pattern"], _chosen(text, which) if which is not None else ())


def _chosen(text: str, which: str) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in which.split(","))
    if parts == ("*",):
        return ()
    wrong = [part for part in parts if not (part.isidentifier() or part.isdecimal())]
    if wrong:
        raise InvalidSpec(text, f"in brackets stand numbers from 0, keywords, {RECEIVER} or *, not {wrong[0]!r}")
    return parts


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A glob in which `*` is any text and `?` one letter; nothing else is special."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)
