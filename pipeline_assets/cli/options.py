"""Options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WarehouseOption = Annotated[
    Path | None,
    typer.Option("--warehouse", metavar="DIR", help="The warehouse folder. Default: $CPG_WAREHOUSE, or ./warehouse."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]
RepositoryOption = Annotated[
    str | None, typer.Option("--repository", "-r", metavar="NAME", help="Only this repository.")
]
IncludeOption = Annotated[
    list[str] | None,
    typer.Option("--include", metavar="GLOB", help="Only files that match, in .gitignore syntax; repeatable."),
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Not files that match, in .gitignore syntax; repeatable."),
]
PathsArgument = Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders, each one repository.")]
