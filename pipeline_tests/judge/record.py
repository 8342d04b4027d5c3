"""The child process: runs programs or test modules under the recorder and writes down what was seen.

    python -m pipeline_tests.judge.record JOB RESULT

Both are pickles, of `Job` and of `Observed`; the parent wrote the one and trusts the other.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import runpy
import sys
import time
import unittest
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from pipeline_tests.judge.observed import Counts, Job, Key, Observed
from pipeline_tests.judge.recorder import Recorder, Seen, identity, watching


def main(job_file: str, result_file: str) -> None:
    """Do the job."""
    job: Job = pickle.loads(Path(job_file).read_bytes())
    recorder = Recorder(job.files, job.overlooked, job.most_of_one)
    observed, own_process = Observed(), os.getpid()
    watch = watching(recorder)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for path in job.programs:
            _run_program(Path(path), watch, observed)
        if job.tests:
            _run_tests(job, watch, observed)
    if os.getpid() != own_process:
        os._exit(0)  # a test forked
    _collect(job, recorder, observed)
    Path(result_file).write_bytes(pickle.dumps(observed))


def _run_program(path: Path, watch: contextlib.AbstractContextManager[None], observed: Observed) -> None:
    observed.ran += 1
    try:
        with watch:
            runpy.run_path(str(path), run_name="__main__")
    except BaseException as error:
        observed.failed.append(f"{path.name}: {error!r}")


def _run_tests(job: Job, watch: contextlib.AbstractContextManager[None], observed: Observed) -> None:
    warnings.simplefilter("ignore")
    result = _Bounded(job.seconds)
    with watch:
        suite = unittest.defaultTestLoader.loadTestsFromNames(job.tests)
        suite.run(result)
    observed.ran += result.testsRun


class _Bounded(unittest.TestResult):
    """Lets no test start after so many seconds of CPU."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._until = time.process_time() + seconds

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        if time.process_time() > self._until:
            self.stop()


def _collect(job: Job, recorder: Recorder, observed: Observed) -> None:
    seen = {key: plan.seen for key, plan in recorder.plans.items() if plan is not None}
    keys = {number: identity(job.files[each.code.co_filename], each.code) for number, each in seen.items()}
    for number, each in seen.items():
        observed.codes.setdefault(keys[number], Counts()).add(_counts(each, keys))
    observed.elsewhere = recorder.elsewhere


def _counts(seen: Seen, keys: Mapping[int, Key]) -> Counts:
    calls = Counter({(offset, keys[callee]): count for (offset, callee), count in seen.calls.items()})
    return Counts(seen.steps, seen.leaps, seen.reads, seen.names, calls, seen.ends, seen.lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
