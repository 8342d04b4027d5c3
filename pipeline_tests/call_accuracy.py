"""How exact the call graph is on the goldens: `python -m pipeline_tests.call_accuracy [FEATURE…] [--all]`.

A program is exact when its edges are those argued for: by line, or as pairs of caller and callee, as published
call-graph benchmarks count them.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from pipeline_tests.golden.callees import CASES, Edge, case_names, expected_edges, found_edges, imprecise
from pipeline_tests.golden.plan import run_plans


@dataclass
class Score:
    """Counts over programs."""

    programs: int = 0
    exact: int = 0
    right: int = 0
    missing: int = 0
    too_much: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, expected: Collection[Hashable], found: Collection[Hashable]) -> None:
        """Count one program."""
        wanted, got = set(expected), set(found)
        self.programs += 1
        self.exact += wanted == got
        self.right += len(wanted & got)
        self.missing += len(wanted - got)
        self.too_much += len(got - wanted)
        if wanted != got:
            self.wrong.append(name)

    def spelled(self, label: str) -> str:
        """One line of figures."""
        precision = self.right / max(1, self.right + self.too_much)
        recall = self.right / max(1, self.right + self.missing)
        share = self.exact / max(1, self.programs)
        return (
            f"{label:24}{self.exact:>5} of {self.programs:>4} exact ({share:.1%})   "
            f"precision {precision:.3f}   recall {recall:.3f}   edges {self.right + self.missing}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Build all cases, print the figures and what is wrong."""
    options = _parser().parse_args(arguments)
    names = [name for name in case_names() if not options.features or name.startswith(tuple(options.features))]
    graph = run_plans({name: CASES / name for name in names})
    by_line, by_pair, features = Score(), Score(), dict[str, Score]()
    for name in names:
        expected, found = expected_edges(name), found_edges(graph, name)
        by_line.add(name, expected, found)
        by_pair.add(name, _pairs(expected), _pairs(found))
        features.setdefault(name.split("/")[0], Score()).add(name, expected, found)
        if expected != found and (options.all or name not in imprecise()):
            print("\n".join([name, *_differences(expected, found)]))
    print(by_line.spelled("by line"), by_pair.spelled("by pair"), "", sep="\n")
    print(*(score.spelled(feature) for feature, score in features.items()), sep="\n")
    print("\nlisted but exact:", ", ".join(sorted(imprecise().keys() & set(names) - set(by_line.wrong))) or "none")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="call_accuracy", description="How exact the call graph is on the goldens.")
    parser.add_argument("features", nargs="*", help="features, or cases as feature/case; all if none is given")
    parser.add_argument("--all", action="store_true", help="show the differences of listed cases, too")
    return parser


def _pairs(edges: Iterable[Edge]) -> set[tuple[str, str]]:
    return {(caller, callee) for _, caller, callee in edges}


def _differences(expected: set[Edge], found: set[Edge]) -> list[str]:
    missing = [f"    missing  {line} {caller} -> {callee}" for line, caller, callee in sorted(expected - found)]
    return missing + [f"    too much {line} {caller} -> {callee}" for line, caller, callee in sorted(found - expected)]


if __name__ == "__main__":
    main()
