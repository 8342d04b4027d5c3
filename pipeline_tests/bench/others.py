"""What other tools take on the same tree: CPU in P, wall time, memory and bytes written, beside a build of ours.

    python -m pipeline_tests.bench.others FOLDER [--tools FOLDER …] [--only ty,pycg] [--seconds 900] [--json]

Runs every tool that is found in the folders of `--tools` or on PATH, each by itself and with its own defaults; one that
is not found or fails is a line that says so. P is the CPU time of bare `ast.parse(bytes)` over the same files. The CPU
and memory of a tool are those of all processes it starts, summed from Linux's /proc. The tools make different things:
the column `makes` says what, and a graph is only fairly compared with a graph.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline_assets.sources.tree import walk
from pipeline_tests.bench.measuring import parse_seconds

SAMPLE_SECONDS = 0.05
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Tool:
    """A tool: the program to look for, how to ask it about a folder, and what it makes."""

    program: str
    makes: str
    arguments: Callable[[Path, Path], Sequence[str]]
    """From the analysed folder, which is also the working directory, and a folder for output."""
    good: tuple[int, ...] = (0,)


@dataclass
class Run:
    """What one run took; `cpu` in seconds, `peak` and `written` in bytes."""

    tool: str
    makes: str
    status: str
    wall: float = 0
    cpu: float = 0
    peak: int = 0
    written: int = 0


def _sources(folder: Path) -> list[str]:
    return sorted(map(str, folder.rglob("*.py")))


OURS = [str(Path(sys.executable).with_name("cpg")), "build"]
TOOLS = {
    "ty": Tool("ty", "types, diagnostics", lambda tree, out: ["check", "--exit-zero", str(tree)]),
    "pyrefly": Tool("pyrefly", "types, diagnostics", lambda tree, out: ["check", str(tree)], (0, 1)),
    "pyright": Tool("pyright", "types, diagnostics", lambda tree, out: [str(tree)], (0, 1)),
    "scip-python": Tool(
        "scip-python",
        "definitions and references",
        lambda tree, out: [
            *("index", "--project-name", "x", "--project-version", "0", "--cwd", str(tree)),
            *("--output", str(out / "index.scip")),
        ],
    ),
    "PyCG": Tool(
        "pycg",
        "call graph",
        lambda tree, out: ["--package", str(tree), *_sources(tree), "-o", str(out / "graph.json")],
    ),
    "pyan3": Tool(
        "pyan3",
        "call graph",
        lambda tree, out: [*_sources(tree), "--uses", "--no-defines", "--dot", "--file", str(out / "graph.dot")],
    ),
    "Pysa": Tool(
        "pyre",
        "data flow, call graph",
        lambda tree, out: [
            *("--noninteractive", "--source-directory", str(tree), "--dot-pyre-directory", str(out)),
            *("analyze", "--no-verify", "--save-results-to", str(out)),
        ],
    ),
    "atom": Tool(
        "atom",
        "code property graph",
        lambda tree, out: ["-l", "python", "-o", str(out / "app.atom"), str(tree)],
    ),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tools", type=Path, nargs="+", default=[], help="folders with programs, searched before PATH")
    parser.add_argument("--only", help="names of tools, separated by commas; ours is called cpg")
    parser.add_argument("--seconds", type=float, default=900, help="when to give up on a tool")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    os.environ["PATH"] = os.pathsep.join([*(str(path.resolve()) for path in asked.tools), os.environ["PATH"]])
    parse = parse_seconds(walk(folder, folder.name))
    if not asked.json:
        print(f"P = {parse:.2f} s\n{'':14}{'P':>8}{'wall s':>9}{'MB':>8}{'written MB':>12}  makes")
    runs = []
    for run in _runs(folder, asked.seconds, asked.only.split(",") if asked.only else ["cpg", *TOOLS]):
        runs.append(run)
        if not asked.json:
            print(_line(run, parse), flush=True)
    if asked.json:
        print(json.dumps({"parse_seconds": parse, "runs": [asdict(run) for run in runs]}, indent=2))


def _runs(folder: Path, seconds: float, names: Sequence[str]) -> Iterator[Run]:
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch)
            if name == "cpg":
                warehouse = ["--warehouse", str(out / "warehouse"), "--layers=-pyrefly"]
                yield _run(name, "code property graph", [*OURS, str(folder), *warehouse], folder, out, seconds, (0,))
                continue
            tool = TOOLS[name]
            program = shutil.which(tool.program)
            if program is None:
                yield Run(name, tool.makes, f"no {tool.program} on PATH")
                continue
            command = [program, *tool.arguments(folder, out)]
            yield _run(name, tool.makes, command, folder, out, seconds, tool.good)


def _run(
    name: str, makes: str, command: Sequence[str], folder: Path, out: Path, seconds: float, good: Sequence[int]
) -> Run:
    """Run a command in a session of its own, so that every process it starts is told by the session."""
    run = Run(name, makes, "ok")
    started = time.monotonic()
    used: dict[int, float] = {}
    with (out / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        while process.poll() is None and time.monotonic() - started < seconds:
            run.peak = max(run.peak, _sample(process.pid, used))
            time.sleep(SAMPLE_SECONDS)
    run.wall = time.monotonic() - started
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        run.status = f"stopped after {seconds:.0f} s"
    elif process.returncode not in good:
        run.status = f"failed ({process.returncode}): {_last_line(out / 'log')}"
    process.wait()
    run.cpu = sum(used.values())
    run.written = sum(path.stat().st_size for path in out.rglob("*") if path.is_file() and path.name != "log")
    return run


def _sample(session: int, used: dict[int, float]) -> int:
    """Note the CPU seconds of every process of a session so far; gives what they hold of memory."""
    held = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / TICK
            held += int(fields[21]) * PAGE
    return held


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:120] if lines else "it said nothing"


def _line(run: Run, parse: float) -> str:
    if run.status != "ok":
        return f"{run.tool:14}{run.status}"
    figures = f"{run.cpu / parse:8.1f}{run.wall:9.1f}{run.peak / 2**20:8.0f}{run.written / 2**20:12.1f}"
    return f"{run.tool:14}{figures}  {run.makes}"


if __name__ == "__main__":
    main()
