"""Class orders are those of the interpreter, on random hierarchies; deep ones need no stack."""

from __future__ import annotations

from random import Random

import pytest

from pipeline_assets.normalize.linearization import OBJECT, Ancestor, Base, Classes

BUILTINS = (object, dict, ValueError, LookupError)


def made_by_python(bases: list[type], name: str) -> type | None:
    try:
        return type(name, tuple(bases), {})
    except TypeError:
        return None


@pytest.mark.parametrize("seed", range(200))
def test_orders_are_the_interpreters(seed: int) -> None:
    random = Random(seed)
    hierarchy, classes = Classes(), {0: type("c0", (), {})}
    hierarchy.add_class(0, "c0")
    for number in range(1, 9):
        chosen = random.sample(sorted(classes), min(len(classes), random.randint(0, 3)))
        bases: list[type] = [classes[base] for base in chosen] + random.sample(BUILTINS, random.random() < 0.2)
        hierarchy.add_class(number, f"c{number}")
        for base in bases:
            hierarchy.add_base(number, Base(ancestor(base, classes)))
        made = made_by_python(bases, f"c{number}")
        if made is None and not has_layout_conflict(bases):
            assert hierarchy.reason(number) == "inconsistent"
        elif made is not None:
            assert hierarchy.order(number) == [ancestor(item, {**classes, number: made}) for item in made.__mro__]
            assert hierarchy.reason(number) is None
            classes[number] = made


def ancestor(item: type, classes: dict[int, type]) -> Ancestor:
    number = next((number for number, known in classes.items() if known is item), None)
    return Ancestor(number, f"builtins.{item.__name__}" if number is None else f"c{number}")


def has_layout_conflict(bases: list[type]) -> bool:
    """Whether Python refuses the class for another reason: no instance can be a dict and an exception at once."""
    roots = {root for base in bases for root in (dict, BaseException) if issubclass(base, root)}
    return len(roots) > 1


def test_deep_hierarchies_are_ordered() -> None:
    hierarchy = Classes()
    depth = 3000
    for number in range(depth):
        hierarchy.add_class(number, f"c{number}")
    for number in range(1, depth):
        hierarchy.add_base(number, Base(Ancestor(number - 1, f"c{number - 1}")))
    order = hierarchy.order(depth - 1)
    assert [item.definition_id for item in order[:-1]] == list(range(depth - 1, -1, -1))
    assert order[-1] == OBJECT


def test_wide_hierarchies_are_ordered() -> None:
    hierarchy = Classes()
    width = 1000
    for number in range(width + 1):
        hierarchy.add_class(number, f"c{number}")
    for number in range(width):
        hierarchy.add_base(width, Base(Ancestor(number, f"c{number}")))
    assert [item.definition_id for item in hierarchy.order(width)[:-1]] == [width, *range(width)]
    assert hierarchy.reason(width) is None
