"""The grammar of Python's syntax tree as the running interpreter states it: classes, fields, types, multiplicity.

CPython keeps the ASDL production of each node class in the class's docstring, so nothing is written down twice and
nodes that a newer interpreter adds are known without a change here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

SINGLETONS = frozenset({"expr_context", "boolop", "operator", "unaryop", "cmpop"})
"""Types whose nodes carry nothing but their class: they become columns, not rows."""
PRIMITIVES = frozenset({"identifier", "int", "string", "constant"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a node class; `many` is `*`, `?` or empty as in ASDL."""

    name: str
    type: str
    many: Literal["", "?", "*"]

    @property
    def is_child(self) -> bool:
        """Whether the field holds nodes that become rows."""
        return self.type not in PRIMITIVES and self.type not in SINGLETONS


@dataclass(frozen=True, slots=True)
class NodeClass:
    """One concrete node class with its fields in the order CPython stores them."""

    type: type[ast.AST]
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """The class's name, as in the `kind` column."""
        return self.type.__name__

    @property
    def has_position(self) -> bool:
        """Whether the node says where it is."""
        return "lineno" in self.type._attributes


@cache
def node_classes() -> tuple[NodeClass, ...]:
    """Every class a parsed module may hold, by name; singletons, other start symbols and deprecated names left out."""
    found = (NodeClass(cls, _fields(cls)) for cls in _concrete() if not _is_singleton(cls))
    return tuple(sorted(found, key=lambda node: node.name))


@cache
def singleton_names() -> tuple[str, ...]:
    """Names of the operator and context classes."""
    return tuple(sorted(cls.__name__ for cls in _concrete() if _is_singleton(cls)))


@cache
def child_fields() -> tuple[str, ...]:
    """Names of the fields that hold rows."""
    return tuple(sorted({field.name for node in node_classes() for field in node.fields if field.is_child}))


def _concrete() -> list[type[ast.AST]]:
    """Classes with an ASDL production of their own: `Name(identifier id, …)`, or a bare name such as `Load`."""
    classes = (cls for cls in vars(ast).values() if isinstance(cls, type) and issubclass(cls, ast.AST))
    starts = (ast.Interactive, ast.Expression, ast.FunctionType)
    return [cls for cls in classes if _production(cls) and cls not in starts]


def _production(cls: type[ast.AST]) -> re.Match[str] | None:
    return re.fullmatch(rf"{cls.__name__}(?:\((?P<fields>.*)\))?", " ".join((cls.__doc__ or "").split()))


def _fields(cls: type[ast.AST]) -> tuple[Field, ...]:
    production = _production(cls)
    spelled = production["fields"] if production and production["fields"] else ""
    return tuple(_field(part) for part in spelled.split(", ") if part)


def _field(spelled: str) -> Field:
    kind, name = spelled.split()
    many = kind[-1] if kind[-1] in "?*" else ""
    return Field(name, kind.rstrip("?*"), many)  # type: ignore[arg-type]


def _is_singleton(cls: type[ast.AST]) -> bool:
    return cls.__mro__[1].__name__ in SINGLETONS
