from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from pipeline_assets.sources.errors import BadImportRoot
from pipeline_assets.sources.layout import ImportRoots, found_roots, given_roots
from pipeline_assets.sources.tree import walk
from pipeline_assets.store.selection import Selection
from pipeline_tests.extracting import write_files

PROJECT = "[project]\nname = 'x'\n"


def _modules(folder: Path, *import_roots: str) -> dict[str, str | None]:
    table = walk(folder, "sample", Selection(import_roots=import_roots)).table
    return dict(zip(table["path"].to_pylist(), table["module"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"package/__init__.py", "setup.py"}, {""}),
        ({"src/package/__init__.py", "setup.py"}, {"", "src/"}),
        ({"src/single.py", "tests/test_single.py"}, {"", "src/"}),
        # src itself is a package, so it is imported by that name
        ({"src/__init__.py", "src/package/__init__.py"}, {""}),
        # nothing importable starts at src
        ({"src/deep/down/module.py", "main.py"}, {""}),
        ({"sources/a.py"}, {""}),
    ],
)
def test_roots_of_one_project(paths: Collection[str], expected: set[str]):
    assert found_roots(paths, [], "folder") == ImportRoots(frozenset(expected))


def test_in_a_declared_project_a_namespace_package_may_start_in_src():
    paths = {"src/company/product/module.py", "main.py"}
    assert found_roots(paths, [""], "folder").module("src/company/product/module.py") == "company.product.module"
    assert found_roots(paths, [], "folder").module("src/company/product/module.py") == "src.company.product.module"


@pytest.mark.parametrize("init", ["__init__.py", "__init__.pyi", "__init__.pyw"])
def test_a_path_that_is_itself_a_package_is_named_after_its_folder(init: str):
    roots = found_roots({init, "core.py", "src/a.py", "deep/er.py"}, ["deep"], "folder")
    assert roots == ImportRoots(package="folder")
    assert roots.module("core.py") == "folder.core"
    assert roots.module(init) == "folder"
    assert roots.module("src/a.py") == "folder.src.a"


def test_every_project_of_a_monorepo_has_its_roots(tmp_path: Path):
    write_files(
        tmp_path,
        {
            "packages/a/pyproject.toml": PROJECT,
            "packages/a/src/a/__init__.py": "",
            "packages/a/src/a/core.py": "",
            "packages/a/tools/release.py": "",
            "libs/b/setup.py": "",
            "libs/b/b/__init__.py": "",
            "libs/c/setup.cfg": "[metadata]\nname = c\n",
            "libs/c/c.py": "",
            "scripts/pyproject.toml": "[tool.ruff]\nline-length = 100\n",
            "scripts/run.py": "",
            "libs/d/setup.cfg": "[flake8]\nmax-line-length = 100\n",
            "libs/d/d.py": "",
            "tools/check.py": "",
        },
    )
    assert _modules(tmp_path) == {
        "packages/a/src/a/__init__.py": "a",
        "packages/a/src/a/core.py": "a.core",
        "packages/a/tools/release.py": "tools.release",
        "libs/b/setup.py": "setup",
        "libs/b/b/__init__.py": "b",
        "libs/c/c.py": "c",
        # what only configures tools is no project
        "scripts/run.py": "scripts.run",
        "libs/d/d.py": "libs.d.d",
        "tools/check.py": "tools.check",
    }


def test_projects_inside_packages_and_among_tests_are_no_roots(tmp_path: Path):
    write_files(
        tmp_path,
        {
            "numbers/__init__.py": "",
            "numbers/core/setup.py": "",
            "numbers/core/array.py": "",
            "tests/data/sample/setup.py": "",
            "tests/data/sample/sample.py": "",
            "third_party/other/pyproject.toml": PROJECT,
            "third_party/other/other.py": "",
        },
    )
    assert _modules(tmp_path) == {
        "numbers/__init__.py": "numbers",
        "numbers/core/setup.py": "numbers.core.setup",
        "numbers/core/array.py": "numbers.core.array",
        "tests/data/sample/setup.py": "tests.data.sample.setup",
        "tests/data/sample/sample.py": "tests.data.sample.sample",
        "third_party/other/other.py": "third_party.other.other",
    }


