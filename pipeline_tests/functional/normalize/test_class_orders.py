"""Method resolution orders are those of the interpreter: of typing's special bases, and of the standard library.

The library is imported in a child process. The suite takes some packages; `CPG_WHOLE_LIBRARY=1` takes all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from pipeline_tests.partial import built

LIBRARY = Path(sysconfig.get_path("stdlib"))
PACKAGES = ("asyncio", "collections", "concurrent", "email", "html", "http", "importlib", "logging", "unittest", "xml")
MODULES = ("argparse", "ast", "cgi", "codecs", "configparser", "ctypes", "csv", "enum", "functools", "io", "numbers")
WHOLE = bool(os.environ.get("CPG_WHOLE_LIBRARY"))
UNSAFE = ("antigravity", "idlelib", "this", "turtledemo")
"""Modules that do something when they are imported."""

SPECIAL = """
import abc, collections, collections.abc, dataclasses, enum, functools, typing
from typing import Dict, Generic, List, Mapping, NamedTuple, Protocol, TypedDict, TypeVar

T = TypeVar("T")
S = TypeVar("S")


class Plain: ...
class Generic1(Generic[T]): ...
class Generic2(Generic1[T], Generic[T]): ...
class Generic3(Generic[T], Plain): ...
class Generic4(Generic[T, S], Generic1[T]): ...
class Listed(List[int]): ...
class ListedToo(List[T], Generic[T]): ...
class Bare(List): ...
class ListAndGeneric(List[int], Generic1[int]): ...
class Both(list, List[int]): ...
class Built(list[int]): ...
class BuiltGeneric(dict[str, T], Generic[T]): ...
class Mapped(Mapping[str, int]): ...
class MappedToo(collections.abc.Mapping[str, int]): ...
class Proto(Protocol): ...
class ProtoT(Protocol[T]): ...
class ProtoG(Protocol, Generic[T]): ...
class Implements(ProtoT[int], Plain): ...
class Named(NamedTuple):
    x: int
class NamedMore(Named): ...
class NamedGeneric(NamedTuple, Generic[T]):
    x: T
class Typed(TypedDict):
    x: int
class TypedMore(Typed, total=False): ...
class TypedGeneric(TypedDict, Generic[T]):
    x: T
class TypedTwo(Typed, TypedMore): ...
class Abstract(abc.ABC): ...
class Meta(metaclass=abc.ABCMeta): ...
class Color(enum.Enum): ...
class Number(enum.IntEnum): ...
class Text(str, enum.Enum): ...
class Counted(collections.Counter): ...
class Ordered(collections.OrderedDict, Plain): ...
class Failure(IOError): ...
class Many(Failure, Plain, Abstract): ...
class Hash(typing.Hashable, Plain): ...
class Defaulted(typing.DefaultDict[str, int], Plain): ...
@dataclasses.dataclass(slots=True)
class Data(Plain):
    x: int = 0
@functools.total_ordering
class Sorted(Data):
    def __lt__(self, other): return False
class Outer:
    class Inner(Plain): ...
    class Second(Inner): ...
class Late(Outer.Second, Generic1["Late"]): ...
"""
PARAMETERS = """
from typing import List, Protocol
class P1[T]: ...
class P2[T](P1[T]): ...
class P3[T](list[T]): ...
class P4[T](List[T]): ...
class P5[T](Protocol): ...
class P6(P2[int], P3[int]): ...
"""

ORDERS = """
    SELECT d.qualname AS name, d.ordinal, m.module, list(ancestor_name ORDER BY position) AS found,
        any_value(reason) AS reason
    FROM mro JOIN definitions AS d ON d.definition_id = mro.class_id JOIN modules AS m ON m.file_id = d.file_id
    WHERE NOT contains(d.qualname, '<locals>') GROUP BY ALL
"""

CHILD = """
import importlib, json, sys, warnings

warnings.simplefilter("ignore")

def find(name):
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
            for part in parts[end:]:
                found = getattr(found, part)
            return found
        except BaseException:
            continue

verdicts = []
for module, name, ancestors in json.load(sys.stdin):
    try:
        importlib.import_module(module)
    except BaseException:
        continue
    made = find(name)
    if isinstance(made, type):
        order = [f"{each.__module__}.{each.__qualname__}" for each in made.__mro__]
        verdicts.append((name, [find(each) for each in ancestors] == list(made.__mro__), ancestors, order))
json.dump(verdicts, open(sys.argv[1], "w"))
"""


def rows_of(root: Path) -> list[dict[str, Any]]:
    with built(root, "mro") as graph:
        return graph.sql(ORDERS).to_pylist()


def judged(rows: list[dict[str, Any]], folder: Path, path: Path | None = None) -> list[Any]:
    """Name, whether the interpreter agrees, our order and its own, of every class that a child process can import."""
    asked = [(row["module"], row["name"], row["found"]) for row in rows]
    answer = folder / "answer.json"
    environment = os.environ | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, "-c", CHILD, str(answer)]
    subprocess.run(command, input=json.dumps(asked), text=True, env=environment, check=True, capture_output=True)
    return json.loads(answer.read_text())


def test_special_bases_become_what_typing_makes_of_them(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    text = SPECIAL + (PARAMETERS if sys.version_info >= (3, 12) else "")
    (source / "special_bases.py").write_text(text)
    rows = rows_of(source)
    assert {row["name"]: row["reason"] for row in rows if row["reason"]} == {}
    verdicts = judged(rows, tmp_path, source)
    assert len(verdicts) == len(rows) == text.count("class ")
    assert [verdict for verdict in verdicts if not verdict[1]] == []


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if WHOLE:
        return LIBRARY
    root = tmp_path_factory.mktemp("library")
    for package in PACKAGES:
        shutil.copytree(LIBRARY / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "test*"))
    for module in MODULES:
        if (LIBRARY / f"{module}.py").exists():
            shutil.copy(LIBRARY / f"{module}.py", root)
    return root


def test_exact_orders_of_the_standard_library_are_the_interpreters(library: Path, tmp_path: Path) -> None:
    """A class that is defined twice is asked for by its last name, so only single ones are compared."""
    rows = [row for row in rows_of(library) if row["module"].split(".")[0] not in (*UNSAFE, "test")]
    names = [row["name"] for row in rows]
    exact = [row for row in rows if row["reason"] is None and names.count(row["name"]) == 1]
    verdicts = judged(exact, tmp_path)
    assert [verdict for verdict in verdicts if not verdict[1]] == []
    assert len(verdicts) > 500
    assert len(exact) > 0.8 * len(rows)
