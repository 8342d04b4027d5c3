"""Does exactly what docs/extending.md says, with its code: all else must follow without touching another file."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import numpy as np
import pytest
from dagster import AssetKey, Definitions
from ibis.expr.types import Table

import pipeline_assets
from pipeline_assets.checks.invariants import INVARIANTS, Invariant
from pipeline_assets.cpg import kinds
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.products.manifest_lineage import manifest_lineage_rows
from pipeline_assets.products.stages_page import stages_page
from pipeline_assets.project import Project, _room_modules, load_project
from pipeline_assets.settings import Settings
from pipeline_tests.every_layer import every_layer
from pipeline_tests.golden import test_graph, test_normalize
from pipeline_tests.golden.decoration import idle_stages
from pipeline_tests.golden.plan import Seen, run_plans, violations, watching
from pipeline_tests.sandbox import box, keeps_input

PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE.read_text(), re.M | re.S))
MODULES = [
    path for path in BLOCKS if path.startswith("pipeline_assets/") and not path.startswith("pipeline_assets/checks")
]
CASES, NORMALIZE = Path(test_graph.__file__).parent / "cpg", test_normalize.CASES
AT_WORK = ("completeness_limit", "completeness_closure", "edges_parts", "tree_control", "tree_with_and_match")
NORMALIZED = (
    "classes/overridden_methods",
    "classes/unknown_bases",
    "exports/all_concatenated",
    "text/docstrings",
    "unreachable/after_return",
    "diagnostics/compiler_warnings",
    "diagnostics/syntax_error",
    "exports/star_chain",
    "imports/namespace_packages",
    "types/members_of_unions",
    "types/spans_inside_strings",
    "types/type_comments",
)
"""Golden cases that show stages at work."""
REMEMBERS = {
    "mro__linearize": "the orders of classes that were merged before",
    "names__tabulate": "the spellings of names, each kept once",
}
"""Stages whose input remembers what was asked of it: the same is answered again, faster."""
READERS = {
    "git__read_history",
    "pyrefly__run_report",
    "ruff__run",
    "runtime__import_modules",
    "scip__read_index",
}
"""Stages that run a program or read what lies beside the sources: `docs/security.md` says what holds these."""
TABLE, EDGES = "pipeline_tests/golden/normalize/class_sizes/nested", "pipeline_tests/golden/cpg/edges_next_method"


@pytest.fixture(scope="module")
def newcomers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[ModuleType]]:
    """The page's source files as modules of their rooms."""
    folder, made = tmp_path_factory.mktemp("newcomers"), []
    known = dict(kinds._OWN)
    for path in MODULES:
        file = folder / Path(path).name
        file.write_text(BLOCKS[path])
        name = path.removesuffix(".py").replace("/", ".")
        spec = importlib.util.spec_from_file_location(name, file)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        made.append(module)
    yield made
    kinds._OWN.clear()
    kinds._OWN.update(known)
    for module in made:
        del sys.modules[module.__name__]


@pytest.fixture(scope="module")
def project(newcomers: list[ModuleType]) -> Project:
    namespace = {"Table": Table, "Invariant": Invariant}
    *function, entry = BLOCKS["pipeline_assets/checks/invariants.py"].strip().split("\n\n\n")
    (file := Path(newcomers[0].__file__).parent / "invariants.py").write_text("\n".join(function))
    exec(compile("\n".join(function), str(file), "exec"), namespace)
    check: Invariant = eval(entry, namespace)
    check.expression.__module__ = newcomers[0].__name__
    return Project((*_room_modules(), *newcomers), invariants=(*INVARIANTS, check))


