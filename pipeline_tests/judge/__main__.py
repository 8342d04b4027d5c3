"""The long mode: a good part of the standard library under its own tests, the programs, and many random ones.

python -m pipeline_tests.judge [--tests test.test_json,…] [--random 200] [--seed 0] [--seconds 5] [--json]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline_tests.judge.cases import Cases, hand_written, random_programs
from pipeline_tests.judge.judging import CHECKS, judge, watch
from pipeline_tests.judge.library import LONG_SOURCES, LONG_TESTS
from pipeline_tests.judge.observed import Job, Observed
from pipeline_tests.judge.precision import figures
from pipeline_tests.judge.tables import Tables

MOST_OF_PROGRAM, MOST_OF_LIBRARY = 5_000, 20_000
SHOWN = 40
LONGEST = 40
"""How much longer a process may take than its tests, which wait and end late."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, compare, print; 1 when anything that happened is not in the tables."""
    warnings.simplefilter("ignore")
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        report = _judged(Path(folder), options)
    print(json.dumps(report, indent=2) if options.json else "\n".join(_spelled(report)))
    return int(any(check["mismatches"] for check in report["checks"].values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="judge", description="Hold the tables against what programs really do.")
    parser.add_argument("--tests", default=",".join(LONG_TESTS), help="library tests to run; empty for none")
    parser.add_argument("--sources", default=",".join(LONG_SOURCES), help="library modules to watch beside the tests")
    parser.add_argument("--random", type=int, default=200, help="random programs")
    parser.add_argument("--seed", type=int, default=0, help="of the first random program")
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU after which a test module starts no test")
    parser.add_argument("--workers", type=int, default=1, help="child processes at a time")
    parser.add_argument("--json", action="store_true", help="everything, mismatches one by one")
    return parser


def _judged(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    cases = Cases(root)
    cases.add_programs(hand_written())
    cases.add_programs(random_programs(range(options.seed, options.seed + options.random)))
    if options.tests:
        cases.add_library(options.sources.split(","), options.tests.split(","))
    tables = Tables(root)
    jobs = cases.jobs(MOST_OF_PROGRAM, MOST_OF_LIBRARY, options.seconds)
    observed = watch(tables, jobs, timeout=LONGEST * options.seconds, workers=options.workers, progress=_told)
    verdicts = judge(tables, observed)
    report = {
        "python": platform.python_version(),
        "files": len(cases.files),
        "ran": observed.ran,
        "transitions": observed.transitions,
        "code units": len(observed.codes),
        "code of no file": observed.elsewhere,
        "code that is not in the files": sum(key not in tables.by_key for key in observed.codes),
        "failed": observed.failed,
        "not judged": sorted(CHECKS.keys() - verdicts.keys()),
        "checks": {name: asdict(verdict) for name, verdict in verdicts.items()},
        "precision": figures(tables, observed),
    }
    tables.close()
    return report


def _told(job: Job, found: Observed) -> None:
    what = " ".join(job.tests) or f"{len(job.programs)} programs"
    print(f"{what}: {found.transitions:,} transitions{' '.join(['', *found.failed])}", file=sys.stderr, flush=True)


def _spelled(report: dict[str, Any]) -> list[str]:
    lines = [f"Python {report['python']}: {report['files']:,} files, {report['ran']:,} programs and tests run"]
    lines.append(f"{report['transitions']:,} transitions in {report['code units']:,} code units")
    lines += [f"{what}: {report[what]}" for what in ("code of no file", "code that is not in the files", "not judged")]
    lines += [f"failed: {what}" for what in report["failed"]]
    lines += ["", f"{'check':12}{'observed':>14}{'different':>12}{'missing':>10}"]
    for name, check in report["checks"].items():
        found = check["mismatches"]
        lines.append(f"{name:12}{check['observed']:>14,}{check['distinct']:>12,}{len(found):>10,}")
        lines += [f"    {what}: {count:,}" for what, count in sorted(check["notes"].items())]
        lines += [
            f"  ! {one['path']}:{one['line']} in {one['unit']}: {one['saw']} ({one['count']:,})"
            for one in found[:SHOWN]
        ]
    lines += ["", *(f"{what}: {value:.3f}" for what, value in report["precision"].items())]
    return lines


if __name__ == "__main__":
    sys.exit(main())
