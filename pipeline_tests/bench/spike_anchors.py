"""How well do bytecode instructions map to AST nodes?  `python -m pipeline_tests.bench.spike_anchors [PATH ...]`

Every instruction is anchored to one AST node of its code object's own scope, by source position first and by opcode
family where positions tie or mislead; an oracle compares the instruction's argument with the node's text.  Without PATH
the running interpreter's standard library is read: parsed and compiled, never imported.
"""

from __future__ import annotations

import argparse
import ast
import sysconfig
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline_tests.bench.anchors.anchor import anchor_unit
from pipeline_tests.bench.anchors.copies import number_copies
from pipeline_tests.bench.anchors.report import Report
from pipeline_tests.bench.anchors.tree import Tree, count_scopes
from pipeline_tests.bench.anchors.units import count_codes, match_units


def main() -> None:
    """Anchor every file below the paths and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--examples", type=int, default=3, help="counter-examples shown per finding")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    report = Report(options.examples)
    for path in source_files(options.paths or [Path(sysconfig.get_paths()["stdlib"])]):
        measure(path, report)
    report.show()


def source_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Python files below the paths in a stable order, third-party packages left out."""
    for path in paths:
        found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        yield from (file for file in found if "site-packages" not in file.parts)


def measure(path: Path, report: Report) -> None:
    """Anchor one file's instructions and add the outcome to the report."""
    source = path.read_bytes()
    try:
        tree = ast.parse(source)
        code = compile(source, str(path), "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        report.skipped[type(error).__name__] += 1
        return
    module = Tree(tree)
    anchored: set[int] = set()
    units = list(match_units(code, module))
    for unit in units:
        anchors = anchor_unit(unit, module)
        number_copies(unit, anchors, module)
        anchored.update(a.node for a in anchors if a.node is not None)
        report.add_unit(path, unit, anchors, module)
    report.add_statements(path, module, anchored, {id(u.scope) for u in units})
    report.files += 1
    report.codes += count_codes(code)
    report.scopes_without_code += count_scopes(module.root) - len({id(unit.scope) for unit in units})


if __name__ == "__main__":
    main()
