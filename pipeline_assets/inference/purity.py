"""The purity guard: a stage touches no file, socket, process, clock, randomness or global state, nor its own input.

It is held to its source, and to that of every helper it reaches in its package: what the code spells is found by name.
What no name shows is left to the sandboxed run in the tests.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from typing import Any

from pipeline_assets.inference.declared import declared_pure
from pipeline_assets.inference.source_modules import SourceModule, Uses, bound_name
from pipeline_assets.inference.source_text import reached_statements

Finding = tuple[str, str]
"""What is reached for, and why a stage may not."""

_FILE = "opens files, which are read before the first stage and written after the last"
_NETWORK = "talks to a network; a stage knows only what its task was inferred to read"
_PROCESS = "runs something beside the stage; a stage is one computation"
_CLOCK = "reads the clock; take the time as a column of a source"
_CHANCE = "is random; derive a value from a key with stable_hash"
_MACHINE = "depends on the machine it runs on; take it as configuration of the stage"
_HIDES = "runs text as code, so nothing can be said of what it does"
_TERMINAL = "writes to the terminal; return what is to be told as rows"

_MODULES: dict[str, str] = {
    "asyncio": _PROCESS,
    "concurrent.futures": _PROCESS,
    "ctypes": _PROCESS,
    "fileinput": _FILE,
    "ftplib": _NETWORK,
    "getpass": _MACHINE,
    "glob": _FILE,
    "http": _NETWORK,
    "httpx": _NETWORK,
    "locale": _MACHINE,
    "logging": _TERMINAL,
    "mmap": _FILE,
    "multiprocessing": _PROCESS,
    "numpy.random": _CHANCE,
    "os": _MACHINE,
    "platform": _MACHINE,
    "pyarrow.csv": _FILE,
    "pyarrow.fs": _FILE,
    "pyarrow.parquet": _FILE,
    "random": _CHANCE,
    "requests": _NETWORK,
    "secrets": _CHANCE,
    "shutil": _FILE,
    "signal": _PROCESS,
    "smtplib": _NETWORK,
    "socket": _NETWORK,
    "sqlite3": _FILE,
    "ssl": _NETWORK,
    "subprocess": _PROCESS,
    "tempfile": _FILE,
    "time": _CLOCK,
    "urllib.request": _NETWORK,
}
"""Module → why nothing may be taken from it. To name the module itself, as in a table of known modules, is no use."""

_NAMES: dict[str, str] = {
    "builtins.__import__": _HIDES,
    "builtins.eval": _HIDES,
    "builtins.exec": _HIDES,
    "builtins.globals": "reaches for global state; hand the value to the stage",
    "builtins.hash": "differs between processes for text; use stable_hash",
    "builtins.input": _MACHINE,
    "builtins.open": _FILE,
    "builtins.print": _TERMINAL,
    "datetime.date.today": _CLOCK,
    "datetime.datetime.now": _CLOCK,
    "datetime.datetime.today": _CLOCK,
    "datetime.datetime.utcnow": _CLOCK,
    "io.FileIO": _FILE,
    "io.open": _FILE,
    "pathlib.Path": _FILE,
    "pyarrow.memory_map": _FILE,
    "sys.argv": _MACHINE,
    "sys.stderr": _TERMINAL,
    "sys.stdin": _TERMINAL,
    "sys.stdout": _TERMINAL,
    "uuid.uuid1": _CHANCE,
    "uuid.uuid4": _CHANCE,
}
"""Function, class or stream → why it is refused, and whatever is taken from it."""

_ALLOWED = frozenset(
    ("os.PathLike", "os.fsdecode", "os.fsencode", "os.fspath", "os.path", "os.sep", "platform.python_version")
)
"""Taken from a refused module, but text in, text out; the interpreter's version is part of every environment."""

_MUTATING = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "popitem",
        "clear",
        "update",
        "add",
        "discard",
        "setdefault",
        "sort",
        "reverse",
        "appendleft",
    ]
)


def impurities(function: Callable[..., Any]) -> list[Finding]:
    """What a stage, or a helper that it reaches in its package, must not do; each with the reason, sorted."""
    statements = reached_statements(function)
    found = {finding for statement in statements for finding in _of_statement(*statement)}
    own = statements[0][1] if statements else None
    if isinstance(own, ast.FunctionDef):
        inputs = _parameters(own)
        changed, _ = _changed_by(own)
        found.update((name, "is its input, which it changes; make a new value instead") for name in changed & inputs)
    return sorted(found)


