"""Displays and comprehensions: containers by the place that makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pipeline_assets.cpg.points_to.constraints.keys import Held
from pipeline_assets.cpg.points_to.objects import CONTAINER
from pipeline_assets.cpg.points_to.triggers import ITERATE, MERGE, STORE_ITEM, VIEW

if TYPE_CHECKING:
    from pipeline_assets.cpg.points_to.constraints.graph import Constraints
    from pipeline_assets.cpg.points_to.syntax import Ints


CONTAINERS = {"List": "list", "Tuple": "tuple", "Set": "set", "Dict": "dict"}
COMPREHENSIONS = {"ListComp": "list", "SetComp": "set", "GeneratorExp": "generator", "DictComp": "dict"}


def add_displays(constraints: Constraints) -> None:
    """Displays and comprehensions hold the container that they make."""
    syntax = constraints.program.syntax
    for name, type_name in CONTAINERS.items():
        for row in np.flatnonzero(syntax.of_kind(name) & (syntax.is_load | (name in ("Set", "Dict")))).tolist():
            _add_display(constraints, row, type_name)
    _add_comprehensions(constraints)


def _add_comprehensions(constraints: Constraints) -> None:
    syntax, program = constraints.program.syntax, constraints.program
    generators, iterated = syntax.listed("generators"), syntax.child("iter")
    filtered = set(syntax.parent[syntax.in_field("ifs")].tolist())
    plain = {row: over[0] for row, over in generators.items() if len(over) == 1 and over[0] not in filtered}
    names = syntax.of_kind("Name")
    elt = syntax.child("elt")
    for name, type_name in COMPREHENSIONS.items():
        for row in np.flatnonzero(syntax.of_kind(name)).tolist():
            made = constraints.objects.get(CONTAINER, row, type_name)
            constraints.comprehensions.add(row)
            copied = _copied_by(constraints, plain.get(row, -1), int(elt[row]), names, iterated)
            if copied >= 0 and type_name != "dict":
                constraints.trigger(copied, VIEW, ("list", row), row)
                continue
            constraints.seeds.append((row, made))
            source = int(constraints.value[row]) if name == "DictComp" else int(elt[row])
            constraints.copy(source, program.variable("star" if name == "DictComp" else "all", made))


def _copied_by(
    constraints: Constraints, generator: int, element: int, names: npt.NDArray[np.bool_], iterated: Ints
) -> int:
    """What `[x for x in …]` goes over, if nothing else is done; -1 otherwise."""
    if generator < 0 or element < 0 or not names[element]:
        return -1
    target, syntax = int(constraints.target[generator]), constraints.program.syntax
    is_same = names[target] and syntax.name(target) == syntax.name(element)
    return int(iterated[generator]) if is_same else -1


def keys_surely_in(constraints: Constraints, row: int) -> tuple[Any, ...]:
    """The constant keys of a display."""
    keys = constraints.keys
    return tuple(name for name in map(keys.key, keys.keys.get(row, ())) if isinstance(name, str | int))


def _add_display(constraints: Constraints, row: int, type_name: str) -> None:
    keys = constraints.keys
    made = constraints.objects.get(CONTAINER, row, type_name)
    constraints.seeds.append((row, made))
    whole = constraints.program.variable("all", made)
    if type_name == "dict":
        _add_pairs(constraints, row, made, whole)
        return
    for element in keys.elements.get(row, []):
        if keys.is_starred[element]:
            constraints.trigger(int(constraints.value[element]), ITERATE, element, whole)
        else:
            constraints.copy(element, whole)


def _add_pairs(constraints: Constraints, row: int, made: int, whole: int) -> None:
    """What a display of a dictionary holds under its keys; the last one of a key counts."""
    keys = constraints.keys
    seen: set[Any] = set()
    kept: list[tuple[int, int]] = []
    for key, value in reversed(keys.pairs_of(row)):
        name = keys.key(key)
        if value in constraints.straight.dead:
            continue
        if key < 0:
            constraints.trigger(value, MERGE, tuple(sorted(seen, key=repr)), made)
        elif name not in seen:
            kept.append((key, value))
            constraints.copy(value, whole)
            if isinstance(name, Held):
                constraints.trigger(row, STORE_ITEM, name, value)
            elif name is not None:
                seen.add(name)
    constraints.pairs[row] = kept[::-1]
