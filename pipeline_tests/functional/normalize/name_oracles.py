"""What CPython says of names: which namespace its compiler looks each one up in, and what modules have when imported.

    python -m pipeline_tests.functional.normalize.name_oracles [FOLDER]

compares all of a folder, by default the standard library without its tests, and prints how much was compared and every
difference.
"""

from __future__ import annotations

import builtins
import dis
import json
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from pipeline_assets.api import Graph
from pipeline_tests.library import copied_library
from pipeline_tests.partial import built

LAYERS = "-pyrefly,-git,-tokens,-tree_sitter,-bytecode"
DATASETS = ("name_resolutions", "exports", "all_names", "modules", "branches", "file_texts")

NAMES = """
    SELECT f.path, a.line, a.col_utf8 AS start, a.end_line, a.name AS written, n.name, n.ctx, n.resolution, n.reason,
        n.binding_id IS NOT NULL AS is_bound, s.kind AS scope, b.branch_id IS NULL AND b.kind <> 'del'
        AND b.site_scope = b.scope_node AND b.kind <> 'declaration' AS is_certain, b.candidates
    FROM name_resolutions AS n JOIN ast_nodes AS a USING (node_id) JOIN files AS f ON f.file_id = n.file_id
    JOIN "references" AS r USING (node_id) LEFT JOIN scopes AS s ON s.scope_id = r.scope_id
    LEFT JOIN bindings AS b USING (binding_id)
"""

GLOBAL = frozenset({"global", "builtin", "implicit", "unresolved"})
LOCAL = frozenset({"local", "enclosing"})
AGREEING: Mapping[str, frozenset[str]] = {
    "fast": LOCAL,
    "cell": LOCAL | {"class"},
    "free": frozenset({"enclosing", "implicit"}),
    "class_or_free": frozenset({"class", "enclosing", "implicit"}),
    "class_or_global": GLOBAL | {"class"},
    "name_in_class": GLOBAL | {"class"},
    "name_in_module": GLOBAL,
    "global": GLOBAL,
}
"""Where an instruction looks, and the resolutions that agree.

A variable of a comprehension that runs in the function around it, and the function's own as seen from there, are both
the frame's own (3.12); what the module and the builtins have is only known when a module runs.
"""


@dataclass
class Compared:
    """How much was compared, and what differs."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[Any] = field(default_factory=list)


# -- the compiler's choice


def compare_namespaces(graph: Graph, root: Path) -> Compared:
    """Every name of every file that compiles, beside the instruction that reads or writes it."""
    found = Compared()
    rows = graph.sql(NAMES).to_pylist()
    by_path: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_path[row["path"]].append(row)
    for path, names in by_path.items():
        chosen = namespaces(root / path)
        for row in names if chosen is not None else ():
            spaces = chosen.get((row["line"], row["start"], row["name"]), set())
            found.counts["instruction" if spaces else "none"] += 1
            agreeing = [row["resolution"] in AGREEING[space] for space in spaces]
            if not all(agreeing):
                found.wrong.append((path, row["line"], row["name"], row["ctx"], row["resolution"], sorted(spaces)))
    return found


def namespaces(path: Path) -> dict[tuple[int, int, str], set[str]] | None:
    """Line, column and name of every name that an instruction reads or writes, with where it looks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    found: dict[tuple[int, int, str], set[str]] = defaultdict(set)
    waiting = [module]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for instruction in dis.get_instructions(code):
            place = instruction.positions
            if place is None or place.lineno is None or place.col_offset is None:
                continue
            for name, space in _looked_up(instruction, code):
                found[place.lineno, place.col_offset, name].add(space)
    return found


def _looked_up(instruction: dis.Instruction, code: CodeType) -> Iterator[tuple[str, str]]:
    operation = instruction.opname
    if not operation.startswith(("LOAD_", "STORE_", "DELETE_")):
        return
    kind = operation.partition("_")[2]
    if "FAST" in kind:
        names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        yield from ((name, "fast") for name in names)
    elif kind in ("CLASSDEREF", "FROM_DICT_OR_DEREF"):
        yield instruction.argval, "class_or_free"
    elif kind == "FROM_DICT_OR_GLOBALS":
        yield instruction.argval, "class_or_global"
    elif kind == "DEREF":
        yield instruction.argval, "cell" if instruction.argval in code.co_cellvars else "free"
    elif kind == "GLOBAL":
        yield instruction.argval, "global"
    elif kind == "NAME":
        yield instruction.argval, "name_in_module" if code.co_name == "<module>" else "name_in_class"


# -- modules as they are when imported

INSPECT = """
import builtins, contextlib, importlib, io, json, sys
found = {}
for name in json.load(sys.stdin):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            module = importlib.import_module(name)
    except BaseException:
        continue
    if module.__spec__.name != name:  # another module stands in for it
        continue
    listed = getattr(module, "__all__", None)
    listed = None if listed is None else sorted(map(str, listed))
    found[name] = [module.__file__, sorted(map(str, vars(module))), listed]
json.dump(found, sys.__stdout__)
"""

NOT_IMPORTED = ("antigravity", "this", "idlelib", "turtledemo", "__main__", "lib2to3.pgen2.conv", "turtle")
"""Modules that open windows or browsers, print, or run programs."""


def imported(names: Iterable[str]) -> dict[str, tuple[list[str], list[str] | None]]:
    """What modules of the standard library have once imported, all in one child: their names, and `__all__`."""
    wanted = [n for n in sorted(names) if not n.startswith(NOT_IMPORTED) and "__main__" not in n and "test" not in n]
    command = [sys.executable, "-I", "-S", "-W", "ignore", "-c", INSPECT]
    done = subprocess.run(command, input=json.dumps(wanted), capture_output=True, text=True, check=True, timeout=300)
    return {name: (there, listed) for name, (_, there, listed) in json.loads(done.stdout).items()}


