"""Every command: its arguments, its help, and the one call that does it.

Nothing here imports more than typer; what a command needs is imported when it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline_assets.cli.options import (
    ExcludeOption,
    ImportRootOption,
    IncludeOption,
    JsonOption,
    LayersOption,
    PathsArgument,
    RepositoryOption,
    RevOption,
    RuntimeOption,
    ScipOption,
    SubmodulesOption,
    WarehouseOption,
)

app = typer.Typer(
    name="cpg",
    help="A code property graph of Python repositories, as tables with lineage.\n\nStart with: cpg build PATH",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def build(
    paths: PathsArgument,
    repository: Annotated[
        str | None, typer.Option("--repository", "-r", metavar="NAME", help="Its name. Default: the folder's name.")
    ] = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    layers: LayersOption = None,
    rev: RevOption = None,
    import_root: ImportRootOption = None,
    submodules: SubmodulesOption = None,
    scip: ScipOption = None,
    runtime: RuntimeOption = None,
    select: Annotated[
        str | None,
        typer.Option(metavar="EXPR", help="Only these: NAME, +NAME (with upstream), NAME+, layer:NAME; commas join."),
    ] = None,
    profile: Annotated[
        Literal["nothing", "stages"] | None,
        typer.Option(help="`stages` materializes and measures every stage: rows, bytes, time, columns."),
    ] = None,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Build repositories: make, check and publish every dataset that changed.

    The build is a Dagster run, which `cpg serve` shows. Nothing of a repository is executed. When nothing changed,
    nothing runs.

    Example: cpg build src/flask --repository flask
    """
    from pipeline_assets.cli.build import build_repositories
    from pipeline_assets.cli.repositories import Choices

    choices = Choices(include, exclude, layers, rev, import_root, submodules, scip, runtime)
    raise typer.Exit(build_repositories(paths, repository, choices, select, as_json, warehouse, profile))


@app.command()
def add(
    paths: PathsArgument,
    repository: Annotated[
        str | None, typer.Option("--repository", "-r", metavar="NAME", help="Its name. Default: the folder's name.")
    ] = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    layers: LayersOption = None,
    rev: RevOption = None,
    import_root: ImportRootOption = None,
    submodules: SubmodulesOption = None,
    scip: ScipOption = None,
    runtime: RuntimeOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Register repositories without building them.

    The nightly schedule and the UI know them from then on.

    Example: cpg add ../flask ../django --exclude 'tests/'
    """
    from pipeline_assets.cli.repositories import Choices, add_repositories

    choices = Choices(include, exclude, layers, rev, import_root, submodules, scip, runtime)
    raise typer.Exit(add_repositories(paths, repository, choices, warehouse))


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A registered repository.")],
    warehouse: WarehouseOption = None,
) -> None:
    """Forget a repository and its tables.

    Its folder is not touched.

    Example: cpg remove flask
    """
    from pipeline_assets.cli.repositories import remove_repository

    remove_repository(name, warehouse)


@app.command()
def repositories(as_json: JsonOption = False, warehouse: WarehouseOption = None) -> None:
    """List the registered repositories.

    Where they are, which of their files count, and how fresh their tables are.

    Example: cpg repositories --json
    """
    from pipeline_assets.cli.repositories import list_repositories

    list_repositories(as_json, warehouse)


@app.command()
def plan(
    check: Annotated[bool, typer.Option("--check", help="Compare the plan with Hamilton, Dagster and DuckDB.")] = False,
    repository: RepositoryOption = None,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Show the compiled plan, and what a build would run now and why.

    Example: cpg plan --check
    """
    from pipeline_assets.cli.plan import show_plan

    raise typer.Exit(show_plan(check, repository, as_json, warehouse))


@app.command()
def stages(
    as_json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page of the documentation.")] = False,
) -> None:
    """List every stage of every task.

    What it takes, what it does, and where it is written.

    Example: cpg stages
    """
    from pipeline_assets.cli.plan import show_stages

    show_stages(as_json, markdown)


@app.command()
def lineage(
    dataset: Annotated[str, typer.Argument(metavar="DATASET[.COLUMN]", help="What to trace.")],
    downstream: Annotated[
        bool, typer.Option("--downstream", help="What is made from it, not what it is made from.")
    ] = False,
    as_json: JsonOption = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a drawing.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page to explore.")] = None,
) -> None:
    """Trace columns to the columns that they are made from.

    Example: cpg lineage call_graph.callee
    """
    from pipeline_assets.cli.lineage import show_lineage

    show_lineage(dataset, downstream, as_json, svg, html)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One reading statement; - reads it from stdin.")],
    repository: RepositoryOption = None,
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", metavar="ID", help="As it was then; needs --repository.")
    ] = None,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")] = False,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="Write a Parquet file.")] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Ask the tables with read-only SQL.

    The dialect is DuckDB's. SHOW TABLES lists the tables, DESCRIBE NAME shows the columns of one.

    Example: cpg query "SELECT kind, count(*) FROM nodes GROUP BY kind"
    """
    from pipeline_assets.cli.query import run_query

    run_query(sql, repository, snapshot, as_json, as_csv, parquet, warehouse)


@app.command()
def check(repository: RepositoryOption = None, as_json: JsonOption = False, warehouse: WarehouseOption = None) -> None:
    """Check everything that is published.

    Bytes, contracts, graph invariants and the order of the work. Exits 1 when a blocking check fails.

    Example: cpg check --json
    """
    from pipeline_assets.cli.check import run_checks

    raise typer.Exit(run_checks(repository, as_json, warehouse))


@app.command()
def summary(
    repository: RepositoryOption = None,
    as_json: JsonOption = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a drawing.")] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Show a repository at a glance.

    Size by layer, coverage, calls by method and by reason, kinds of nodes and edges, the largest files.

    Example: cpg summary --svg flask.svg
    """
    from pipeline_assets.cli.summary import show_summary

    show_summary(repository, as_json, svg, warehouse)


