"""Git repositories for tests, made by the git program itself; the product never runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline_tests.extracting import write_files

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="the git program makes the repositories")


@dataclass(frozen=True)
class Git:
    """The git program in one folder, with no configuration but the folder's own."""

    folder: Path

    def __call__(self, *arguments: str, **environment: str) -> str:
        return self.raw(*arguments, **environment).decode("utf-8", "surrogateescape").rstrip("\n")

    def raw(self, *arguments: str, stdin: bytes | None = None, **environment: str) -> bytes:
        nowhere = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.folder)}
        path = {"PATH": os.environ["PATH"]}
        command = ["git", "-c", "protocol.file.allow=always", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=path | nowhere | environment, input=stdin, capture_output=True, check=False
        )
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def commit(
        self, contents: Mapping[str, str | bytes | None] | None = None, message: str = "change", at: int = 0
    ) -> str:
        """Write files (None removes one), commit everything, and give the commit's id; `at` seconds after the start."""
        for name, content in (contents or {}).items():
            if content is None:
                (self.folder / name).unlink()
            else:
                write_files(self.folder, {name: content})
        self("add", "-A")
        date = f"{1_700_000_000 + at} +0130"
        self("commit", "-q", "--allow-empty", "-m", message, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
        return self("rev-parse", "HEAD")


def new_repository(folder: Path) -> Git:
    """An empty repository in a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    git = Git(folder)
    git("init", "-q", "-b", "main")
    git("config", "user.name", "Ada Lovelace")
    git("config", "user.email", "ada@example.org")
    return git
