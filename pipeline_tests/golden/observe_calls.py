"""Run programs and tell which function of theirs called which: `python observe_calls.py FOLDER…`, JSON out.

Names are those of the call graph: no `<locals>`, lambdas numbered within their holder. Code outside a program's folder
is looked through, so what `sorted` calls is called by the caller of `sorted`. Generators and coroutines are left out:
their frames start when they are driven, not where they are called.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

DRIVEN = 0x20 | 0x80 | 0x200
"""Flags of generators, coroutines and asynchronous generators."""
FUNCTION = 0x1
"""Flag of code that is neither a module's nor a class's."""


class Program:
    """The files of one program, by the names of their definitions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lambdas: dict[tuple[str, int, int], str] = {}
        """File, line and column of the body → name."""
        self.lambda_lines: dict[tuple[str, int], list[str]] = {}
        self.driven: set[str] = set()
        self.edges: set[tuple[int, str, str]] = set()
        for path in folder.rglob("*.py"):
            text = path.read_text()
            self._number_lambdas(str(path), ast.parse(text), self.module(str(path)))
            self._find_driven(compile(text, str(path), "exec"))

    def module(self, path: str) -> str:
        parts = Path(path).relative_to(self.folder).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def name(self, code: CodeType) -> str:
        """The name in the call graph; that of the holder for comprehensions."""
        if code.co_name == "<lambda>":
            return self._lambda(code)
        qualname = code.co_qualname.replace(".<locals>", "").replace("<locals>.", "")
        parts = [part for part in qualname.split(".") if not part.startswith("<")]
        return ".".join([self.module(code.co_filename), *parts])

    def saw(self, frame: FrameType, event: str, argument: object) -> None:
        """A profile event."""
        code = frame.f_code
        if event != "call" or not self._is_mine(code) or not code.co_flags & FUNCTION or code.co_flags & DRIVEN:
            return
        if code.co_name.startswith("<") and code.co_name != "<lambda>":
            return
        caller = frame.f_back
        while caller is not None and not self._is_mine(caller.f_code):
            caller = caller.f_back
        if caller is not None:
            self.edges.add((caller.f_lineno, self.name(caller.f_code), self.name(code)))

    def run(self) -> None:
        """Run `main.py` as a program, then forget its modules."""
        before = set(sys.modules)
        sys.path.insert(0, str(self.folder))
        sys.argv = [str(self.folder / "main.py")]
        sys.setprofile(self.saw)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                runpy.run_path(str(self.folder / "main.py"), run_name="__main__")
        finally:
            sys.setprofile(None)
            sys.path.remove(str(self.folder))
            for name in sys.modules.keys() - before:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(f"{self.folder}/"):
                    del sys.modules[name]

    def _is_mine(self, code: CodeType) -> bool:
        return code.co_filename.startswith(f"{self.folder}/")

    def _lambda(self, code: CodeType) -> str:
        """By where its body begins; constants have no position, so the only one on its line otherwise."""
        places = [(line, column) for line, _, column, _ in code.co_positions() if line and column is not None]
        keys = ((code.co_filename, *place) for place in places)
        found = next((self.lambdas[key] for key in keys if key in self.lambdas), None)
        if found is not None:
            return found
        (only,) = self.lambda_lines[code.co_filename, code.co_firstlineno]
        return only

    def _number_lambdas(self, path: str, holder: ast.AST, name: str) -> None:
        for number, found in enumerate(_lambdas_of(holder), 1):
            label = f"{name}.<lambda{number}>"
            self.lambdas[path, found.body.lineno, found.body.col_offset] = label
            self.lambda_lines.setdefault((path, found.lineno), []).append(label)
            self._number_lambdas(path, found, label)
        for inner in _definitions_of(holder):
            self._number_lambdas(path, inner, f"{name}.{inner.name}")

    def _find_driven(self, code: CodeType) -> None:
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                if inner.co_flags & DRIVEN and inner.co_name != "<lambda>":
                    self.driven.add(self.name(inner))
                self._find_driven(inner)


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _inside(holder: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a holder's own code, in text order.

    Of definitions and lambdas only what the holder evaluates is entered: decorators, defaults, bases.
    """
    for child in _own(holder):
        yield from _with_own_parts(child)


def _with_own_parts(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    parts = _header(node) if isinstance(node, Definition | ast.Lambda) else ast.iter_child_nodes(node)
    for part in parts:
        yield from _with_own_parts(part)


def _own(holder: ast.AST) -> Iterator[ast.AST]:
    """What a holder evaluates when it is run."""
    header = set(_header(holder)) if isinstance(holder, Definition | ast.Lambda) else set()
    yield from (child for child in ast.iter_child_nodes(holder) if child not in header)


def _header(definition: ast.AST) -> list[ast.AST]:
    """What is evaluated where something is defined."""
    body = definition.body if isinstance(definition, Definition | ast.Lambda) else []
    inside = body if isinstance(body, list) else [body]
    return [child for child in ast.iter_child_nodes(definition) if child not in inside]


def _lambdas_of(holder: ast.AST) -> list[ast.Lambda]:
    return [node for node in _inside(holder) if isinstance(node, ast.Lambda)]


def _definitions_of(holder: ast.AST) -> list[Definition]:
    return [node for node in _inside(holder) if isinstance(node, Definition)]


def main() -> None:
    """Run every folder's program."""
    sys.dont_write_bytecode = True
    told = {}
    for folder in list(sys.argv[1:]):
        program = Program(Path(folder))
        error = ""
        try:
            program.run()
        except BaseException as raised:  # a program that fails is a finding, not the end
            error = repr(raised)
        told[folder] = {"edges": sorted(program.edges), "driven": sorted(program.driven), "error": error}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