def compare_lists(graph: Graph, modules: Mapping[str, Any]) -> Compared:
    """`__all__` where the text says all of it."""
    found = Compared()
    said, members = defaultdict(set), defaultdict(set)
    for name, member, is_public in _rows(graph, "SELECT module, name, is_public FROM exports"):
        members[name].add(member)
        if is_public:
            said[name].add(member)
    partly = {name for (name,) in _rows(graph, PARTLY_READ)}
    partly |= {name for name, other in _rows(graph, TAKEN_LISTS) if other.rpartition(".")[2] in partly}
    writing = _writing_modules(graph)
    for name, (there, listed) in modules.items():
        if listed is None or name in partly:
            found.counts["no list" if listed is None else "partly read"] += 1
            continue
        # Names that are made when the module runs, or outside, are no members that a text can show.
        unseen = {each for each in listed if each not in members[name] and each not in there}
        unseen |= {each for each in listed if each not in members[name] and name in writing}
        unseen |= {each for each in listed if each not in members[name] and "*" in members[name]}
        wanted = {*listed} - unseen
        found.counts["lists"] += 1
        found.counts["names"] += len(wanted)
        found.counts["names not bound by text"] += len(unseen)
        if said[name] - {"*"} != wanted:
            found.wrong.append((name, sorted(said[name] - wanted), sorted(wanted - said[name])))
    return found


PARTLY_READ = """
    SELECT module FROM all_names AS n JOIN modules USING (file_id)
    LEFT JOIN branches AS b ON b.file_id = n.file_id AND b.branch_id <= element_id AND element_id < b.branch_end
    WHERE n.kind = 'dynamic' OR b.branch_id IS NOT NULL
"""
"""Modules whose list is computed, or depends on the platform."""

TAKEN_LISTS = "SELECT module, name FROM all_names JOIN modules USING (file_id) WHERE kind = 'module'"

WRITING = re.compile(r"globals\(\)|vars\(\)|_convert_|global_enum|exec\(")
"""What puts names into a module that its text does not bind."""


def _writing_modules(graph: Graph) -> set[str]:
    """Modules that write to their own namespace, and those that take `*` from them."""
    texts = _rows(graph, "SELECT module, text FROM file_texts JOIN modules USING (file_id)")
    found = {name for name, text in texts if WRITING.search(text)}
    stars = _rows(graph, "SELECT module, target_module FROM imports JOIN modules USING (file_id) WHERE is_star")
    for _ in range(5):
        found |= {name for name, target in stars if target in found}
    return found


def compare_members(graph: Graph, modules: Mapping[str, Any]) -> Compared:
    """What a module's own code binds in every case is there, and what functions read is found where we say."""
    found = Compared()
    writing = _writing_modules(graph)
    for name, member in _rows(graph, CERTAIN_MEMBERS):
        if name in modules:
            found.counts["members"] += 1
            if member not in modules[name][0] and name not in writing:
                found.wrong.append((name, member, "is not there"))
    for name, member, resolution, reason, is_bound, is_sure, line in _rows(graph, GLOBAL_READS):
        if name not in modules:
            continue
        there = "global" if member in modules[name][0] else "builtin" if hasattr(builtins, member) else "nowhere"
        found.counts[f"{resolution}: {there}"] += 1
        is_unsure = (is_bound and not is_sure) or reason == "star_import" or (not is_bound and name in writing)
        if there != resolution.replace("unresolved", "nowhere") and not is_unsure:
            found.wrong.append((name, line, member, resolution, there))
    return found


CERTAIN_MEMBERS = """
    SELECT e.module, e.name FROM exports AS e JOIN bindings AS b ON b.site_node = e.site_id
    WHERE e.via IN ('own', 'import') AND b.branch_id IS NULL AND b.site_scope = b.scope_node AND b.binding_id NOT IN (
        SELECT x.binding_id FROM bindings AS x JOIN bindings AS d USING (scope_id, symbol_name) WHERE d.kind = 'del')
"""

GLOBAL_READS = f"""
    SELECT m.module, n.name, n.resolution, n.reason, n.is_bound, n.is_certain AND n.candidates = 1 AS is_sure, n.line
    FROM ({NAMES}) AS n JOIN files USING (path) JOIN modules AS m USING (file_id)
    WHERE n.ctx = 'load' AND n.scope = 'function' AND n.resolution IN ('global', 'builtin', 'unresolved')
"""


def _rows(graph: Graph, query: str) -> list[tuple[Any, ...]]:
    return [*zip(*(column.to_pylist() for column in graph.sql(query).columns), strict=True)]


def main() -> None:
    """Compare a folder, or the standard library."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else copied_library(Path(scratch))
        with built(root, *DATASETS, layers=LAYERS) as graph:
            _tell("namespaces", compare_namespaces(graph, root))
            if len(sys.argv) == 1:
                names = [name for (name,) in _rows(graph, "SELECT module FROM modules")]
                modules = imported(names)
                print(len(modules), "modules imported")
                _tell("lists", compare_lists(graph, modules))
                _tell("members", compare_members(graph, modules))


def _tell(title: str, compared: Compared) -> None:
    print(f"{title}: {dict(compared.counts)}; {len(compared.wrong)} differ")
    for each in compared.wrong:
        print("   ", each)


if __name__ == "__main__":
    main()
