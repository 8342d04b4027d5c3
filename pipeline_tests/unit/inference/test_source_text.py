"""Source fingerprints: an edit counts exactly when the function can reach it."""

from __future__ import annotations

import functools
import importlib
import linecache
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_assets.inference.errors import UnsupportedOperation
from pipeline_assets.inference.source_text import source_fingerprint
from pipeline_tests.unit.inference import sources

FILES = {
    "__init__": "",
    "tasks": """
        from __future__ import annotations

        import functools
        import json
        import typing

        import somewhere.helpers as tools
        from somewhere import constants, deep
        from somewhere.again import renamed as twice

        if typing.TYPE_CHECKING:
            from somewhere.kinds import Kind

        LIMIT = 3
        UNRELATED = 4
        REGISTRY = {}

        def register(function):
            REGISTRY[function.__name__] = function
            return function

        def wrapping(function):
            @functools.wraps(function)
            def inner(*args):
                return function(*args) + LIMIT
            return inner

        def plain(x):
            return _helper(x) + LIMIT

        def _helper(x):
            return x + 1

        def unrelated(x):
            return x + UNRELATED

        def through_modules(x):
            return tools.add(x) + constants.STEP + twice(x)

        def through_package(x):
            return deep.down.bottom(x)

        def inside(x):
            from somewhere.helpers import late
            return late(x)

        def by_class(x):
            return Box(x).double()

        class Box:
            def __init__(self, x):
                self.x = x

            def double(self):
                return _twofold(self.x)

        def _twofold(x):
            return x * 2

        def dynamic(name):
            return globals()[name]

        def module_passed_on(x):
            return x(tools)

        @register
        def registered(x):
            return x + 1

        @wrapping
        def wrapped(x):
            return x + 1

        def recursive(x):
            return other(x - 1)

        def other(x):
            return recursive(x) if x else 0

        def by_table(x):
            return REGISTRY["plain"](x)

        def shadowing(_helper):
            return _helper

        def nested(x):
            def inside(_helper):
                return _helper
            return inside(_helper)

        def make(step):
            def add(x):
                return x + step
            return add

        def make_calling(function):
            def call(x):
                return function(x)
            return call

        def make_opaque(thing):
            def call(x):
                return thing(x)
            return call

        def as_text(x):
            return json.dumps(x)

        def default(x=LIMIT):
            return x

        def annotated(x: Kind) -> Kind:
            return x

        adder = lambda x: _helper(x)

        def whole_text(x):
            return '''
        a multi-line text
        ''' + x
        """,
    "helpers": """
        def add(x):
            return _one(x)

        def _one(x):
            return x + 1

        def late(x):
            return x

        def unused(x):
            return x
        """,
    "constants": """
        STEP = 1
        OTHER = 2
        """,
    "again": """
        from somewhere.helpers import add as renamed
        """,
    "deep/__init__": """
        from somewhere.deep import down
        """,
    "deep/down": """
        def bottom(x):
            return x

        def beside(x):
            return x
        """,
    "kinds": """
        class Kind:
            name = "kind"
        """,
}


