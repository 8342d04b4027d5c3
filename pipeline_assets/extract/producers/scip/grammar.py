"""Names of symbols by SCIP's grammar: a scheme, a package, descriptors from the outside in; or `local` and an id."""

from __future__ import annotations

import re
from dataclasses import dataclass

LOCAL = "local "

_SPACED = r"((?:[^ ]|  )*+) "  # a doubled space belongs to the text, a single one ends it
_HEAD = re.compile(_SPACED * 4, re.DOTALL)
_SIMPLE = r"[A-Za-z0-9_+\-$]++"
_NAME = rf"(?:{_SIMPLE}|`(?:[^`]|``)++`)"
_DESCRIPTOR = re.compile(
    rf"(?P<plain>{_NAME})(?:(?P<mark>[/#.:!])|(?P<call>\((?:{_SIMPLE})?\)\.))"
    rf"|\[(?P<type_parameter>{_NAME})\]|\((?P<parameter>{_NAME})\)",
    re.DOTALL,
)
_LOCAL = re.compile(rf"{LOCAL}({_SIMPLE})")

SUFFIXES = {"/": "namespace", "#": "type", ".": "term", ":": "meta", "!": "macro"}
SUFFIX_VALUES = (*SUFFIXES.values(), "method", "type_parameter", "parameter", "local")


@dataclass(frozen=True, slots=True)
class Symbol:
    """What the name of a symbol says; nothing where it is not in the grammar."""

    scheme: str | None = None
    manager: str | None = None
    package: str | None = None
    version: str | None = None
    descriptors: str | None = None
    """As they stand."""
    name: str | None = None
    """Of the innermost descriptor, without escapes; the id of a local symbol."""
    suffix: str | None = None
    """Kind of the innermost descriptor."""
    enclosing: str | None = None
    """The symbol without its innermost descriptor."""
    is_valid: bool = True


INVALID = Symbol(is_valid=False)


def is_local(symbol: str) -> bool:
    """Whether the symbol means something only inside its document."""
    return symbol.startswith(LOCAL)


def parse_symbol(symbol: str) -> Symbol:
    """Take a symbol's name apart."""
    if is_local(symbol):
        match = _LOCAL.fullmatch(symbol)
        return Symbol(name=match[1], suffix="local") if match else INVALID
    head = _HEAD.match(symbol)
    if head is None or not head[1]:
        return INVALID
    innermost = _innermost(symbol, head.end())
    if innermost is None:
        return INVALID
    scheme, *package = (part.replace("  ", " ") for part in head.groups())
    manager, name, version = (None if part in ("", ".") else part for part in package)
    return Symbol(
        scheme=scheme,
        manager=manager,
        package=name,
        version=version,
        descriptors=symbol[head.end() :],
        name=_unescaped(innermost),
        suffix=_suffix(innermost),
        enclosing=symbol[: innermost.start()] if innermost.start() > head.end() else None,
    )


def _innermost(symbol: str, place: int) -> re.Match[str] | None:
    """The last descriptor; None where they do not fill the rest of the name."""
    match = None
    while place < len(symbol):
        match = _DESCRIPTOR.match(symbol, place)
        if match is None:
            return None
        place = match.end()
    return match


def _unescaped(descriptor: re.Match[str]) -> str:
    name: str = descriptor["plain"] or descriptor["type_parameter"] or descriptor["parameter"]
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _suffix(descriptor: re.Match[str]) -> str:
    if descriptor["mark"]:
        return SUFFIXES[descriptor["mark"]]
    if descriptor["call"]:
        return "method"
    return "type_parameter" if descriptor["type_parameter"] else "parameter"
