"""Sets of specifications: those that come with the product, and files of the same form that users write."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from pipeline_assets.products.flows.spec import FlowError, Spec, parse_spec

_KEYS = {"description", "role", "specs", "barriers"}
ROLES = ("sources", "sinks")


class InvalidSet(FlowError):
    """A set of specifications that cannot be read; `name` is its name or file."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the set of specifications {name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class SpecSet:
    """Specifications under one name; `barriers` protect them: what passes there is no flow to these."""

    name: str
    description: str
    role: str
    specs: tuple[Spec, ...]
    barriers: tuple[Spec, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A specification that is asked for, by itself or as one of a set, of which many fit nothing."""

    spec: Spec
    of_set: str | None
    barriers: tuple[Spec, ...] = ()


def resolved(given: Iterable[str]) -> list[Wanted]:
    """The specifications that texts spell or name: `kind:pattern`, a bundled set, or a file that ends with .toml."""
    found: dict[Wanted, None] = {}
    for text in given:
        if text.endswith(".toml"):
            chosen = read_set(Path(text))
        elif ":" in text:
            found[Wanted(parse_spec(text), None)] = None
            continue
        else:
            chosen = _bundled_set(text)
        found.update(dict.fromkeys(Wanted(spec, text, chosen.barriers) for spec in chosen.specs))
    return list(found)


@lru_cache(maxsize=1)
def bundled_sets() -> dict[str, SpecSet]:
    """The sets that come with the product, by name."""
    folder = resources.files("pipeline_assets.products.flows") / "specs"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {name: _parsed(name, file.read_text(encoding="utf-8")) for file in files for name in [file.name[:-5]]}


def read_set(path: Path) -> SpecSet:
    """The set that a file holds."""
    try:
        return _parsed(str(path), path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSet(str(path), f"it cannot be read ({error})") from error


def _bundled_set(name: str) -> SpecSet:
    sets = bundled_sets()
    if name not in sets:
        raise FlowError(
            f"{name!r} is neither KIND:PATTERN, as in call:os.system, nor one of the sets {', '.join(sets)}, "
            "nor a file that ends with .toml"
        )
    return sets[name]


def _parsed(name: str, text: str) -> SpecSet:
    try:
        held = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSet(name, f"it is no TOML ({error})") from error
    extra = sorted(set(held) - _KEYS)
    if extra:
        raise InvalidSet(name, f"there is no key {extra[0]!r}; there are {', '.join(sorted(_KEYS))}")
    role = held.get("role", ROLES[0])
    if role not in ROLES:
        raise InvalidSet(name, f"role is {' or '.join(ROLES)}, not {role!r}")
    specs = _specs(name, held.get("specs"))
    if not specs:
        raise InvalidSet(name, "it lists no `specs`")
    return SpecSet(name, str(held.get("description", "")), role, specs, _specs(name, held.get("barriers")))


def _specs(name: str, texts: object) -> tuple[Spec, ...]:
    if texts is None:
        return ()
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InvalidSet(name, "`specs` and `barriers` are lists of texts")
    return tuple(map(parse_spec, texts))
