"""Imports inside a package, ours and grimp's; grimp reads import statements with its own parser.

    python -m pipeline_tests.functional.normalize.import_oracle FOLDER …

compares packages, each given by its folder, and prints how many edges there are and every difference.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import grimp

from pipeline_tests.partial import built

LAYERS = "-pyrefly,-git,-tokens,-tree_sitter,-bytecode"
IMPORTS = """
    SELECT DISTINCT m.module AS importer, i.target_module AS imported, i.target_name AS member
    FROM imports AS i JOIN modules AS m USING (file_id)
    WHERE i.target_kind IN ('module', 'package', 'name') AND i.kind IN ('import', 'from') AND NOT m.is_stub
"""

Edges = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Compared:
    """The edges of both between modules that grimp sees: not stubs, nor packages without `__init__` inside another."""

    modules: int
    ours: Edges
    theirs: Edges
    hidden: Edges
    """Edges to submodules that a name of the package hides: grimp does not look for such names, so ours count so."""


def compare(package: Path) -> Compared:
    """Read one package, given by its folder, in both ways."""
    sys.path.insert(0, str(package.parent))
    try:
        graph = grimp.build_graph(package.name, cache_dir=None)
    finally:
        sys.path.remove(str(package.parent))
    with built(package, "imports", "modules", layers=LAYERS) as ours:
        rows = [(row["importer"], row["imported"], row["member"]) for row in ours.sql(IMPORTS).to_pylist()]
    seen = graph.modules
    hidden = frozenset((importer, f"{module}.{name}") for importer, module, name in rows if f"{module}.{name}" in seen)
    plain = frozenset((importer, module) for importer, module, name in rows if f"{module}.{name}" not in seen)
    found = frozenset(edge for edge in plain | hidden if seen.issuperset(edge))
    return Compared(len(seen), found, _edges(graph), hidden)


def _edges(graph: grimp.ImportGraph) -> Edges:
    return frozenset(
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    )


def main() -> None:
    """Compare the packages and say what differs."""
    for folder in map(Path, sys.argv[1:]):
        found = compare(folder.resolve())
        print(f"{folder.name}: {found.modules} modules, {len(found.theirs)} edges, {len(found.hidden)} hidden")
        print("   only ours:", sorted(found.ours - found.theirs))
        print("   only grimp's:", sorted(found.theirs - found.ours))


if __name__ == "__main__":
    main()
