"""Python modules as source: what each module-level statement binds, and which names a piece of source uses."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import symtable
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.abc import SourceLoader
from pathlib import Path
from types import CodeType, ModuleType

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


Chains = frozenset[tuple[str, ...]]
"""Attributes taken from a name: `m.a.b` gives `("a", "b")`, a bare `m` gives `()`."""
BARE: Chains = frozenset({()})


@dataclass(frozen=True)
class Uses:
    """What a statement or lambda uses."""

    node: ast.stmt | ast.Lambda
    names: frozenset[str] | None
    """Module-level and builtin names at whatever depth; None if the text does not parse on its own."""
    has_imports: bool

    @cached_property
    def taken(self) -> Mapping[str, Chains]:
        """Name → the attributes taken from it."""
        return _attribute_chains(self.node)

    @cached_property
    def imports(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """Imports inside of it, such as those of a function's body."""
        if not self.has_imports:
            return ()
        return tuple(node for node in ast.walk(self.node) if isinstance(node, (ast.Import, ast.ImportFrom)))


@dataclass(frozen=True)
class SourceModule:
    """A module's source with an index of what its statements bind."""

    name: str
    text: str
    is_package: bool

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The source line by line."""
        return self.text.splitlines()

    @cached_property
    def bindings(self) -> dict[str, list[ast.stmt]]:
        """Name → the statements that bind or fill it; an import inside `if` or `try` stands for itself."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.tree.body:
            for name, binder in _bound(statement):
                known = found.setdefault(name, [])
                if binder not in known:
                    known.append(binder)
        return found

    @cached_property
    def stars(self) -> list[str]:
        """The modules that everything is imported from."""
        imports = [node for node in self.tree.body if isinstance(node, ast.ImportFrom)]
        return [self.absolute(node) for node in imports if node.names[0].name == "*"]

    def function(self, code: CodeType) -> FunctionNode | None:
        """The definition a code object was compiled from; None when its line holds several of its name, or none."""
        around = (s for s in self.tree.body if _first_line(s) <= code.co_firstlineno <= (s.end_lineno or 0))
        nodes = (node for statement in around for node in ast.walk(statement) if isinstance(node, FunctionNode))
        found = [node for node in nodes if (_first_line(node), _name_of(node)) == (code.co_firstlineno, code.co_name)]
        return found[0] if len(found) == 1 else None

    def absolute(self, statement: ast.ImportFrom) -> str:
        """The module that a `from … import` names, relative dots resolved."""
        if not statement.level:
            return statement.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - statement.level + self.is_package]
        return ".".join([*parts, *([statement.module] if statement.module else [])])

    def uses(self, node: ast.stmt | ast.Lambda, text: str) -> Uses:
        """What a statement or lambda with this text uses."""
        if (id(node), text) not in self._known_uses:
            self._known_uses[id(node), text] = Uses(node, *_names_used(text))
        return self._known_uses[id(node), text]

    @cached_property
    def findings(self) -> dict[int, tuple[tuple[str, str], ...]]:
        """What the purity guard found in a statement, by the statement's identity."""
        return {}

    @cached_property
    def _known_uses(self) -> dict[tuple[int, str], Uses]:
        return {}

    def segment(self, node: ast.stmt | ast.Lambda, decorated: bool = True) -> str:
        """The text of a statement or lambda, dedented, its trailing blanks removed."""
        if isinstance(node, ast.Lambda):
            return f"({ast.get_source_segment(self.text, node)})"
        first = _first_line(node) if decorated else node.lineno
        lines = self.lines[first - 1 : node.end_lineno]
        return textwrap.dedent("\n".join(line.rstrip() for line in lines)) + "\n"


def source_module(name: str) -> SourceModule | None:
    """The source of a module, imported or not; None when there is none to be found."""
    module = sys.modules.get(name)
    try:
        if module is not None:
            return _loaded(name, module)
        spec = importlib.util.find_spec(name)
    except (ImportError, OSError, TypeError):  # no such module, no file of source, or one built into the interpreter
        return None
    if spec is None or not isinstance(spec.loader, SourceLoader):
        return None
    return _parsed(name, spec.loader.get_source(name) or "", spec.submodule_search_locations is not None)


def _loaded(name: str, module: ModuleType) -> SourceModule:
    """The source of an imported module, read again when its file is another one."""
    path = getattr(module, "__file__", None)
    state = Path(path).stat() if path else None
    if state is None:
        return _parsed(name, inspect.getsource(module), hasattr(module, "__path__"))
    key = (id(module), state.st_mtime_ns, state.st_size)
    if _LOADED.get(name, (None, None))[0] != key:
        _LOADED[name] = key, _parsed(name, inspect.getsource(module), hasattr(module, "__path__"))
    return _LOADED[name][1]


_LOADED: dict[str, tuple[tuple[int, int, int], SourceModule]] = {}


@lru_cache(maxsize=512)
def _parsed(name: str, text: str, is_package: bool) -> SourceModule:
    return SourceModule(name, text, is_package)


def _first_line(node: ast.stmt | ast.Lambda) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _bound(statement: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    """Names that a module-level statement binds, or whose object it fills (`TABLE[k] = v`, `register(TABLE)`)."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((bound_name(alias), node) for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, statement
        elif isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id, statement
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield from ((name.id, statement) for name in ast.walk(node.value) if isinstance(name, ast.Name))
        elif isinstance(node, ast.Expr):
            yield from ((name.id, statement) for name in ast.walk(node) if isinstance(name, ast.Name))
        else:
            pending.extend(ast.iter_child_nodes(node))


def bound_name(alias: ast.alias) -> str:
    """The name that one part of an import statement binds."""
    return alias.asname or alias.name.partition(".")[0]


def _name_of(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


def _attribute_chains(node: ast.AST) -> dict[str, Chains]:
    found: dict[str, set[tuple[str, ...]]] = {}
    pending: list[tuple[ast.AST, tuple[str, ...]]] = [(node, ())]
    while pending:
        inner, after = pending.pop()
        if isinstance(inner, ast.Attribute):
            pending.append((inner.value, (inner.attr, *after)))
        elif isinstance(inner, ast.Name):
            found.setdefault(inner.id, set()).add(after)
        else:
            pending.extend((child, ()) for child in ast.iter_child_nodes(inner))
    return {name: frozenset(chains) for name, chains in found.items()}


def _names_used(text: str) -> tuple[frozenset[str] | None, bool]:
    """The global names that a text uses, and whether a function in it imports; CPython's own scoping decides."""
    try:
        table = symtable.symtable(text, "<statement>", "exec")
    except SyntaxError:  # dedenting broke a multi-line string
        return None, True
    found = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    scopes, imports = list(table.get_children()), False
    while scopes:
        scope = scopes.pop()
        symbols = scope.get_symbols()
        found.update(symbol.get_name() for symbol in symbols if symbol.is_global())
        imports = imports or any(symbol.is_imported() for symbol in symbols)
        scopes.extend(scope.get_children())
    return frozenset(found), imports
