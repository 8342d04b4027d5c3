"""Reading imports, as statements and as calls, and finding what they mean."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

FUNCTIONS = ("import_module", "__import__", "find_spec", "resolve_name")
"""Functions that import what a text names."""
HOLDERS = ("importlib", "importlib.util", "util", "pkgutil")
"""The modules that hold them, as imports spell them."""

DOTTED_FUNCTIONS = {
    "importlib.import_module": "import_module",
    "importlib.__import__": "__import__",
    "importlib.util.find_spec": "find_spec",
    "pkgutil.resolve_name": "resolve_name",
}


class Written(NamedTuple):
    """Where an import stands and what it says."""

    repository: str
    file_id: int
    node_id: int
    statement_id: int
    scope_node: int
    name: str
    line: int | None
    asname: str | None = None


class ModulePlace(NamedTuple):
    """The module that a file is."""

    module: str
    package: str
    is_package: bool
    is_importable: bool


class Import(NamedTuple):
    """One imported name."""

    written: Written
    kind: str
    module_text: str | None
    level: int
    absolute_module: str | None
    member: str | None
    """The name asked of the module; none when the module itself is asked for."""
    bound_name: str | None

    @property
    def is_star(self) -> bool:
        """Whether everything public is asked for."""
        return self.kind == "from" and self.written.name == "*"


class CallNode(NamedTuple):
    """One syntax node of a file in which something is called that may import."""

    repository: str
    file_id: int
    node_id: int
    parent_id: int | None
    scope_node: int
    kind: str
    field: str | None
    name: str | None
    value: str | None
    value_kind: str | None
    line: int | None


class Known(NamedTuple):
    """A module of the repository."""

    kind: str
    file_id: int | None
    node_id: int | None


class ImportTarget(NamedTuple):
    """What an import means: the columns that say so."""

    target_kind: str
    target_module: str | None = None
    target_file_id: int | None = None
    target_name: str | None = None
    bound_module: str | None = None


@dataclass(frozen=True)
class Reading:
    """The imports while they are read."""

    inputs: dict[str, pa.Table]
    files: Mapping[int, ModulePlace]
    imports: Sequence[Import]
    targets: Sequence[ImportTarget] = field(default=())


def tuples(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a table."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def read_alias(written: Written, is_from: bool, module: str | None, level: int, place: ModulePlace) -> Import:
    """One alias of a statement."""
    name = written.name
    if not is_from:
        return Import(written, "import", None, 0, name, None, written.asname or name.partition(".")[0])
    bound = None if name == "*" else written.asname or name
    return Import(written, "from", module, level, absolute(module, level, place), name, bound)


def absolute(module: str | None, level: int, place: ModulePlace) -> str | None:
    """The absolute name of a module; none where the dots lead out of the top-level package."""
    if not level:
        return module
    base = packages_up(place.package, level) if place.is_importable else None
    return base if base is None or module is None else f"{base}.{module}"


def packages_up(package: str, level: int) -> str | None:
    """The package that `level` dots mean: one dot is the package itself, each further dot the one above."""
    parts = package.split(".") if package else []
    return ".".join(parts[: len(parts) - level + 1]) if len(parts) >= level else None


class KnownModules:
    """The modules of some repositories, and what they bind themselves."""

    def __init__(
        self, index: Iterable[tuple[Any, ...]], library: Iterable[tuple[Any, ...]], members: Iterable[tuple[Any, ...]]
    ) -> None:
        self.modules = {(repository, module): Known(*rest) for repository, module, *rest in index}
        self.library = {*library}
        self.members: dict[tuple[int, str], set[int]] = {}
        self.open: set[int] = set()
        for node, name, kind, site in members:
            self.members.setdefault((node, name), set()).add(site)
            if name == "__getattr__" and kind == "function":
                self.open.add(node)

    def leave_out_own_submodules(self, imports: Iterable[Import]) -> None:
        """Importing one's own submodule (`from . import x`) makes no other member of that name."""
        for found in imports:
            module = self._module(found, found.absolute_module)
            if found.kind != "from" or module is None or module.file_id != found.written.file_id:
                continue
            if module.node_id and self._module(found, f"{found.absolute_module}.{found.member}"):
                self.members.get((module.node_id, found.member or ""), set()).discard(found.written.node_id)

    def open_modules(self, imports: Iterable[Import]) -> None:
        """A module with a star import may have members that no statement of its own names."""
        self.open |= {found.written.scope_node for found in imports if found.is_star}

    def target(self, found: Import) -> ImportTarget:
        """What an import means."""
        module = self._module(found, found.absolute_module)
        if module is None or found.absolute_module is None:
            return self._outside(found)
        if found.member is None or found.is_star:
            bound = self._bound(found) if found.kind == "import" else None
            return ImportTarget(_kind(module), found.absolute_module, module.file_id, None, bound)
        is_member = bool(self.members.get((module.node_id or -1, found.member)))
        submodule = self._module(found, name := f"{found.absolute_module}.{found.member}")
        if submodule and not is_member:
            return ImportTarget(_kind(submodule), name, submodule.file_id, None, name)
        if module.kind == "namespace":
            return ImportTarget("external")
        kind = "name" if is_member or self._may_have(module, found.member) else "missing"
        return ImportTarget(kind, found.absolute_module, module.file_id, found.member, None)

    def divided(self, found: Import) -> Import:
        """A name to be resolved, divided into the module, the longest that is here, and what is asked of it."""
        if found.kind != "resolve_name" or ":" in found.written.name:
            return found
        parts = found.written.name.split(".")
        for count in range(len(parts), 0, -1):
            name = ".".join(parts[:count])
            if self._module(found, name):
                return found._replace(absolute_module=name, member=".".join(parts[count : count + 1]) or None)
        return found

    def _module(self, found: Import, name: str | None) -> Known | None:
        return self.modules.get((found.written.repository, name)) if name is not None else None

    def _bound(self, found: Import) -> str | None:
        return found.absolute_module if found.written.asname else (found.absolute_module or "").partition(".")[0]

    def _outside(self, found: Import) -> ImportTarget:
        bound = self._bound(found) if found.kind == "import" else None
        if found.absolute_module is None or found.level:
            return ImportTarget("missing", bound_module=bound)
        top = found.absolute_module.partition(".")[0]
        here = self.modules.get((found.written.repository, top))
        if here is not None and here.kind != "namespace":
            return ImportTarget("missing", bound_module=bound)
        is_library = (found.written.repository, top) in self.library
        return ImportTarget("standard_library" if is_library else "external", bound_module=bound)

    def _may_have(self, module: Known, name: str) -> bool:
        """Whether the module may have the member though nothing binds it: also when it could not be parsed."""
        is_unread = module.file_id is not None and module.node_id is None
        return is_unread or module.node_id in self.open or re.fullmatch(r"__\w+__", name) is not None


