"""Places inside a value (`.name`, `['key']`, `[0]`), and what each kind of step makes of them.

A fact says that a value comes from the source: the whole of it (an empty path) or what it holds at a path. Labels are
`.name` for attributes, `['key']` and `[0]` for items with a constant key, `[]` for items with any, `[keys]` for the
keys of a mapping.
"""

from __future__ import annotations

from collections.abc import Callable

Path = tuple[str, ...]

ITEM, KEYS = "[]", "[keys]"
DEEPEST = 3
"""Labels of a path; what lies deeper counts as all that is below."""

COPY, LOAD, STORE, DERIVE, JOIN, ITERATE, ANY, VALUES, ITEMS, KEYS_OF, NESTED = range(11)
"""Copy; read a part; put into a part; compute from; join or copy a container; an item of an iteration; some part;
`.values()`, `.items()`, `.keys()` of a mapping; each item as a part of an item (`enumerate`, `zip`)."""


def is_item(label: str) -> bool:
    """Whether a label is an item's or a key's, not an attribute's."""
    return label[0] == "["


def is_number(label: str) -> bool:
    """Whether a label is an item's with a constant number."""
    return label[1:-1].lstrip("-").isdecimal()


def is_content(path: Path) -> bool:
    """Whether a path is the whole value or what it holds as a container, in containers if need be."""
    return all(label[0] == "[" for label in path)


def taken(label: str, path: Path) -> Path | None:
    """What reading a part gives of a value; None when the path is another part's."""
    if not path:
        return path
    return path[1:] if _meets(label, path[0]) else None


def put(label: str, path: Path) -> Path:
    """Where something is once it is put into a part."""
    return (label, *path)[:DEEPEST]


def applied(operation: int, label: str, path: Path) -> Path | None:
    """Where what was at `path` is after the operation; None when it is lost."""
    if operation == COPY:
        return path
    if operation == STORE:
        return put(label, path)
    if operation == LOAD:
        return taken(label, path)
    if operation == NESTED:
        return _nested(label, path)
    return _OTHERS[operation](path) if path else path


def undone(operation: int, label: str, path: Path) -> Path | None:
    """Where in an operation's operand a change of its result at `path` is; None when it is not in it."""
    if operation in (COPY, JOIN):
        return path
    if operation == LOAD:
        return put(label, path)
    if operation == STORE:
        return taken(label, path) or None
    return put(ITEM, path) if operation in (ITERATE, ANY) else None


def _meets(label: str, held: str) -> bool:
    if label == held:
        return True
    if held == KEYS or not (is_item(label) and is_item(held)):
        return False
    if ITEM in (label, held):
        return True
    # The last of three is both [2] and [-1]: numbers from different ends may mean one item.
    return is_number(label) and is_number(held) and (label[1] == "-") != (held[1] == "-")


def _derived(path: Path) -> Path | None:
    return () if is_content(path) else None


def _joined(path: Path) -> Path | None:
    if not is_item(path[0]):
        return None
    return (ITEM, *path[1:]) if is_number(path[0]) else path


def _iterated(path: Path) -> Path | None:
    return path[1:] if path[0] in (ITEM, KEYS) or (is_item(path[0]) and is_number(path[0])) else None


def _values(path: Path) -> Path | None:
    return (ITEM, *path[1:]) if is_item(path[0]) and path[0] != KEYS else None


def _items(path: Path) -> Path | None:
    if not is_item(path[0]):
        return None
    return (ITEM, "[0]" if path[0] == KEYS else "[1]", *path[1:])[:DEEPEST]


def _keys(path: Path) -> Path | None:
    return (ITEM, *path[1:]) if path[0] == KEYS else None


def _nested(label: str, path: Path) -> Path | None:
    rest = _iterated(path) if path else path
    return None if rest is None else put(ITEM, put(label, rest))


def _any(path: Path) -> Path | None:
    return path[1:]


_OTHERS: dict[int, Callable[[Path], Path | None]] = {
    DERIVE: _derived,
    JOIN: _joined,
    ITERATE: _iterated,
    ANY: _any,
    VALUES: _values,
    ITEMS: _items,
    KEYS_OF: _keys,
}
