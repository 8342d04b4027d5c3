"""Start child processes that run programs or tests, and gather what they saw."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline_tests.judge.observed import Job, Observed

REPOSITORY = Path(__file__).parents[2]


def run(job: Job, timeout: float = 300.0) -> Observed:
    """What one child process saw; a child that dies or hangs is a failure that tells nothing else."""
    with tempfile.TemporaryDirectory(prefix="judge-run-") as scratch:
        given, result = Path(scratch, "job"), Path(scratch, "result")
        given.write_bytes(pickle.dumps(job))
        # frozen modules have no file; a fixed seed makes the same paths run each time
        command = [sys.executable, "-X", "frozen_modules=off", "-m", "pipeline_tests.judge.record"]
        place = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(REPOSITORY), "PYTHONOPTIMIZE": ""}
        work = Path(scratch, "work")
        work.mkdir()
        try:
            ended = subprocess.run(
                [*command, str(given), str(result)], cwd=work, env=place, timeout=timeout, capture_output=True
            )
        except subprocess.TimeoutExpired:
            return _failed(job, f"no end after {timeout:.0f} s")
        if not result.exists():
            return _failed(job, f"exit status {ended.returncode}: {ended.stderr.decode(errors='replace')[-300:]}")
        return pickle.loads(result.read_bytes())


def _failed(job: Job, why: str) -> Observed:
    return Observed(failed=[f"{' '.join(job.tests or job.programs[:3])}: {why}"])
