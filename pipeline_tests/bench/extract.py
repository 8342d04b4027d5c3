"""What extraction costs, layer by layer, in P: the CPU seconds of bare `ast.parse(bytes)` over the same files.

    python -m pipeline_tests.bench.extract FOLDER [--layers +cst,-pyrefly] [--only ast,symtable] [--workers 2]
                                                  [--repeat 3] [--stages] [--json]

Absolute times drift on shared machines; ratios hold. P is measured, collector off, before and after each layer it is
compared with. A layer's cost is that of its workers, reading and writing included; starting them, which does not grow
with the repository, is told apart. Costs and memory are those of one worker; the scaling is the wall time of one
worker over that of several, beside how far bare parsing scales on the machine, which must do nothing else.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_assets.extract.layers import chosen_layers
from pipeline_assets.project import load_project
from pipeline_assets.sources.tree import Tree, walk
from pipeline_assets.store.selection import Selection
from pipeline_tests.bench.measuring import Cost, extractors, measure, parse_scaling

CORE = ("files", "ast", "tokens", "symtable", "bytecode")
WHOLE_TREES = "+tree_sitter_nodes"
"""The choice with which tree-sitter keeps the nodes of every file, so that its sum has another goal."""
MOST_PARSES, MOST_WITH_GATE, MOST_WITH_WHOLE_TREES = 5.0, 5.6, 6.7
LEAST_SCALING = 1.8
MOST_MEGABYTES = 250


@dataclass(frozen=True)
class Measured:
    """One layer over all repeats, with one worker and with several."""

    alone: Sequence[Cost]
    together: Sequence[Cost]

    @property
    def ratios(self) -> list[float]:
        """Cost in P of each repeat."""
        return [cost.cpu / cost.parse for cost in self.alone]

    def figures(self, lines: int) -> dict[str, Any]:
        """Everything that is told of a layer."""
        cost = min(self.alone, key=lambda each: each.cpu / each.parse)
        return {
            "parses": statistics.median(self.ratios),
            "parses_from_to": [min(self.ratios), max(self.ratios)],
            "start_seconds": statistics.median(each.start for each in self.alone),
            "kloc_per_second": lines / cost.cpu / 1e3,
            "bytes_per_line": sum(cost.written.values()) / lines,
            "rows": dict(cost.rows),
            "bytes": dict(cost.written),
            "megabytes": max(each.peak for each in self.alone) / 1e6,
            "scaling": scaling([self]),
            "stages_in_parses": {name: seconds / cost.parse for name, seconds in cost.stages.items()},
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _parser().parse_args(arguments)
    layers = chosen_layers(options.layers, load_project().layers)
    tree = walk(options.folder, "sample", Selection(layers=layers))
    found = _measure(tree, frozenset(filter(None, options.only.split(","))), options)
    report = _report(tree, found, layers, options)
    print(json.dumps(report, indent=2) if options.json else "\n".join(_spelled(report, options.stages)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="extract", description="What extraction costs, layer by layer, in P.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layers", default="", help="layers asked for or left out, such as +cst,-pyrefly")
    parser.add_argument("--only", default="", help="layers to measure, instead of all that are on")
    parser.add_argument("--workers", type=int, default=2, help="how many workers one is compared with")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--stages", action="store_true", help="tell the time of each stage too")
    parser.add_argument("--json", action="store_true")
    return parser


def _measure(tree: Tree, only: frozenset[str], options: argparse.Namespace) -> dict[str, Measured]:
    """Every wanted layer that has files, with one worker and with several, in turns."""
    wanted = only or frozenset(extractors())
    costs: dict[tuple[str, int], list[Cost]] = {}
    for count in (1, options.workers) * options.repeat:
        with tempfile.TemporaryDirectory() as scratch:
            for cost in measure(tree, count, Path(scratch), wanted.__contains__):
                costs.setdefault((cost.layer, count), []).append(cost)
    return {layer: Measured(costs[layer, 1], costs[layer, options.workers]) for layer, count in costs if count == 1}


def _report(
    tree: Tree, found: Mapping[str, Measured], layers: Sequence[str], options: argparse.Namespace
) -> dict[str, Any]:
    files = found["files"].alone[0] if "files" in found else None
    lines = files.rows["lines"] if files else _lines(options.folder)
    return {
        "python": platform.python_version(),
        "folder": str(options.folder),
        "lines": lines,
        "workers": options.workers,
        "repeats": options.repeat,
        "parse_seconds": statistics.median(cost.parse for each in found.values() for cost in each.alone),
        "layers": {layer: measured.figures(lines) for layer, measured in found.items()},
        "bare_scaling": parse_scaling(tree, options.workers),
        "goals": list(_goals(found, WHOLE_TREES in layers)),
    }


def _lines(folder: Path) -> int:
    """Lines of a folder where its files are not measured; the last of a file may lack its end."""
    tree = walk(folder, "sample")
    with tree.source.open() as source:
        contents = [source.read(row["path"], tree.max_file_bytes) for row in tree.found if row["status"] == "ok"]
    return sum(len(content.splitlines()) for content in contents)


def _goals(found: Mapping[str, Measured], whole_trees: bool) -> Iterator[dict[str, Any]]:
    """What is to be shown, what was measured, and which layers the measurement lacks."""
    core = [found[layer] for layer in CORE if layer in found]
    lacking = [layer for layer in CORE if layer not in found]
    with_trees = [*core, found["tree_sitter"]] if "tree_sitter" in found else []
    trees = "all of tree-sitter's nodes" if whole_trees else "tree-sitter's gate and issues"
    most_with_trees = MOST_WITH_WHOLE_TREES if whole_trees else MOST_WITH_GATE
    peaks = [cost.peak / 1e6 for each in core for cost in each.alone]
    for name, measured, unit, bound in (
        ("ast + tokens + symtable + bytecode + blocks", _sum(core), "P", {"at_most": MOST_PARSES}),
        (f"and {trees}", _sum(with_trees), "P", {"at_most": most_with_trees}),
        ("scaling", scaling(core), "times", {"at_least": LEAST_SCALING}),
        ("memory a worker", max(peaks, default=None), "MB", {"at_most": MOST_MEGABYTES}),
    ):
        yield {"goal": name, "measured": measured, "unit": unit, **bound, "lacking": lacking}


def _sum(layers: Sequence[Measured]) -> float | None:
    """The cost of some layers together, in P."""
    repeats = [sum(ratios) for ratios in zip(*(each.ratios for each in layers), strict=True)]
    return statistics.median(repeats) if repeats else None


def scaling(layers: Sequence[Measured]) -> float | None:
    """How many times as fast several workers are as one, by the best wall time of each layer."""
    if not layers:
        return None
    alone, together = (
        sum(min(cost.wall for cost in costs) for costs in kind)
        for kind in ([each.alone for each in layers], [each.together for each in layers])
    )
    return alone / together


def _spelled(report: Mapping[str, Any], stages: bool) -> Iterator[str]:
    yield f"{report['lines']:,} lines; Python {report['python']}; P = {report['parse_seconds']:.2f} s"
    yield ""
    faster = f"1→{report['workers']}"
    yield f"{'layer':14} {'P':>6} {'from':>6} {'to':>6} {'kLOC/s':>7} {'B/line':>7} {'MB':>5} {faster:>5}"
    for layer, each in report["layers"].items():
        low, high = each["parses_from_to"]
        yield (
            f"{layer:14} {each['parses']:6.2f} {low:6.2f} {high:6.2f} {each['kloc_per_second']:7.0f} "
            f"{each['bytes_per_line']:7.2f} {each['megabytes']:5.0f} {each['scaling']:5.2f}"
        )
        yield from (f"  {name:28} {rows:>11,} rows" for name, rows in each["rows"].items())
        if stages:
            yield from (f"  {name:28} {parses:>11.2f} P" for name, parses in each["stages_in_parses"].items())
    yield ""
    yield from map(_spelled_goal, report["goals"])
    yield f"bare parsing in {report['workers']} processes at once: {report['bare_scaling']:.2f} times that of one"


def _spelled_goal(goal: Mapping[str, Any]) -> str:
    bound = f"≤ {goal['at_most']}" if "at_most" in goal else f"≥ {goal['at_least']}"
    lacking = f"; without {', '.join(goal['lacking'])}" if goal["lacking"] else ""
    measured = "not measured" if goal["measured"] is None else f"{goal['measured']:.2f} {goal['unit']}"
    return f"{goal['goal']}: {measured} (goal {bound}{lacking})"


if __name__ == "__main__":
    main()
