"""Options that several commands share, spelled once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

WarehouseOption = Annotated[
    Path | None,
    typer.Option(
        "--warehouse",
        metavar="DIR",
        help="The warehouse: a folder or URL. Default: $CPG_WAREHOUSE, or ./warehouse.",
    ),
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
LayersOption = Annotated[
    str | None,
    typer.Option("--layers", metavar="LIST", help="Layers to add or leave out: +cst,-pyrefly. Default: as before."),
]
RevOption = Annotated[
    str | None,
    typer.Option("--rev", metavar="REV", help="Read this git revision, not the files as they lie there."),
]
ImportRootOption = Annotated[
    list[str] | None,
    typer.Option("--import-root", metavar="DIR", help="A folder that module names start in; repeatable."),
]
SubmodulesOption = Annotated[
    bool | None, typer.Option("--submodules/--no-submodules", help="Read git submodules too.", show_default=False)
]
ScipOption = Annotated[
    Path | None,
    typer.Option(
        "--scip",
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="A SCIP index of the repository; adds the layer scip.",
    ),
]
RuntimeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--runtime",
        metavar="MODULE",
        help="A module that may be imported, in a sandbox; repeatable; adds the layer runtime.",
    ),
]
PathsArgument = Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders, each one repository.")]
