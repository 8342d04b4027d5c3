"""Following a repository's imports, aliases and stars from every module member to what it finally is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Target(NamedTuple):
    """What a member finally is: the columns of `exports` that say so."""

    kind: str
    id: int | None
    module: str | None
    name: str | None


class Pointer(NamedTuple):
    """A member that is another module's member: where to look further."""

    module: str
    name: str


Member = Target | Pointer


@dataclass
class Module:
    """One module: what its code binds, the modules it imports `*` from, and what its `__all__` says."""

    name: str
    node_id: int | None
    members: dict[str, Member] = field(default_factory=dict)
    via: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    """Modules of this repository, in source order."""
    open_stars: list[Target] = field(default_factory=list)
    """Star imports that leave the repository, here or in a module that hands its stars on."""
    star_places: dict[str, int] = field(default_factory=dict)
    """For members that a star brought, its place: a later star replaces what an earlier one brought."""
    listed: set[str] | None = None
    """The names in `__all__`; None when there is none."""
    also_listed: list[str] = field(default_factory=list)
    """Dotted names of modules whose `__all__` is added."""
    is_dynamic: bool = False
    """Whether `__all__` also holds names that the text does not show."""

    def bind(self, name: str, member: Member, via: str) -> None:
        """Add a member."""
        self.members[name], self.via[name] = member, via

    def add_star(self, kind: str, module: str | None, absolute: str | None) -> None:
        """Note a star import of a module of the repository, or of one outside."""
        if kind in ("module", "package") and module is not None:
            self.stars.append(module)
        elif kind != "missing":
            self.open_stars.append(Target(kind, None, absolute, None))

    def list_name(self, kind: str, name: str | None) -> None:
        """Note what one element adds to `__all__` or takes from it."""
        self.listed = set() if self.listed is None else self.listed
        if name is None:
            self.is_dynamic = True
        elif kind == "module":
            self.also_listed.append(name)
        elif kind == "removed":
            self.listed.discard(name)
        else:
            self.listed.add(name)

    def is_public(self, name: str) -> bool:
        """Whether `from module import *` hands the member on."""
        if self.listed is not None and name in self.listed:
            return True
        by_spelling = not name.startswith("_") and self.via.get(name) != "submodule"
        return by_spelling and (self.listed is None or self.is_dynamic)

    def take(self, source: Module) -> bool:
        """Add what a star import of `source` brings; own names and later stars come first. Says if anything changed."""
        place = max(i for i, name in enumerate(self.stars) if name == source.name)
        found = [star for star in source.open_stars if star not in self.open_stars]
        self.open_stars += found
        changed = bool(found)
        for name in source.members:
            before = self.star_places.get(name, -1)
            is_free = self.via.get(name) in (None, "submodule") or -1 < before < place
            if is_free and source.is_public(name):
                self.bind(name, Pointer(source.name, name), "star")
                self.star_places[name] = place
                changed = True
        return changed


class Repository:
    """The modules of one repository, and the way from a member to what it finally is."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}

    def add(self, name: str, node_id: int | None) -> None:
        """Add a module."""
        self.modules[name] = Module(name, node_id)

    def add_submodule(self, package: str, name: str, module: str) -> None:
        """Make a module a member of its package, unless the package binds the name to something else."""
        if package in self.modules and name not in self.modules[package].members:
            self.modules[package].bind(name, self.module_target(module, "module"), "submodule")

    def module_target(self, module: str, kind: str) -> Target:
        """A whole module, here or outside; `kind` says where it is when it is not here."""
        if module in self.modules:
            return Target("module", self.modules[module].node_id, module, None)
        return Target(kind, None, module, None)

    def expand_stars(self) -> None:
        """Bring in what stars hand on until nothing moves: star imports may form cycles."""
        self._complete_lists()
        readers: dict[str, list[Module]] = {}
        for module in self.modules.values():
            for source in dict.fromkeys(module.stars):
                readers.setdefault(source, []).append(module)
        waiting = dict.fromkeys(readers)
        while waiting:
            source = next(iter(waiting))
            del waiting[source]
            for reader in readers[source]:
                if reader.take(self.modules[source]) and reader.name in readers:
                    waiting[reader.name] = None

    def members_of(self, module: Module) -> Iterator[tuple[str, Target, int]]:
        """Every member with what it finally is and how many re-exports lead there; `*` for what outside stars bring."""
        for name in module.members:
            yield name, *self.follow(module.name, name)
        if module.open_stars:
            yield "*", self._absent(Pointer(module.name, "*")), 0

    def follow(self, module: str, name: str) -> tuple[Target, int]:
        """What a member finally is, and how many re-exports lead there."""
        seen: dict[Pointer, None] = {}
        at = Pointer(module, name)
        while at not in seen:
            member = self.modules[at.module].members.get(at.name)
            if member is None:
                return self._absent(at), len(seen)
            if isinstance(member, Target):
                return member, len(seen)
            seen[at] = None
            at = member
        return Target("cycle", None, at.module, at.name), len(seen)

    def _absent(self, at: Pointer) -> Target:
        """A name the module does not show: a member of its only star from outside; with none or several, missing."""
        stars = self.modules[at.module].open_stars
        if len(stars) == 1:
            return stars[0]._replace(name=at.name)
        return Target("missing", None, at.module, at.name)

    def _complete_lists(self) -> None:
        """Add the `__all__` of other modules where a module's own mentions it."""
        for module in self.modules.values():
            for other in [*self._also_listed(module, {module.name})]:
                module.is_dynamic |= other.listed is None or other.is_dynamic
                module.listed = (module.listed or set()) | (other.listed or set())

    def _also_listed(self, module: Module, seen: set[str]) -> Iterator[Module]:
        for dotted in module.also_listed:
            other = self._module_called(module.name, dotted)
            if other is None:
                module.is_dynamic = True
            elif other.name not in seen:
                seen.add(other.name)
                yield other
                yield from self._also_listed(other, seen)

    def _module_called(self, module: str, dotted: str) -> Module | None:
        """The module that a dotted expression means in the namespace of another."""
        at = module
        for part in dotted.split("."):
            target, _ = self.follow(at, part)
            if target.kind != "module" or target.module is None:
                return None
            at = target.module
        return self.modules[at]