def _of_statement(module: SourceModule, node: ast.stmt | ast.Lambda, text: str) -> tuple[Finding, ...]:
    """Findings of one statement, looked for once."""
    known: dict[int, tuple[Finding, ...]] = module.findings
    if id(node) not in known:
        known[id(node)] = tuple(sorted(set(_find(module, node, module.uses(node, text)))))
    return known[id(node)]


def _find(module: SourceModule, node: ast.stmt | ast.Lambda, uses: Uses) -> Iterator[Finding]:
    if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_declared(node):
        return
    for dotted in _dotted_names(module, uses):
        refusal = _refusal(dotted)
        if refusal is not None:
            yield dotted.removeprefix("builtins."), refusal
    for inner in _functions_in(node):
        changed, shared = _changed_by(inner)
        state = {name for name in changed - _inputs(inner) if _is_state(module, name)}
        yield from ((name, "is global state, which no stage may change") for name in state | shared)


def _is_declared(node: ast.stmt | ast.Lambda) -> bool:
    """Whether a decorator says why a function is pure although it does not look so."""
    decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
    called = (decorator.func for decorator in decorators if isinstance(decorator, ast.Call))
    return any(isinstance(name, ast.Name) and name.id == declared_pure.__name__ for name in called)


def _is_state(module: SourceModule, name: str) -> bool:
    """Whether a name is a value of its module, and not a module, class or function that it takes from elsewhere."""
    return any(isinstance(statement, (ast.Assign, ast.AnnAssign)) for statement in module.bindings.get(name, ()))


def _dotted_names(module: SourceModule, uses: Uses) -> Iterator[str]:
    """The full names of what a statement takes from other modules and from the builtins."""
    for name in sorted(uses.names or ()):
        statements = module.bindings.get(name, [])
        for statement in statements:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                yield from _imported(module, statement, name, uses)
        if not statements and hasattr(builtins, name):
            yield f"builtins.{name}"
    for statement in uses.imports:
        for name in map(bound_name, statement.names):
            yield from _imported(module, statement, name, uses)


def _imported(module: SourceModule, statement: ast.Import | ast.ImportFrom, name: str, uses: Uses) -> Iterator[str]:
    for alias in statement.names:
        if bound_name(alias) != name:
            continue
        if isinstance(statement, ast.ImportFrom):
            origin = f"{module.absolute(statement)}.{alias.name}"
        else:
            origin = alias.name if alias.asname else name
        for chain in uses.taken.get(name, frozenset({()})):
            yield ".".join((origin, *chain))


def _refusal(dotted: str) -> str | None:
    parts = dotted.split(".")
    prefixes = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    if not _ALLOWED.isdisjoint(prefixes):
        return None
    taken = (_MODULES[prefix] for prefix in prefixes[:-1] if prefix in _MODULES)
    return next(taken, next((_NAMES[prefix] for prefix in prefixes if prefix in _NAMES), None))


def _functions_in(node: ast.stmt | ast.Lambda) -> Iterator[ast.AST]:
    """The outermost functions of a statement: what runs when a stage does, not when its module is loaded."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        yield node
    elif isinstance(node, ast.ClassDef):
        for inner in node.body:
            yield from _functions_in(inner)


def _changed_by(function: ast.AST) -> tuple[set[str], set[str]]:
    """The names whose values a function changes, and those that it declares global.

    A name that it binds itself says nothing: what it holds may be the function's own.
    """
    changed: set[str | None] = set()
    bound: set[str] = set()
    shared: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(ctx=ast.Store()):
                bound.add(node.id)
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                changed.add(_root(node.value))
            case ast.Call(func=ast.Attribute(attr=method) as called) if method in _MUTATING:
                changed.add(_root(called.value))
            case ast.Global():
                shared.update(node.names)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() if node is not function:
                bound.update(_parameters(node))
    return {name for name in changed if name is not None} - bound, shared


def _root(target: ast.expr) -> str | None:
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _inputs(node: ast.AST) -> set[str]:
    return _parameters(node) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) else set()


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    arguments = function.args
    return {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
