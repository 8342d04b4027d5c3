"""Classes outside the repository whose ancestors are known: those of a few modules of the interpreter's own library.

They are asked of the interpreter that analyses, as its builtins are; of all other modules nothing is known.
"""

from __future__ import annotations

import abc
import argparse
import ast
import builtins
import collections
import collections.abc
import contextlib
import datetime
import decimal
import enum
import io
import json
import logging
import queue
import string
import threading
import types
import typing
import unittest
from functools import cache

_MODULES: dict[str, types.ModuleType] = {
    "builtins": builtins,
    "abc": abc,
    "argparse": argparse,
    "ast": ast,
    "collections": collections,
    "collections.abc": collections.abc,
    "contextlib": contextlib,
    "datetime": datetime,
    "decimal": decimal,
    "enum": enum,
    "io": io,
    "json": json,
    "logging": logging,
    "queue": queue,
    "string": string,
    "threading": threading,
    "types": types,
    "typing": typing,
    "unittest": unittest,
}
GENERIC = "typing.Generic"
PROTOCOL = "typing.Protocol"
REPLACED = {"typing.NamedTuple": "builtins.tuple", "typing.TypedDict": "builtins.dict"}
"""What stands among the bases in place of a function that makes a class of its own kind."""


@cache
def outside_bases(name: str) -> tuple[str, ...] | None:
    """The bases of a class known by its dotted name; None when nothing is known of it."""
    found = _found(name)
    return tuple(map(_name_of, found.__bases__)) if isinstance(found, type) else None


@cache
def class_behind(name: str) -> str:
    """The one name of a class that has several (`IOError`, or `typing.List` for `list`), else the name itself."""
    found = _found(name)
    origin = getattr(found, "__origin__", found)
    return _name_of(origin) if isinstance(origin, type) else name


@cache
def is_generic_alias(name: str) -> bool:
    """Whether the name is one of typing's own names for other classes, which make a class generic (`typing.List`)."""
    return name.startswith("typing.") and class_behind(name) != name and not isinstance(_found(name), type)


def _found(name: str) -> object:
    module, _, attribute = name.rpartition(".")
    return vars(_MODULES[module]).get(attribute) if module in _MODULES else None


@cache
def _name_of(item: type) -> str:
    """Where the class is found, in a public module if it is in any."""
    for name, module in _MODULES.items():
        if vars(module).get(item.__name__) is item:
            return f"{name}.{item.__name__}"
    return f"{item.__module__}.{item.__qualname__}"