@pytest.fixture(scope="module")
def watched(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[duckdb.DuckDBPyConnection, Seen]:
    """Every dataset of the page's cases and of those that show stages at work, and what their stages did."""
    roots = {}
    for case in (TABLE, EDGES):
        roots[case] = tmp_path_factory.mktemp("case")
        (roots[case] / "main.py").write_text(BLOCKS[f"{case}/main.py"])
    (roots[TABLE] / "todo.py").write_text("x = 1\ny = 2  # TODO: more\n")
    roots["every layer"], chosen = every_layer(tmp_path_factory.mktemp("work"))
    roots |= {path.name: path for path in (*map(CASES.joinpath, AT_WORK), *map(NORMALIZE.joinpath, NORMALIZED))}
    with watching() as seen:
        connection = run_plans(roots, {"every layer": chosen}, project=project)
    return connection, seen


@pytest.fixture(scope="module")
def graph(watched: tuple[duckdb.DuckDBPyConnection, Seen]) -> duckdb.DuckDBPyConnection:
    return watched[0]


@pytest.fixture(scope="module")
def definitions(project: Project) -> Definitions:
    return assemble(project, Settings())


def test_the_page_shows_one_source_file_each():
    assert [Path(path).stem for path in MODULES] == ["class_sizes", "todos", "next_method_edges"]


def test_the_golden_of_the_table_holds(graph):
    expected = json.loads(BLOCKS[f"{TABLE}/expected.json"])
    assert expected.pop("why")
    for view, wanted in expected.items():
        found = test_normalize.rows(graph, TABLE, view, wanted["columns"], {})
        assert sorted(found.elements()) == sorted(map(tuple, wanted["rows"]))


def test_the_extractor_finds_its_line_and_tells_of_every_file(graph):
    assert graph.execute("SELECT path, line FROM todos JOIN files USING (file_id)").fetchall() == [("todo.py", 2)]
    told = "SELECT status, count(*) FROM extract_status WHERE layer = 'todos' AND repository = ? GROUP BY 1"
    assert graph.execute(told, [TABLE]).fetchall() == [("ok", 2)]


def test_the_golden_of_the_edge_kind_holds(graph):
    head, *expected = [line for line in BLOCKS[f"{EDGES}/edges.txt"].splitlines() if not line.startswith("#")]
    asked = {"case": EDGES, "kinds": head.removeprefix("kinds: ").split()}
    assert sorted(row[0] for row in graph.execute(test_graph.EDGES, asked).fetchall()) == sorted(expected)


@pytest.mark.parametrize("invariant", ["edge_pairs", "no_dangling:edges", "evidence_given", "todos_on_lines"])
def test_invariants_cover_what_is_new(graph, project, invariant: str):
    assert violations(graph, invariant, project) == []


def test_the_ends_of_the_new_kind_are_checked(graph, project):
    graph.begin()
    graph.execute(
        "UPDATE edges SET src = (SELECT min(node_id) FROM nodes WHERE kind = 'FILE') WHERE kind = 'PY_NEXT_METHOD'"
    )
    found = violations(graph, "edge_pairs", project)
    graph.rollback()
    assert found != []


def test_the_check_finds_the_forgery_of_the_page(graph, project):
    graph.begin()
    graph.execute(BLOCKS["pipeline_tests/golden/test_forged.py"])
    found = violations(graph, "todos_on_lines", project)
    graph.rollback()
    assert len(found) == 1


def test_the_ui_has_the_asset_with_its_group_deps_and_checks(definitions):
    assets = definitions.get_repository_def().asset_graph
    key = AssetKey(["cpg", "next_method_edges"])
    assert assets.get(key).group_name == "cpg"
    assert assets.get(key).parent_keys == {AssetKey(["normalize", "definitions"])}
    assert AssetKey(["cpg", "edges"]) in assets.get(key).child_keys
    assert {check.name for check in assets.get(key).check_keys} >= {"contract", "order"}
    todos = assets.get(AssetKey(["extract", "todos"]))
    assert "todos_on_lines" in {check.name for check in todos.check_keys}


def test_lineage_catalogue_views_and_layers_follow(project):
    plan = project.manifest.task("next_method_edges")
    assert ("definitions", "definition_id") in plan.column_lineage["next_method_edges.dst"]
    assert plan.column_lineage["next_method_edges.src"] == (("definitions", "definition_id"),)
    assert (plan.grain, project.manifest.task("class_sizes").grain) == ("file", "file")
    flows = manifest_lineage_rows(project.manifest).to_pylist()
    assert any(row["output_dataset"] == "next_method_edges" for row in flows)
    assert {"class_sizes", "todos", "next_method_edges"} <= {contract.name for contract in project.catalog.contracts}
    assert "todos" in project.layers
    assert "### next_method_edges" in stages_page(project.manifest)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with the page's source files in their places, and a program to build."""
    folder = tmp_path_factory.mktemp("checkout")
    package = Path(pipeline_assets.__file__).parent
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*MODULES, f"{EDGES}/main.py"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(BLOCKS[path])
    return folder


def test_the_new_kind_is_built_and_exported_by_the_commands(checkout: Path):
    """In processes that load the package from scratch: nothing is known of the kind before its family is."""

    def cpg(*arguments: str) -> str:
        command = [sys.executable, "-c", "from pipeline_assets.cli import main; main()", *arguments]
        environment = os.environ | {"PYTHONPATH": str(checkout), "CPG_WAREHOUSE": str(checkout / "warehouse")}
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    cpg("build", str(checkout / EDGES), "--layers=-pyrefly,-ruff,-git,-tree_sitter,-tokens")
    exported = cpg("export", "graphml", "--edges", "py_next_method")
    assert exported.count("<edge ") == exported.count("PY_NEXT_METHOD") == 2


def test_nothing_else_has_another_plan_but_the_unions_that_take_it_in(project):
    before = load_project().manifest
    changed = {task.name for task in before.tasks if task.fingerprint != project.manifest.task(task.name).fingerprint}
    assert changed == {"edges", "extract_status"}


def test_a_kind_belongs_to_one_family():
    with pytest.raises(ValueError, match="more_calls brings the edge kind CALL, which the graph has already"):
        kinds.bring("more_calls", kinds.Words({"CALL": ()}))


def test_no_stage_of_theirs_is_decoration(graph, watched, project):
    ours = project.tasks.keys() - load_project().tasks.keys()
    assert len(ours) == len(MODULES)
    assert idle_stages(graph, watched[1], project, of=ours) == set()


def test_no_stage_reaches_outside_itself_or_changes_its_input(watched):
    """The sandboxed run of the purity guard, over every stage in Python that the cases run."""
    found = {name: what for name, what in watched[1].impure.items() if name not in REMEMBERS}
    assert found == {}
    assert {name: watched[1].impure.get(name) for name in REMEMBERS} == {
        name: ["changes its input"] for name in REMEMBERS
    }


def test_every_stage_in_python_was_watched(watched, project):
    """All but those that read a repository as a whole, which are there to reach outside."""
    readers = {
        f"{task.name}__{stage.name}" for task in project.tasks.values() for stage in task.stages if stage.is_reader
    }
    wanted = {
        stage.artifact
        for task in project.manifest.tasks
        if task.kind != "relational" and task.grain != "platform"
        for stage in task.stages[1:]
    }
    assert wanted - watched[1].run == readers == READERS


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda value: open(os.devnull).close(), "open"),  # noqa: PTH123
        (lambda value: socket.socket().close(), "socket.__new__"),
        (lambda value: os.listdir("."), "os.listdir"),  # noqa: PTH208
        (lambda value: subprocess.Popen(["true"]).wait(), "subprocess.Popen"),
        (lambda value: time.time(), "time.time"),
        (lambda value: random.random(), "random.random"),
    ],
    ids=["file", "socket", "folder", "process", "clock", "chance"],
)
def test_the_box_sees_what_it_is_there_for(act, told: str):
    with box() as reached:
        act(None)
    assert [name.partition(" ")[0] for name in reached][:1] == [told]


def test_the_box_sees_an_input_that_is_changed():
    assert keeps_input(lambda value: [*value, 1], [0]) == ([0, 1], True)
    assert keeps_input(lambda value: value.append(1), [0]) == (None, False)
    assert keeps_input(lambda value: value["a"].fill(1), {"a": np.zeros(2)}) == (None, False)