class Package:
    """A package on disk that can be edited and imported anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "somewhere"
        self.texts = {name: textwrap.dedent(text) for name, text in FILES.items()}

    def edit(self, name: str, old: str, new: str) -> None:
        assert self.texts[name].count(old) == 1, f"{old!r} must be once in {name}"
        self.texts[name] = self.texts[name].replace(old, new)

    def load(self):
        for name in [name for name in sys.modules if name.partition(".")[0] == "somewhere"]:
            del sys.modules[name]
        for name, text in self.texts.items():
            path = self.folder / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        linecache.clearcache()
        importlib.invalidate_caches()
        return importlib.import_module("somewhere.tasks")


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Package(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "somewhere"]:
        del sys.modules[name]


def fingerprint(package: Package, name: str) -> str:
    return source_fingerprint(getattr(package.load(), name))


COUNTS = [
    ("its own body", "plain", "tasks", "_helper(x) + LIMIT", "_helper(x) - LIMIT"),
    ("a helper", "plain", "tasks", "def _helper(x):\n    return x + 1", "def _helper(x):\n    return x + 2"),
    ("a constant", "plain", "tasks", "LIMIT = 3", "LIMIT = 5"),
    ("a constant set a second time", "plain", "tasks", "UNRELATED = 4", "UNRELATED = 4\nLIMIT += 1"),
    ("a default", "default", "tasks", "LIMIT = 3", "LIMIT = 5"),
    ("an attribute of a module", "through_modules", "helpers", "def add(x):", "def add(x, y=1):"),
    (
        "what that attribute reaches",
        "through_modules",
        "helpers",
        "def _one(x):\n    return x + 1",
        "def _one(x):\n    return x",
    ),
    ("a constant of a module", "through_modules", "constants", "STEP = 1", "STEP = 9"),
    ("a re-export's target", "through_modules", "again", "import add as", "import late as"),
    (
        "a function of a submodule",
        "through_package",
        "deep/down",
        "def bottom(x):\n    return x",
        "def bottom(x):\n    return 0",
    ),
    ("an import inside a function", "inside", "helpers", "def late(x):\n    return x", "def late(x):\n    return 0"),
    ("a method of a class", "by_class", "tasks", "self.x = x", "self.x = x + 1"),
    ("what a method reaches", "by_class", "tasks", "return x * 2", "return x * 3"),
    ("a decorator that wraps", "wrapped", "tasks", "function(*args) + LIMIT", "function(*args) - LIMIT"),
    ("what a wrapping decorator reaches", "wrapped", "tasks", "LIMIT = 3", "LIMIT = 5"),
    ("mutual recursion", "recursive", "tasks", "if x else 0", "if x else 1"),
    ("a table that is filled", "by_table", "tasks", "REGISTRY = {}", "REGISTRY = {1: 2}"),
    (
        "a helper seen through a shadowing function",
        "nested",
        "tasks",
        "def _helper(x):\n    return x + 1",
        "def _helper(x):\n    return 0",
    ),
    ("a lambda's helper", "adder", "tasks", "def _helper(x):\n    return x + 1", "def _helper(x):\n    return 0"),
    ("anything, where names are looked up", "dynamic", "tasks", "UNRELATED = 4", "UNRELATED = 5"),
    ("anything of a module passed on", "module_passed_on", "helpers", "def unused(x):", "def unused(y):"),
    ("a type's class", "annotated", "kinds", 'name = "kind"', 'name = "other"'),
    ("a text of several lines", "whole_text", "tasks", "multi-line", "two-line"),
    ("an outer library's name", "as_text", "tasks", "import json\n", "import csv as json\n"),
]


@pytest.mark.parametrize(
    ("function", "file", "old", "new"), [case[1:] for case in COUNTS], ids=[case[0] for case in COUNTS]
)
def test_an_edit_that_counts(package, function, file, old, new):
    before = fingerprint(package, function)
    package.edit(file, old, new)
    assert fingerprint(package, function) != before


DOES_NOT_COUNT = [
    ("an unrelated function", "plain", "tasks", "return x + UNRELATED", "return x - UNRELATED"),
    ("an unrelated constant", "plain", "tasks", "UNRELATED = 4", "UNRELATED = 5"),
    ("its place in the file", "plain", "tasks", "UNRELATED = 4", "\n\n# more\nUNRELATED = 4\n"),
    ("another name of a module", "through_modules", "helpers", "def unused(x):", "def unused(y):"),
    ("another constant of a module", "through_modules", "constants", "OTHER = 2", "OTHER = 3"),
    ("another function of a submodule", "through_package", "deep/down", "def beside(x):", "def beside(y):"),
    (
        "a registering decorator",
        "registered",
        "tasks",
        "REGISTRY[function.__name__] = function",
        "REGISTRY[0] = function",
    ),
    (
        "a helper that a parameter shadows",
        "shadowing",
        "tasks",
        "def _helper(x):\n    return x + 1",
        "def _helper(x):\n    return 0",
    ),
    ("another import", "through_modules", "tasks", "import json\n", "import json\nimport csv\n"),
]


@pytest.mark.parametrize(
    ("function", "file", "old", "new"), [case[1:] for case in DOES_NOT_COUNT], ids=[case[0] for case in DOES_NOT_COUNT]
)
def test_an_edit_that_does_not_count(package, function, file, old, new):
    before = fingerprint(package, function)
    package.edit(file, old, new)
    assert fingerprint(package, function) == before


def test_closures_count_by_what_they_hold(package):
    module = package.load()
    assert source_fingerprint(module.make(1)) == source_fingerprint(module.make(1))
    assert source_fingerprint(module.make(1)) != source_fingerprint(module.make(2))
    assert source_fingerprint(module.make_calling(module.plain)) != source_fingerprint(
        module.make_calling(module.other)
    )


def test_a_closure_over_an_object_counts_its_whole_module(package):
    before = source_fingerprint(package.load().make_opaque(object()))
    package.edit("tasks", "UNRELATED = 4", "UNRELATED = 5")
    assert source_fingerprint(package.load().make_opaque(object())) != before


def test_a_nested_function_that_cannot_be_cut_out_counts_its_whole_module(package):
    package.texts["tasks"] += (
        "\ndef make_text():\n    def text(x):\n        return '''\nleft\n''' + x\n    return text\n"
    )
    before = source_fingerprint(package.load().make_text())
    package.edit("tasks", "UNRELATED = 4", "UNRELATED = 5")
    assert source_fingerprint(package.load().make_text()) != before


def test_filling_a_table_at_run_time_changes_nothing(package):
    module = package.load()
    before = source_fingerprint(module.by_table)
    module.REGISTRY["later"] = object()
    assert source_fingerprint(module.by_table) == before


def test_the_order_and_repetition_of_functions_do_not_matter():
    one, two = sources.stage, sources.reads_constant
    assert source_fingerprint(one, two) == source_fingerprint(two, one, two)
    assert source_fingerprint(one) != source_fingerprint(one, two)


def test_methods_and_wrapped_functions_are_followed_to_their_source():
    assert source_fingerprint(sources.Window().inside) == source_fingerprint(sources.Window.inside)
    assert source_fingerprint(functools.lru_cache(sources.stage)) == source_fingerprint(sources.stage)


@pytest.mark.parametrize("function", [len, functools.partial(sources.stage, 1), "text"])
def test_what_has_no_python_source_is_refused(function: Callable[..., object]):
    with pytest.raises(UnsupportedOperation, match="its source is not to be found"):
        source_fingerprint(function)
