"""What is known of builtins and of methods of builtin containers: where arguments go, instead of an assumption."""

from __future__ import annotations

from pipeline_assets.products.flows.paths import (
    COPY,
    DERIVE,
    ITEM,
    ITEMS,
    ITERATE,
    JOIN,
    KEYS_OF,
    LOAD,
    NESTED,
    STORE,
    VALUES,
)

Rule = tuple[str, str, int, str]
"""From which argument (`0`, `1`, `*`, `self`, `=`: keywords, each under its name), to `result` or `self`; how."""

_NOTHING: tuple[Rule, ...] = ()
_WHOLE: tuple[Rule, ...] = (("0", "result", COPY, ""),)
_JOINED: tuple[Rule, ...] = (("0", "result", JOIN, ""),)
_LARGEST: tuple[Rule, ...] = (("*", "result", COPY, ""), ("*", "result", ITERATE, ""))

FUNCTIONS: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys(
        (
            "len", "isinstance", "issubclass", "bool", "id", "hash", "type", "callable", "hasattr", "any", "all",
            "print", "dir", "breakpoint", "delattr", "setattr",
        ),
        _NOTHING,
    ),
    **dict.fromkeys(("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "aiter"), _JOINED),
    "dict": (("0", "result", COPY, ""), ("=", "result", STORE, "")),
    "enumerate": (("0", "result", NESTED, "[1]"),),
    "zip": (("*", "result", NESTED, "place"),),
    "next": (("0", "result", ITERATE, ""), ("1", "result", COPY, "")),
    "anext": (("0", "result", ITERATE, ""), ("1", "result", COPY, "")),
    "super": (("1", "result", COPY, ""),),
    "filter": (("1", "result", JOIN, ""),),
    "min": _LARGEST,
    "max": _LARGEST,
}  # fmt: skip
"""Builtins by name."""

OUTSIDE: dict[str, tuple[Rule, ...]] = {
    "copy.copy": _WHOLE,
    "copy.deepcopy": _WHOLE,
    "typing.cast": (("1", "result", COPY, ""),),
    "functools.wraps": _NOTHING,
}
"""Functions of the standard library by dotted name."""

METHODS: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys(("append", "add", "appendleft", "put", "put_nowait"), (("0", "self", STORE, ITEM),)),
    "insert": (("1", "self", STORE, ITEM),),
    **dict.fromkeys(("extend", "extendleft", "writelines"), (("0", "self", JOIN, ""),)),
    "update": (("0", "self", COPY, ""), ("=", "self", STORE, "")),
    "write": (("0", "self", STORE, ITEM),),
    "setdefault": (
        ("1", "self", STORE, "key"), ("self", "result", LOAD, "key"), ("1", "result", COPY, ""),
    ),
    "get": (("self", "result", LOAD, "key"), ("1", "result", COPY, "")),
    "pop": (("self", "result", LOAD, "key"), ("1", "result", COPY, "")),
    "popleft": (("self", "result", LOAD, ITEM),),
    "values": (("self", "result", VALUES, ""),),
    "items": (("self", "result", ITEMS, ""),),
    "keys": (("self", "result", KEYS_OF, ""),),
    "copy": (("self", "result", COPY, ""),),
    "join": (("self", "result", DERIVE, ""), ("0", "result", DERIVE, "")),
    "format": (("self", "result", DERIVE, ""), ("*", "result", DERIVE, ""), ("=", "result", DERIVE, "every")),
    **dict.fromkeys(
        (
            "startswith", "endswith", "isdigit", "isdecimal", "isnumeric", "isalpha", "isalnum", "isidentifier",
            "isspace", "islower", "isupper", "isprintable", "isascii", "find", "rfind", "index", "rindex", "count",
            "clear", "remove", "discard", "sort", "reverse",
        ),
        _NOTHING,
    ),
}  # fmt: skip
"""Methods by name, of objects of which nothing else is known."""
