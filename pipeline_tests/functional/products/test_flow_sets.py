"""The bundled sets name what there is: in the standard library, and in other packages where they are installed."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys

import pytest

from pipeline_assets.products.flows.bundled import SpecSet, bundled_sets
from pipeline_assets.products.flows.spec import Spec

MADE = {
    "sqlite3.connect": "sqlite3.Connection",
    "sqlite3.connect.cursor": "sqlite3.Cursor",
    "tarfile.open": "tarfile.TarFile",
    "logging.getLogger": "logging.Logger",
    "duckdb.connect": "duckdb.DuckDBPyConnection",
}
"""What some functions give, as their results go by their names."""
SET_BY_INSTANCES = {
    "http.server.BaseHTTPRequestHandler": ("path", "headers", "rfile"),
}
INSTALLED = ("duckdb", "numpy", "jinja2", "markupsafe", "requests", "mako", "click", "starlette")
"""Packages that a product or its tests depend on, if only through others."""
SPECS = [(chosen, spec) for chosen in bundled_sets().values() for spec in (*chosen.specs, *chosen.barriers)]


def found(name: str) -> object:
    """The object that a dotted name means, after importing as much of it as is a module."""
    for made in sorted(MADE, key=len, reverse=True):
        if name.startswith(f"{made}."):
            name = MADE[made] + name[len(made) :]
            break
    parts = name.split(".")
    value = importlib.import_module(parts[0])
    for at, part in enumerate(parts[1:], 1):
        owner = ".".join(parts[:at])
        if at == len(parts) - 1 and part in SET_BY_INSTANCES.get(owner, ()):
            return value
        is_member = hasattr(value, part)
        value = getattr(value, part) if is_member else importlib.import_module(f"{owner}.{part}")
    return value


def library(spec: Spec) -> str:
    return spec.pattern.split(".")[0]


@pytest.mark.parametrize("spec", sorted({str(s) for _, s in SPECS if library(s) in sys.stdlib_module_names}))
def test_names_of_the_standard_library_are_there(spec: str):
    name = spec.split(":", 1)[1].split("[")[0]
    assert found(name) is not None


@pytest.mark.parametrize(
    "name",
    sorted({s.pattern for _, s in SPECS if library(s) in ("duckdb", "numpy", "jinja2", "markupsafe", "requests")}),
)
def test_names_of_installed_packages_are_there(name: str):
    if importlib.util.find_spec(name.split(".")[0]) is None:
        pytest.skip("not installed")
    assert found(name) is not None


def test_other_names_are_those_of_packages_or_of_unknown_objects():
    known = {"flask", "django", "fastapi", "starlette", "bottle", "aiohttp", "werkzeug", "sqlalchemy", "psycopg"}
    known |= {"psycopg2", "pymysql", "MySQLdb", "duckdb", "requests", "httpx", "yaml", "jsonpickle", "dill", "joblib"}
    known |= {"cloudpickle", "pandas", "torch", "numpy", "lxml", "jinja2", "mako", "markupsafe", "click", "?"}
    assert {library(spec) for _, spec in SPECS} - set(sys.stdlib_module_names) <= known


@pytest.mark.parametrize("chosen", bundled_sets().values(), ids=lambda chosen: chosen.name)
def test_a_set_is_described_and_has_one_role(chosen: SpecSet):
    assert chosen.description
    assert chosen.role == "sinks" or not chosen.barriers, "barriers protect sinks"
    kinds = {spec.kind for spec in chosen.specs}
    assert kinds == {"arg"} if chosen.role == "sinks" else "arg" not in kinds
    assert len(set(chosen.specs)) == len(chosen.specs)


def test_positions_and_keywords_are_those_of_signatures():
    """Where `inspect` knows a signature, `[0,name]` means one parameter."""
    checked = 0
    for _, spec in SPECS:
        if spec.kind != "arg" or len(spec.which) != 2 or library(spec) not in sys.stdlib_module_names:
            continue
        try:
            names = [name for name in inspect.signature(found(spec.pattern)).parameters if name != "self"]
        except ValueError:
            continue
        place, keyword = int(spec.which[0]), spec.which[1]
        checked += 1
        assert keyword not in names or names[place] == keyword, spec
    assert checked > 20
