"""Following a repository's imports, aliases and stars from every module member to what it finally is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
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


class Strength(NamedTuple):
    """What prevails when a name is bound several times: first choices over fallbacks, then the later statement."""

    fallbacks: int
    """Negated: fewer are stronger."""
    place: int


STRONGEST = Strength(0, 1 << 62)
WEAKEST = Strength(-(1 << 30), -1)


class Star(NamedTuple):
    """A star import of a module of this repository."""

    module: str
    strength: Strength
    site: int | None


@dataclass
class Module:
    """One module: what its code binds, the modules it imports `*` from, and what its `__all__` says."""

    name: str
    node_id: int | None
    is_stub: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    via: dict[str, str] = field(default_factory=dict)
    sites: dict[str, int | None] = field(default_factory=dict)
    """The binding site or star import behind each member."""
    strengths: dict[str, Strength] = field(default_factory=dict)
    stars: list[Star] = field(default_factory=list)
    """In source order."""
    open_stars: list[Target] = field(default_factory=list)
    """Star imports that leave the repository, here or in a module that hands its stars on."""
    deleted: dict[str, Member] = field(default_factory=dict)
    """What names meant that are no members any more."""
    private: set[str] = field(default_factory=set)
    """Names that a star does not hand on, whatever they begin with, unless they are listed."""
    loaded: set[str] = field(default_factory=set)
    """Submodules that are imported whenever the module is."""
    listed: set[str] | None = None
    """The names in `__all__`; None when there is none."""
    also_listed: list[str] = field(default_factory=list)
    """Dotted names of modules whose `__all__` is added."""
    is_dynamic: bool = False
    """Whether `__all__` also holds names that the text does not show."""
    answers_all: bool = False
    """Whether it may have any name: by `__getattr__`."""

    def copy(self) -> Module:
        """The same module, with containers of its own."""
        made = replace(self)
        for name, value in vars(self).items():
            if isinstance(value, (dict, list, set)):
                setattr(made, name, value.copy())
        return made

    def bind(
        self, name: str, member: Member, via: str, site: int | None = None, strength: Strength = STRONGEST
    ) -> None:
        """Add a member, or put another in its place."""
        self.members[name], self.via[name], self.sites[name] = member, via, site
        self.strengths[name] = strength

    def add_star(
        self,
        kind: str,
        module: str | None,
        absolute: str | None,
        site: int | None = None,
        strength: Strength | None = None,
    ) -> None:
        """Note a star import of a module of the repository, or of one outside."""
        if kind in ("module", "package") and module is not None:
            self.stars.append(Star(module, strength or Strength(0, len(self.stars)), site))
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
            self.private.add(name)
        else:
            self.listed.add(name)

    def is_public(self, name: str) -> bool:
        """Whether `from module import *` hands the member on."""
        if self.listed is not None and name in self.listed:
            return True
        if self.listed is not None and not self.is_dynamic:
            return False
        is_bound = self.via.get(name) != "submodule" or name in self.loaded
        return is_bound and not name.startswith("_") and name not in self.private

    def handed_on(self) -> Iterator[str]:
        """The names that a star import of it brings: also those listed that `__getattr__` or a star may give."""
        yield from (name for name in self.members if self.is_public(name))
        if self.listed and (self.answers_all or self.open_stars):
            yield from sorted(self.listed - self.members.keys())


class Repository:
    """The modules of one repository, and the way from a member to what it finally is."""

    def __init__(self) -> None:
        self.modules: dict[str, Module] = {}
        self._imports: dict[str, dict[str, None]] = {}

    def add(self, name: str, node_id: int | None, is_stub: bool = False) -> None:
        """Add a module."""
        self.modules[name] = Module(name, node_id, is_stub)

    def note_import(self, module: str, target: str | None) -> None:
        """Note that running a module imports another."""
        if target in self.modules:
            self._imports.setdefault(module, {})[target] = None

    def add_submodule(self, package: str, name: str, module: str) -> None:
        """Make a module a member of its package, unless the package binds the name to something else."""
        if package in self.modules and name not in self.modules[package].members:
            self.modules[package].bind(name, self.module_target(module, "module"), "submodule")

    def module_target(self, module: str, kind: str) -> Target:
        """A whole module, here or outside; `kind` says where it is when it is not here."""
        if module in self.modules:
            return Target("module", self.modules[module].node_id, module, None)
        return Target(kind, None, module, None)

    def with_stars(self) -> Repository:
        """The same with what stars hand on."""
        made = Repository()
        made._imports = self._imports
        made.modules = {name: module.copy() for name, module in self.modules.items()}
        made._expand_stars()
        return made

    def _expand_stars(self) -> None:
        """Bring in what stars hand on until nothing moves: star imports may form cycles."""
        self._complete_lists()
        self._load_submodules()
        readers: dict[str, list[Module]] = {}
        for module in self.modules.values():
            for source in dict.fromkeys(star.module for star in module.stars):
                readers.setdefault(source, []).append(module)
        waiting = dict.fromkeys(readers)
        while waiting:
            source = next(iter(waiting))
            del waiting[source]
            for reader in readers[source]:
                if self._take(reader, self.modules[source]) and reader.name in readers:
                    waiting[reader.name] = None

    def _take(self, reader: Module, source: Module) -> bool:
        """Add what a star import of `source` brings, where nothing stronger is there. Says if anything changed."""
        star = max((star for star in reader.stars if star.module == source.name), key=lambda star: star.strength)
        found = [each for each in source.open_stars if each not in reader.open_stars]
        reader.open_stars += found
        changed = bool(found)
        for name in [*source.handed_on()]:
            via = reader.via.get(name)
            is_free = via in (None, "submodule") or reader.strengths[name] < star.strength
            if is_free and not (via == "own" and self._leads_back(Pointer(source.name, name), reader)):
                reader.bind(name, Pointer(source.name, name), "star", star.site, star.strength)
                changed = True
        return changed

    def _load_submodules(self) -> None:
        """Find the submodules that are there once a package that stars read has been imported, and so are its names."""
        for name in dict.fromkeys(star.module for module in self.modules.values() for star in module.stars):
            prefix = f"{name}."
            for loaded in self._loaded_with(name):
                if loaded.startswith(prefix):
                    self.modules[name].loaded.add(loaded.removeprefix(prefix).partition(".")[0])

    def _loaded_with(self, name: str) -> Iterable[str]:
        """The modules that run when one is imported, as far as their own code imports them."""
        found = {name: None}
        waiting = [name]
        while waiting:
            for target in self._imports.get(waiting.pop(), ()):
                if target not in found:
                    found[target] = None
                    waiting.append(target)
        return found

    def _leads_back(self, at: Pointer, module: Module) -> bool:
        """Whether a member is in the end the module's own of that name."""
        seen = {at}
        member: Member | None = at
        while isinstance(member, Pointer):
            if member == (module.name, at.name):
                return True
            member = self.modules[member.module].members.get(member.name)
            if member in seen:
                return False
            seen |= {member} if isinstance(member, Pointer) else set()
        return False

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
        """The module that a dotted expression means in the namespace of another, or whose `__all__` it imports."""
        first, *rest = dotted.split(".")
        member = self.modules[module].deleted.get(first, self.modules[module].members.get(first))
        if isinstance(member, Pointer) and member.name == "__all__":
            return self.modules[member.module]
        target = self.follow(*member)[0] if isinstance(member, Pointer) else member
        for part in rest:
            if target is None or target.kind != "module" or target.module is None:
                return None
            target, _ = self.follow(target.module, part)
        if target is None or target.kind != "module" or target.module is None:
            return None
        return self.modules[target.module]
