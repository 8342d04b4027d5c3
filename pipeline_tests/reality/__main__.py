"""Run real test suites and hold the call graph against the calls that they make.

python -m pipeline_tests.reality [PACKAGE…] [--library [PART,…]] [--sources FOLDER] [--seconds S] [--download]
    [--kept FOLDER] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from pipeline_tests.reality.graph import WITHOUT, call_graph_of
from pipeline_tests.reality.judging import Verdict, judge
from pipeline_tests.reality.observing import Call, observe
from pipeline_tests.reality.trees import (
    LIBRARY_PARTS,
    PACKAGES,
    Package,
    Tree,
    download,
    is_of_the_tests,
    library_tree,
    package_tree,
)

SHOWN = 15
KINDS = ("pair", "site", "through", "implicit", "any pair")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare, print; 1 when a graph cannot be built, or a call at a site that is said to be closed is missing."""
    options = _parser().parse_args(arguments)
    chosen = [package for package in PACKAGES if package.project in options.packages or not options.packages]
    if options.download:
        download(chosen, options.sources)
    verdicts, failed = [], []
    for tree in _trees(options, chosen):
        try:
            found = watched(tree, options.layers, options.kept)
        except Exception as error:  # the other trees are worth knowing
            failed.append(f"{tree.name}: {error!r}")
            print(failed[-1], file=sys.stderr, flush=True)
            continue
        verdicts += found
        for verdict in found:
            print(f"{verdict.name}: {_line(verdict)}", file=sys.stderr, flush=True)
    print(
        json.dumps([asdict(verdict) for verdict in verdicts], indent=1) if options.json else _spelled(verdicts, options)
    )
    return int(bool(failed) or any(verdict.closed_misses for verdict in verdicts))


def watched(tree: Tree, layers: str = WITHOUT, kept: Path | None = None) -> list[Verdict]:
    """Run one tree's tests, build its graph, compare; a verdict for each group of its files."""
    calls: list[Call] = []
    troubles, tests = [], dict[str, int]()
    for job in tree.jobs:
        observed = observe(job, kept)
        calls += (call for call in observed.calls if not is_of_the_tests(job, call))
        tests = {what: tests.get(what, 0) + observed.tests.get(what, 0) for what in {*tests, *observed.tests}}
        if observed.ended or not observed.calls:
            troubles.append(f"{job.name}: {observed.ended or 'no calls'} {observed.said[-300:]}")
    with call_graph_of(tree.root, layers) as graph:
        verdicts = [judge(name, graph, calls, files) for name, files in tree.groups().items()]
    verdicts[0].troubles = troubles
    verdicts[0].tests.update(tests)
    return verdicts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reality", description="Hold the call graph against what real tests call.")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=", ".join(p.project for p in PACKAGES))
    parser.add_argument("--library", nargs="?", const=",".join(LIBRARY_PARTS), help="parts of the standard library")
    parser.add_argument("--sources", type=Path, default=Path("sdists"), help="folder of source distributions")
    parser.add_argument("--download", action="store_true", help="fetch those that are missing")
    parser.add_argument("--seconds", type=float, default=60.0, help="CPU after which no test is started")
    parser.add_argument("--layers", default=WITHOUT, help="layers of the build")
    parser.add_argument("--show", type=int, default=SHOWN, help="misses to print for each tree")
    parser.add_argument("--kept", type=Path, help="folder of what was seen: what is there is not run again")
    parser.add_argument("--json", action="store_true", help="everything, misses one by one")
    return parser


def _trees(options: argparse.Namespace, chosen: Sequence[Package]) -> Iterator[Tree]:
    if options.packages or not options.library:
        for package in chosen:
            try:
                yield package_tree(package, options.sources.resolve(), options.seconds)
            except FileNotFoundError as error:
                print(error, file=sys.stderr)
    if options.library:
        with tempfile.TemporaryDirectory(prefix="reality-library-") as folder:
            yield library_tree(options.library.split(","), Path(folder), options.seconds)


def _line(verdict: Verdict) -> str:
    shares = "  ".join(f"{what} {verdict.recall(what):.1%} of {verdict.seen.get(what, 0)}" for what in KINDS)
    figures = "  ".join(f"{what} {value:.2f}" for what, value in verdict.figures.items() if what != "sites")
    closed = f"{len(verdict.closed_misses)} missed at closed sites"
    tests = ", ".join(f"{count} {what}" for what, count in sorted(verdict.tests.items()))
    return f"{shares}; {closed}; {verdict.figures['sites']:.0f} sites: {figures}; tests: {tests}"


def _spelled(verdicts: Sequence[Verdict], options: argparse.Namespace) -> str:
    lines = [f"Python {platform.python_version()}"]
    for verdict in verdicts:
        lines += [f"\n{verdict.name}: {_line(verdict)}", *(f"  trouble: {said}" for said in verdict.troubles)]
        lines += [f"  closed, but: {said}" for said in verdict.closed_misses]
        lines += [f"  {count:>5} missed: {why}" for why, count in verdict.reasons.most_common(8)]
        lines += [f"  missed: {said}" for said in verdict.misses[: options.show]]
    return "\n".join([*lines, "", *_totals(verdicts)])


def _totals(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """All trees together."""
    for what in KINDS:
        seen = sum(verdict.seen.get(what, 0) for verdict in verdicts)
        found = sum(verdict.found.get(what, 0) for verdict in verdicts)
        yield f"{what:10}{found:>8,} of {seen:>8,} observed ({found / max(1, seen):.1%})"
    sites = sum(verdict.figures["sites"] for verdict in verdicts)
    for what in ("resolved", "closed"):
        share = sum(verdict.figures[what] * verdict.figures["sites"] for verdict in verdicts) / max(1, sites)
        yield f"{what:10}{share:.1%} of {sites:,.0f} sites"
    yield f"missed at closed sites: {sum(len(verdict.closed_misses) for verdict in verdicts)}"


if __name__ == "__main__":
    sys.exit(main())