def test_of_two_files_of_one_name_the_later_is_named_from_the_repository_with_what_lies_beside_it(tmp_path: Path):
    write_files(
        tmp_path,
        {
            **{f"{each}/setup.py": "" for each in "ab"},
            **{f"{each}/{each}.py": "" for each in "ab"},
            **{f"{each}/tests/__init__.py": "" for each in "ab"},
            **{f"{each}/tests/helper.py": "" for each in "ab"},
            **{f"{each}/tests/test_{each}.py": "from . import helper" for each in "ab"},
        },
    )
    modules = _modules(tmp_path)
    assert {path: name for path, name in modules.items() if path.startswith("a/")} == {
        "a/setup.py": "setup",
        "a/a.py": "a",
        "a/tests/__init__.py": "tests",
        "a/tests/helper.py": "tests.helper",
        "a/tests/test_a.py": "tests.test_a",
    }
    assert {path: name for path, name in modules.items() if path.startswith("b/")} == {
        "b/setup.py": "b.setup",
        "b/b.py": "b",
        "b/tests/__init__.py": "b.tests",
        "b/tests/helper.py": "b.tests.helper",
        "b/tests/test_b.py": "b.tests.test_b",
    }
    assert len(set(modules.values())) == len(modules)


@pytest.mark.parametrize("init", [(), ("__init__.py",)])
def test_a_package_spread_over_several_roots_stays_one(tmp_path: Path, init: Sequence[str]):
    for each in "ab":
        write_files(tmp_path / each, {"setup.cfg": "[metadata]\n", f"src/shared/{each}.py": ""})
        write_files(tmp_path / each, {f"src/shared/{name}": "" for name in init})
    modules = _modules(tmp_path)
    assert modules["a/src/shared/a.py"] == "shared.a"
    assert modules["b/src/shared/b.py"] == "shared.b"
    assert len(set(modules.values())) == len(modules)


def test_packages_without_an_init_are_named_all_the_same(tmp_path: Path):
    write_files(
        tmp_path, {"a/b/c.py": "", "tests/conftest.py": "", "tests/test_a.py": "", "pkg/m.py": "", "pkg/m.pyi": ""}
    )
    assert _modules(tmp_path) == {
        "a/b/c.py": "a.b.c",
        "tests/conftest.py": "tests.conftest",
        "tests/test_a.py": "tests.test_a",
        "pkg/m.py": "pkg.m",
        "pkg/m.pyi": "pkg.m",
    }


def test_given_roots_replace_those_that_would_be_found_and_the_longest_counts(tmp_path: Path):
    write_files(
        tmp_path, {"src/a.py": "", "tests/unit/b.py": "", "tests/c.py": "", "d.py": "", "p/setup.py": "", "p/e.py": ""}
    )
    modules = _modules(tmp_path, "./tests/", "tests/unit")
    del modules["p/setup.py"]
    assert modules == {"src/a.py": "src.a", "tests/unit/b.py": "b", "tests/c.py": "c", "d.py": "d", "p/e.py": "p.e"}


def test_the_repository_itself_can_be_given_as_root(tmp_path: Path):
    write_files(tmp_path, {"__init__.py": "", "a.py": "", "src/b.py": ""})
    assert _modules(tmp_path, ".") == {"__init__.py": None, "a.py": "a", "src/b.py": "src.b"}


@pytest.mark.parametrize(
    ("folder", "problem"),
    [
        ("/usr/lib", "is not inside the repository"),
        ("../other", "is not inside the repository"),
        ("nowhere", "has no Python file below it"),
    ],
)
def test_a_root_that_cannot_be_one_is_refused(tmp_path: Path, folder: str, problem: str):
    with pytest.raises(BadImportRoot, match=f"the import root '{folder}' {problem}; give a folder of it, such as src"):
        given_roots(tmp_path, [folder], {"a.py"})


def test_what_a_pattern_leaves_out_changes_no_name(tmp_path: Path):
    write_files(tmp_path / "folder", {"__init__.py": "", "a.py": ""})
    table = walk(tmp_path / "folder", "sample", Selection(exclude=("__init__.py",))).table
    assert dict(zip(table["path"].to_pylist(), table["module"].to_pylist(), strict=True))["a.py"] == "folder.a"


def test_files_that_declare_projects_are_read_within_limits_and_never_through_links(tmp_path: Path):
    write_files(
        tmp_path, {"out.toml": PROJECT, "r/a/a.py": "", "r/b/b.py": "", "r/b/pyproject.toml": "#" * 300_000 + PROJECT}
    )
    (tmp_path / "r" / "a" / "pyproject.toml").symlink_to(tmp_path / "out.toml")
    assert _modules(tmp_path / "r") == {"a/a.py": "a.a", "b/b.py": "b.b"}