@app.command()
def export(
    form: Annotated[
        str,
        typer.Argument(
            metavar="FORMAT",
            help="pycg: the call graph as adjacency JSON. graphml, dot: one file. neo4j, joern, parquet: a folder.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="PATH", help="A file or folder; - is stdout. Default: stdout."),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option(metavar="LIST", help="Only nodes of these kinds: METHOD,CALL; commas join.")
    ] = None,
    edges: Annotated[
        str | None, typer.Option(metavar="LIST", help="Only edges of these kinds, and the nodes that they join.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(metavar="GLOB", help="Only what such files show, and what that leads to: 'src/*.py'."),
    ] = None,
    repository: RepositoryOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Write the graph in a format that other tools read.

    Example: cpg export graphml --edges CALL -o calls.graphml
    """
    from pipeline_assets.cli.export import export_graph

    export_graph(form, output, kinds, edges, file, repository, warehouse)


@app.command()
def flows(
    sources: Annotated[
        list[str] | None, typer.Option("--from", metavar="SPEC", help="Where values come from; repeatable.")
    ] = None,
    sinks: Annotated[
        list[str] | None, typer.Option("--to", metavar="SPEC", help="Where they arrive; repeatable.")
    ] = None,
    not_through: Annotated[
        list[str] | None, typer.Option("--not-through", metavar="SPEC", help="What makes them safe; repeatable.")
    ] = None,
    without: Annotated[
        str | None, typer.Option(metavar="LIST", help="What not to assume: outside,attributes; commas join.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="How many flows are shown, best first.")] = 100,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="How many facts are looked at.")] = 500_000,
    list_specs: Annotated[bool, typer.Option("--list-specs", help="List the bundled sets of SPECs and end.")] = False,
    repository: RepositoryOption = None,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Follow values from sources to sinks, across functions and files.

    SPEC is call:NAME, arg:NAME[0], param:NAME, return:NAME, attr:NAME, name:NAME or decorated:NAME, where NAME is
    dotted and * stands for any text; or a bundled set such as web-input; or a TOML file of such.

    Example: cpg flows --from user-input --to 'arg:subprocess.*[*]'
    """
    from pipeline_assets.cli.flows import list_sets, show_flows

    if list_specs:
        list_sets(as_json)
        return
    show_flows(sources, sinks, not_through, without, limit, steps, repository, as_json, warehouse)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 3000,
    read_only: Annotated[bool, typer.Option("--read-only", help="Launch nothing, run no schedule.")] = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Open the Dagster UI of the warehouse on this machine.

    Example: cpg serve --read-only
    """
    from pipeline_assets.cli.serve import serve_ui

    serve_ui(port, read_only, warehouse)


@app.command()
def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Go back to the newest intact state.")] = False,
    as_json: JsonOption = False,
    warehouse: WarehouseOption = None,
) -> None:
    """Show settings, versions and the health of the warehouse.

    Exits 1 when the warehouse is not intact.

    Example: cpg doctor --repair
    """
    from pipeline_assets.cli.doctor import examine

    raise typer.Exit(examine(repair, as_json, warehouse))
