"""What is run and judged: hand-written programs, random ones, and the standard library under its own tests.

All of it lies in one folder, which the product takes for a repository. Programs are run there; the library is run where
it is installed, and its files' copies are read.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_tests.judge.observed import Job
from pipeline_tests.judge.random_flow import program

PROGRAMS = Path(__file__).parent / "programs"
LIBRARY = Path(sysconfig.get_path("stdlib"))


@dataclass
class Cases:
    """Files to be read, and what is run of them."""

    root: Path
    files: dict[str, str] = field(default_factory=dict)
    """Path in the repository by where the file is run from."""
    programs: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    def add_programs(self, programs: Iterable[tuple[str, str]]) -> None:
        """Write programs, given by name and text, and have them run."""
        for name, text in programs:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            self.files[str(path)] = name
            self.programs.append(str(path))

    def add_library(self, sources: Iterable[str], tests: Iterable[str]) -> None:
        """Have library modules and packages watched while unittest modules run; tests are watched, too."""
        wanted = [*sources, *(test.replace(".", "/") for test in tests)]
        for path in sorted({path for source in wanted for path in _files(source)}):
            name = f"library/{path.relative_to(LIBRARY).as_posix()}"
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_bytes(path.read_bytes())
            self.files[str(path)] = name
        self.tests += [test for test in tests if any(_files(test.replace(".", "/")))]

    def jobs(self, most_of_program: int, most_of_library: int, seconds: float) -> Iterator[Job]:
        """One process for all programs, and one for each test module."""
        if self.programs:
            yield Job(self.files, tuple(self.programs), most_of_one=most_of_program)
        for test in self.tests:
            yield Job(self.files, tests=(test,), most_of_one=most_of_library, seconds=seconds)


def hand_written() -> Iterator[tuple[str, str]]:
    """The programs of the folder that this interpreter's grammar can read."""
    for path in sorted(PROGRAMS.glob("*.py")):
        text = path.read_text()
        required = text.partition("\n")[0].partition("# requires ")[2]
        if not required or sys.version_info >= tuple(map(int, required.split("."))):
            yield f"programs/{path.name}", text


def random_programs(seeds: Iterable[int]) -> Iterator[tuple[str, str]]:
    """A program for each seed."""
    for seed in seeds:
        yield f"random/random_{seed}.py", program(seed)


def _files(source: str) -> Iterator[Path]:
    """A module's file, or a package's; code that is broken on purpose is left out."""
    module = LIBRARY / f"{source}.py"
    found = [module] if module.is_file() else (LIBRARY / source).rglob("*.py")
    for path in found:
        try:
            compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        yield path