class Calls:
    """The calls in some files that import what a text names."""

    def __init__(
        self, nodes: Iterable[CallNode], imported: Mapping[int, Import | None], names: Mapping[int, int | None]
    ) -> None:
        self.nodes = {node.node_id: node for node in nodes}
        self.children: dict[int | None, list[CallNode]] = {}
        for node in sorted(self.nodes.values(), key=lambda node: node.node_id):
            self.children.setdefault(node.parent_id, []).append(node)
        self.imported, self.names = imported, names

    def imports(self, files: Mapping[int, ModulePlace]) -> Iterator[Import]:
        """Every such call with a constant."""
        for node in self.nodes.values():
            function = self._function(node) if node.field == "func" else None
            if function and node.parent_id is not None:
                found = self._read(self.nodes[node.parent_id], function, files[node.file_id])
                if found:
                    yield found

    def _function(self, node: CallNode) -> str | None:
        """Which function is called: the library's own, under whatever name it was imported."""
        if node.kind == "Name" and node.name == "__import__" and self.names.get(node.node_id, 0) is None:
            return "__import__"
        return DOTTED_FUNCTIONS.get(self._meaning(node) or "")

    def _meaning(self, node: CallNode) -> str | None:
        """The dotted name outside that a name or a chain of attributes stands for."""
        if node.kind == "Attribute":
            before = self._meaning(self.children[node.node_id][0])
            return f"{before}.{node.name}" if before else None
        found = self.imported.get(node.node_id)
        if found is None or found.absolute_module is None or found.level:
            return None
        if found.kind == "from":
            return f"{found.absolute_module}.{found.member}"
        return found.absolute_module if found.written.asname else found.bound_name

    def _read(self, call: CallNode, function: str, place: ModulePlace) -> Import | None:
        given = self._arguments(call, ("name", "package"))
        text = self._text(given.get("name"))
        if not text:
            return None
        written = Written(call.repository, call.file_id, call.node_id, call.node_id, call.scope_node, text, call.line)
        if function == "resolve_name":
            module, _, member = text.partition(":")
            return Import(written, function, None, 0, module, member.partition(".")[0] or None, None)
        level = len(text) - len(text.lstrip("."))
        if function == "__import__":
            return Import(written, function, None, 0, text, None, None) if not level else None
        if not level:
            return Import(written, function, None, 0, text, None, None)
        if "package" not in given:
            return Import(written, function, None, level, None, None, None)
        package = self._package(given["package"], place)
        if package is None:
            return None
        base = packages_up(package, level)
        module_name = None if base is None else f"{base}.{text[level:]}".rstrip(".")
        return Import(written, function, None, level, module_name, None, None)

    def _arguments(self, call: CallNode, names: Sequence[str]) -> dict[str, CallNode]:
        below = self.children[call.node_id]
        positional = [node for node in below if node.field == "args"]
        given = dict(zip(names, positional, strict=False))
        return given | {node.name or "": self.children[node.node_id][0] for node in below if node.field == "keywords"}

    def _text(self, node: CallNode | None) -> str | None:
        return ast.literal_eval(node.value or "''") if node is not None and node.value_kind == "str" else None

    def _package(self, node: CallNode, place: ModulePlace) -> str | None:
        if node.kind == "Name" and node.name in ("__name__", "__package__") and place.is_importable:
            return place.module if node.name == "__name__" else place.package
        return self._text(node)


def row_of(found: Import, target: ImportTarget) -> dict[str, Any]:
    """The columns of `imports` that do not depend on other imports."""
    written = found.written
    return {
        "repository": written.repository,
        "file_id": written.file_id,
        "import_id": written.node_id,
        "statement_id": written.statement_id,
        "scope_node": written.scope_node,
        "kind": found.kind,
        "module_text": found.module_text,
        "level": found.level,
        "name": written.name,
        "asname": written.asname,
        "bound_name": found.bound_name,
        "absolute_module": found.absolute_module,
        "is_star": found.is_star,
        "line": written.line,
        **target._asdict(),
    }


def _kind(module: Known) -> str:
    return "package" if module.kind == "namespace" else "module"
