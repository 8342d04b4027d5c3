"""The source that a function's behaviour comes from: its own text and that of everything it reaches in its package.

Reach is followed by name, statically: a name that a function uses leads to the module-level statements that bind it
(a helper, a class, a constant, an import), and so on. Libraries outside the package are the environment, not source.
Where names cannot say what is reached (`getattr`, `globals()`, `exec`, a module passed on), the whole module counts.
Statements rather than live objects: a cache that fills up while the program runs must not change a fingerprint.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import FunctionType
from typing import Any

from pipeline_assets.inference.digests import digest, plain
from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.source_modules import (
    BARE,
    Chains,
    SourceModule,
    Uses,
    bound_name,
    source_module,
)

_PACKAGE = __name__.partition(".")[0]
_UNTRACEABLE = frozenset(
    {"getattr", "globals", "locals", "vars", "exec", "eval", "__import__", "importlib", "import_module"}
)
_WHOLE = "*"
Statement = tuple[SourceModule, ast.stmt | ast.Lambda, str]
"""Its module, the statement (or lambda), and its text."""


def source_fingerprint(*functions: Callable[..., Any]) -> str:
    """32 hexadecimal digits of the source of `functions` and of all that they reach in their package.

    Changes with the body of any helper reached, not with unrelated code in the same module. The decorators of the
    functions given count only where they wrapped them; a registering decorator says how a function is run, not what
    it computes. Raises `UnsupportedOperation` for a callable without Python source.
    """
    parts: set[tuple[str, str]] = set().union(*(_reach(function).parts for function in functions))
    return digest(*(text for part in sorted(parts) for text in part))


def reached_statements(function: Callable[..., Any]) -> tuple[Statement, ...]:
    """The statements of `function`, first, and of all that it reaches in its package by name."""
    reach = _Reach(by_name=True)
    reach.add_function(function)
    reach.follow()
    return tuple(reach.statements.values())


@lru_cache(maxsize=4096)
def _reach(function: Callable[..., Any]) -> _Reach:
    """All that one function reaches: a stage that several tasks share is followed once."""
    reach = _Reach()
    reach.add_function(function)
    reach.follow()
    return reach


@dataclass
class _Reach:
    """The parts of source reached so far, and the names still to be followed."""

    parts: set[tuple[str, str]] = field(default_factory=set)
    """(module, text) of each statement; the place in the file does not matter."""
    statements: dict[int, Statement] = field(default_factory=dict)
    """By the identity of their syntax, in the order in which they are reached."""
    seen: set[tuple[str, str]] = field(default_factory=set)
    pending: list[tuple[str, str]] = field(default_factory=list)
    imported: set[tuple[str, int, Chains]] = field(default_factory=set)
    """(module, import, attributes taken) already followed: imports can go round in circles."""
    modules: dict[str, SourceModule | None] = field(default_factory=dict)
    functions: set[int] = field(default_factory=set)
    packages: set[str] = field(default_factory=lambda: {_PACKAGE})
    by_name: bool = False
    """Leave out modules of which names cannot say what is reached, instead of counting them whole."""

    def add_function(self, function: Callable[..., Any]) -> None:
        inner = inspect.unwrap(function)
        inner = getattr(inner, "__func__", inner)
        if id(inner) in self.functions:
            return
        self.functions.add(id(inner))
        module = self.module(inner.__module__) if isinstance(inner, FunctionType) else None
        if module is None or not isinstance(inner, FunctionType):
            raise UnsupportedOperation(str(function), "its source is not to be found; define it in a module")
        self.packages.add(module.name.partition(".")[0])
        node = module.function(inner.__code__)
        if node is None:
            self.push(module.name, _WHOLE)
            return
        self._add_text(module, node, module.segment(node, decorated=inner is not function))
        self._add_closure(module, inner)

    def module(self, name: str) -> SourceModule | None:
        """The module of that name, looked up once: the file may not change under one fingerprint."""
        if name not in self.modules:
            self.modules[name] = source_module(name)
        return self.modules[name]

    def push(self, module: str, name: str) -> None:
        if self.by_name and name == _WHOLE:
            return
        if (module, name) not in self.seen and module.partition(".")[0] in self.packages:
            self.seen.add((module, name))
            self.pending.append((module, name))

    def follow(self) -> None:
        while self.pending:
            name, bound = self.pending.pop()
            module = self.module(name)
            if module is None:
                self.parts.add((name, "no source"))
            elif bound == _WHOLE:
                self.parts.add((name, module.text))
                for statement in module.tree.body:
                    self._add_references(module, statement, module.segment(statement))
            else:
                self._follow_name(module, bound)

    def _follow_name(self, module: SourceModule, name: str) -> None:
        for statement in module.bindings.get(name, ()):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                continue  # followed where it is used: what matters of a module is the attributes taken from it
            self._add_text(module, statement, module.segment(statement))

    def _add_text(self, module: SourceModule, node: ast.stmt | ast.Lambda, text: str) -> None:
        self.parts.add((module.name, text))
        self._add_references(module, node, text)

    def _add_closure(self, module: SourceModule, function: FunctionType) -> None:
        """Values that an enclosing function put in: constants by value, functions by source, others by their module."""
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                value = cell.cell_contents
                if isinstance(value, FunctionType):
                    self.add_function(value)
                else:
                    self.parts.add((module.name, f"{name} = {plain(value, 'closure')}"))
            except (UnsupportedOperation, ValueError):  # ValueError: the cell is still empty
                self.push(module.name, _WHOLE)

    def _add_references(self, module: SourceModule, node: ast.stmt | ast.Lambda, text: str) -> None:
        self.statements[id(node)] = module, node, text
        uses = module.uses(node, text)
        if uses.names is None or uses.names & _UNTRACEABLE:
            self.push(module.name, _WHOLE)
        for star in module.stars:
            self.push(star, _WHOLE)
        for name in uses.names or ():
            for statement in module.bindings.get(name, ()):
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    self._add_import(module, statement, name, uses)
                else:
                    self.push(module.name, name)
        for statement in uses.imports:
            for name in map(bound_name, statement.names):
                self._add_import(module, statement, name, uses)

    def _add_import(self, module: SourceModule, statement: ast.Import | ast.ImportFrom, name: str, uses: Uses) -> None:
        """Follow an import where it is used; one from outside the packages only names what it takes."""
        origins = [module.absolute(statement)] if isinstance(statement, ast.ImportFrom) else map(_path, statement.names)
        within = any(origin.partition(".")[0] in self.packages for origin in origins)
        self._add_binding(module, statement, name, uses.taken.get(name, BARE) if within else BARE)

    def _add_binding(self, module: SourceModule, statement: ast.stmt, name: str, chains: Chains) -> None:
        """Follow one statement that binds `name`; `chains` are the attributes that its user takes from it."""
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            self.push(module.name, name)
            return
        for alias in statement.names:
            mark = (module.name, id(alias), chains)
            if bound_name(alias) != name or mark in self.imported:
                continue
            self.imported.add(mark)
            if isinstance(statement, ast.ImportFrom):
                source = module.absolute(statement)
                self.parts.add((module.name, f"from {source} import {alias.name} as {name}"))
                self._add_imported(source, alias.name, chains)
            else:
                self.parts.add((module.name, f"import {alias.name} as {name}"))
                self._add_attributes(alias.name if alias.asname else name, chains)

    def _add_imported(self, source: str, name: str, chains: Chains) -> None:
        """Follow `name` of the module `source`: what a statement there binds, or a submodule."""
        if source.partition(".")[0] not in self.packages:
            return
        origin = self.module(source)
        binders = [] if origin is None else origin.bindings.get(name, [])
        if origin is not None and any(not _takes_from(origin, binder, source) for binder in binders):
            for binder in binders:
                self._add_binding(origin, binder, name, chains)
        elif self.module(f"{source}.{name}") is not None:
            self._add_attributes(f"{source}.{name}", chains)
        else:
            self.push(source, _WHOLE)

    def _add_attributes(self, module: str, chains: Chains) -> None:
        """Follow each chain to the name taken from the innermost module; a module used bare counts as a whole."""
        if module.partition(".")[0] not in self.packages:
            return
        for chain in chains:
            if chain:
                self._add_imported(module, chain[0], frozenset({chain[1:]}))
            else:
                self.push(module, _WHOLE)


def _takes_from(module: SourceModule, statement: ast.stmt, source: str) -> bool:
    """Whether a package's statement is `from . import submodule`."""
    return isinstance(statement, ast.ImportFrom) and module.absolute(statement) == source


def _path(alias: ast.alias) -> str:
    return alias.name
