"""What runs in the sandbox: what it tells is what `inspect` says, and nothing gets out of it."""

from __future__ import annotations

import contextlib
import inspect
import os
import socket
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline_assets.extract import runtime as runtime_module
from pipeline_assets.extract.producers.runtime import run as runtime_run
from pipeline_assets.extract.producers.runtime.run import Outcome
from pipeline_assets.extract.runtime import runtime
from pipeline_assets.pipes.authoring import authored_task
from pipeline_assets.sources.runtime_targets import runtime_target_rows
from pipeline_assets.store.selection import Selection
from pipeline_tests.extracting import write_files
from pipeline_tests.whole_extracting import extract_whole

TASK = authored_task(runtime)
SANDBOX = ("is_without_network", "is_without_files", "is_without_processes")

SHAPES = '''
    """Shapes.

    More.
    """
    import functools
    import os
    from shapes_base import Base

    SIZE = 3

    def plain(a, /, b: int = 1, *args: str, c="x", d=None, **kwargs) -> "list[int]":
        """Plain."""

    def defaults(a=(1, ("x",)), b=[], c=object(), d=-1.5, e=b"y", f=..., g=frozenset()) -> int | None: ...

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)
        return wrapper

    @decorator
    def decorated(x, y=2): ...

    @functools.lru_cache
    def cached(x): ...

    async def coroutine(x: dict[str, list[int]]): ...

    class Shape(Base):
        """A shape."""
        kind = "shape"
        def method(self, x): ...
        @staticmethod
        def static(x): ...
        @classmethod
        def create(cls, x): ...
        @property
        def area(self):
            raise RuntimeError("a property was called")
        @functools.cached_property
        def later(self): raise RuntimeError("a property was called")
        class Inner:
            def deep(self): ...

    class Descriptor:
        def __get__(self, *args): raise RuntimeError("a descriptor was called")

    class Holder:
        held = Descriptor()
'''
BASE = "class Base:\n    def inherited(self): ...\n    def method(self): ...\n"


def inspected(folder: Path, files: dict[str, str], *modules: str) -> dict[str, list[dict[str, Any]]]:
    """The tables of a folder in which modules were imported."""
    root = write_files(folder / "repository", {name: textwrap.dedent(text) for name, text in files.items()})
    return {name: table.to_pylist() for name, table in tables(root, *modules).items()}


def tables(root: Path, *modules: str) -> dict[str, pa.Table]:
    assert TASK is not None
    targets = runtime_target_rows("sample", Selection(runtime_modules=modules))
    return extract_whole(TASK, root, runtime_targets=targets)


def forged(objects: str, signatures: str = "") -> bytes:
    """A report as a module might write one."""
    rest = '"parameters": [], "members": [], "is_cut": false'
    return f'{{"objects": [{objects}], "signatures": [{signatures}], {rest}}}'.encode()


def is_running(module: str) -> bool:
    """Whether a process is left that was started for a module: its command line names it."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = place.read_bytes()
            if b"_runtime_child" in command and module.encode() in command:
                return True
    return False


def ended(folder: Path, source: str) -> dict[str, Any]:
    """What became of the import of a module with this source."""
    (row,) = inspected(folder, {"m.py": source}, "m")["runtime_modules"]
    return row


@pytest.fixture
def few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "SECONDS", 1.5)


@pytest.fixture(scope="module")
def is_sandboxed(tmp_path_factory: pytest.TempPathFactory) -> bool:
    row = ended(tmp_path_factory.mktemp("probe"), "x = 1")
    return row["status"] == "ok" and all(row[name] for name in SANDBOX)


@pytest.fixture
def sandboxed(is_sandboxed: bool) -> None:
    if not is_sandboxed:
        pytest.skip("this platform refuses namespaces")


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("shapes")
    return inspected(folder, {"shapes.py": SHAPES, "shapes_base.py": BASE}, "shapes")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The same module in this process: it is ours, and harmless."""
    folder = tmp_path_factory.mktemp("imported")
    write_files(folder, {"shapes.py": textwrap.dedent(SHAPES), "shapes_base.py": BASE})
    sys.path.insert(0, str(folder))
    import shapes

    yield shapes
    sys.path.remove(str(folder))
    for name in ("shapes", "shapes_base"):
        del sys.modules[name]


def resolved(module: Any, qualname: str) -> Any:
    found = module
    for name in filter(None, qualname.split(".")):
        found = inspect.getattr_static(found, name)
    return found


def test_kinds_are_what_inspect_says(shapes: dict[str, list[dict[str, Any]]], imported: Any):
    kinds = {row["qualname"]: row["kind"] for row in shapes["runtime_objects"]}
    names = [name for name in vars(imported) if not name.startswith("__")]
    assert set(names) == {name for name in kinds if name and "." not in name}
    for name in names:
        value = getattr(imported, name)
        tests = {"module": inspect.ismodule, "class": inspect.isclass, "function": inspect.isfunction}
        assert kinds[name] == next((kind for kind, test in tests.items() if test(value)), "other")
    assert {
        name: kinds[f"Shape.{name}"] for name in ("method", "static", "create", "area", "later", "kind", "Inner")
    } == {
        "method": "method",
        "static": "staticmethod",
        "create": "classmethod",
        "area": "property",
        "later": "property",
        "kind": "other",
        "Inner": "class",
    }
    assert (kinds[""], kinds["Shape.Inner.deep"]) == ("module", "method")


def test_signatures_are_what_inspect_says(shapes: dict[str, list[dict[str, Any]]], imported: Any):
    signatures = {row["qualname"]: row for row in shapes["runtime_signatures"]}
    for name in ("plain", "decorated", "decorator", "cached", "coroutine", "Shape.method", "Shape.Inner.deep"):
        assert signatures[name]["signature"] == str(inspect.signature(resolved(imported, name)))
    for name in ("Shape.static", "Shape.create"):
        assert signatures[name]["signature"] == str(inspect.signature(resolved(imported, name).__func__))
    assert {name for name, row in signatures.items() if row["is_wrapped"]} == {"decorated", "cached"}
    assert signatures["plain"]["returns"] == "list[int]"
    assert signatures["defaults"]["signature"] == (
        "(a=(1, ('x',)), b=..., c=..., d=-1.5, e=b'y', f=Ellipsis, g=...) -> int | None"
    )
    ids = {row["object_id"]: row["qualname"] for row in shapes["runtime_signatures"]}
    parameters: dict[str, list[dict[str, Any]]] = {}
    for row in shapes["runtime_params"]:
        parameters.setdefault(ids[row["object_id"]], []).append(row)
    for name in ("plain", "defaults", "decorated", "Shape.method"):
        expected = list(inspect.signature(resolved(imported, name)).parameters.values())
        rows = sorted(parameters[name], key=lambda row: row["position"])
        assert [(row["name"], row["kind"]) for row in rows] == [
            (each.name, each.kind.name.lower()) for each in expected
        ]
        assert [row["has_default"] for row in rows] == [each.default is not each.empty for each in expected]
        assert [row["has_annotation"] for row in rows] == [each.annotation is not each.empty for each in expected]
    assert [row["default"] for row in sorted(parameters["defaults"], key=lambda row: row["position"])] == [
        *("(1, ('x',))", None, None, "-1.5", "b'y'", "Ellipsis", None)
    ]


def test_members_are_what_inspect_says(shapes: dict[str, list[dict[str, Any]]], imported: Any):
    for cls in (imported.Shape, imported.Shape.Inner, imported.Holder):
        said = {
            (row["name"], row["defining_module"], row["defining_class"])
            for row in shapes["runtime_members"]
            if row["class"] == cls.__qualname__
        }
        metaclass = {"__abstractmethods__", "__annotations__", "__bases__", "__name__", "__qualname__", "mro"}
        expected = {
            (each.name, each.defining_class.__module__, each.defining_class.__qualname__)
            for each in inspect.classify_class_attrs(cls)
            if each.name not in metaclass and each.defining_class is not type
        }
        assert expected <= said
        assert {name for name, _, _ in said} == {name for base in cls.__mro__ for name in vars(base)}


def test_definitions_are_found_in_the_files(shapes: dict[str, list[dict[str, Any]]], imported: Any):
    paths = {row["file_id"]: row["path"] for row in shapes["runtime_status"]}
    rows = {row["qualname"]: row for row in shapes["runtime_objects"]}
    for name in ("plain", "decorated", "cached", "Shape", "Shape.method", "Shape.Inner", "Shape.Inner.deep"):
        value = resolved(imported, name)
        assert (paths[rows[name]["file_id"]], rows[name]["line"]) == ("shapes.py", inspect.getsourcelines(value)[1])
    assert (paths[rows["Base"]["file_id"]], rows["Base"]["line"]) == ("shapes_base.py", 1)
    assert (rows["os"]["file_id"], rows["os"]["defined_module"]) == (None, "os")
    assert (rows[""]["doc"], rows["plain"]["doc"], rows["Shape"]["doc"]) == ("Shapes.", "Plain.", "A shape.")


def test_only_what_was_named_is_imported(tmp_path: Path):
    canary = tmp_path / "canary"
    files = {"a.py": f"open({str(canary)!r}, 'w')", "b.py": "x = 1"}
    found = inspected(tmp_path, files)
    assert found["runtime_modules"] == found["runtime_objects"] == []
    assert {row["status"] for row in found["runtime_status"]} == {"skipped"}
    statuses = {row["path"]: row["status"] for row in inspected(tmp_path, files, "b")["runtime_status"]}
    assert statuses == {"a.py": "skipped", "b.py": "ok"}
    assert not canary.exists()


def test_nothing_is_started_where_nothing_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object, **kwargs: object) -> Outcome:
        raise AssertionError("a module was imported")

    monkeypatch.setattr(runtime_module, "run_module", refuse)
    inspected(tmp_path, {"a.py": "x = 1"})
    inspected(tmp_path, {"a.py": "x = 1"}, "os", "nothing", "a.b", "")
    with pytest.raises(AssertionError, match="a module was imported"):
        inspected(tmp_path, {"a.py": "x = 1"}, "a")


def test_modules_that_are_not_the_repositorys_are_not_imported(tmp_path: Path):
    rows = inspected(tmp_path, {"a.py": "", "json.py": "x = 1"}, "os", "json", "../a")["runtime_modules"]
    assert {row["module"]: (row["status"], row["error_class"]) for row in rows} == {
        "os": ("failed", "ModuleNotFoundError"),
        "../a": ("failed", "ModuleNotFoundError"),
        "json": ("failed", "ImportError"),
    }


def test_packages_are_imported_under_their_names(tmp_path: Path):
    files = {
        "src/pkg/__init__.py": "from pkg.inner import f",
        "src/pkg/inner.py": "from . import other\ndef f(): ...",
        "src/pkg/other.py": "",
        "src/space/leaf.py": "x = 1",
    }
    found = inspected(tmp_path, files, "pkg", "pkg.inner", "space.leaf")
    assert {row["module"]: row["status"] for row in found["runtime_modules"]} == dict.fromkeys(
        ("pkg", "pkg.inner", "space.leaf"), "ok"
    )
    paths = {row["file_id"]: row["path"] for row in found["runtime_status"]}
    assert [
        (row["defined_module"], paths[row["file_id"]], row["line"])
        for row in found["runtime_objects"]
        if row["module"] == "pkg" and row["qualname"] == "f"
    ] == [("pkg.inner", "src/pkg/inner.py", 2)]


ENDS = {
    "exit": ("import sys; sys.exit(3)", "failed", "SystemExit", "3"),
    "error": ("x = 1\nraise ValueError('no')", "failed", "ValueError", "no"),
    "syntax": ("def", "failed", "SyntaxError", None),
    "missing": ("import numpy", "failed", "ModuleNotFoundError", "No module named 'numpy'"),
    "hard exit": ("import os; os._exit(0)", "crashed", None, "it ended its process with the exit code 0"),
    "signal": ("import os; os.kill(os.getpid(), 9)", "crashed", None, "its process was ended by the signal 9"),
    "abort": ("import os; os.abort()", "crashed", None, "its process was ended by the signal 6"),
    "memory": ("x = bytearray(1 << 36)", "failed", "MemoryError", ""),
    "recursion": ("def f(): f()\nf()", "failed", "RecursionError", None),
    "base exception": ("class E(BaseException):\n    __str__ = None\nraise E", "failed", "m.E", ""),
    "replaced": (
        "import sys; sys.modules[__name__] = 3",
        "failed",
        "TypeError",
        "it replaced itself by a builtins.int",
    ),
    "garbage": (
        "import os\nfor fd in range(3, 60):\n    try: os.write(fd, b'{}')\n    except OSError: pass",
        "failed",
        "MalformedReport",
        None,
    ),
    "closed": ("import os; os.closerange(0, 99)", "crashed", None, "it ended its process with the exit code 1"),
    "printing": ("print('{\"objects\": []}' * 10000)", "ok", None, None),
    "forked": ("import os; os.fork()", "ok", None, None),
    "threads": ("import threading, time; threading.Thread(target=time.sleep, args=(99,)).start()", "ok", None, None),
    "atexit": ("import atexit, time; atexit.register(time.sleep, 99)", "ok", None, None),
    "patched": (
        "import json, os, inspect\njson.dumps = os.write = inspect.signature = None\ndef f(x): ...",
        "ok",
        None,
        None,
    ),
}


@pytest.mark.parametrize(("source", "status", "error_class", "message"), ENDS.values(), ids=ENDS)
def test_every_way_to_end_has_a_status(
    tmp_path: Path, sandboxed: None, source: str, status: str, error_class: str | None, message: str | None
):
    row = ended(tmp_path, source)
    assert (row["status"], row["error_class"]) == (status, error_class)
    if message is not None:
        assert row["message"] == message


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time; time.sleep(99)",
        "import os\nif os.fork(): os.wait()\nelse:\n    while True: pass",
    ],
)
def test_what_never_ends_is_stopped(tmp_path: Path, few_seconds: None, source: str):
    assert (ended(tmp_path, source)["status"]) == "timeout"


def test_the_line_that_raised_is_told(tmp_path: Path):
    files = {"m.py": "import n", "n.py": "\n\n1 / 0"}
    found = inspected(tmp_path, files, "m")
    paths = {row["file_id"]: row["path"] for row in found["runtime_status"]}
    (row,) = found["runtime_modules"]
    assert (paths[row["error_file_id"]], row["error_line"]) == ("n.py", 3)


def test_nothing_can_be_written_outside_of_the_scratch_folder(tmp_path: Path, sandboxed: None):
    (tmp_path / "open").mkdir(mode=0o777)
    (tmp_path / "open").chmod(0o777)
    places = [str(tmp_path / "open" / "x"), "/x", "/repository/x", "/usr/x", f"{sys.base_prefix}/x", "/dev/x"]
    source = f"""
        failed = []
        for place in {places!r}:
            try: open(place, 'w')
            except OSError: failed.append(place)
        import tempfile
        open(tempfile.gettempdir() + '/x', 'w').write('y')
        raise ValueError(len(failed))
    """
    assert ended(tmp_path, source)["message"] == str(len(places))
    assert not list((tmp_path / "open").iterdir())


def test_there_is_no_network(tmp_path: Path, sandboxed: None):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        source = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2)"
        row = ended(tmp_path, source)
        with pytest.raises(TimeoutError):
            server.accept()
        threading.Thread(target=lambda: socket.create_connection(server.getsockname()).close()).start()
        server.settimeout(5)
        server.accept()[0].close()  # somebody outside gets through
    assert row["error_class"] == "OSError"


def test_there_are_no_secrets(tmp_path: Path, sandboxed: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_OF_A_TEST", "swordfish")
    (tmp_path / "secret").write_text("swordfish")
    (tmp_path / "secret").chmod(0o644)
    source = f"""
        import os
        found = list(os.environ.values()) + os.listdir('/')
        above = f'/proc/{{os.getppid()}}/environ'
        for place in ({str(tmp_path / "secret")!r}, '/proc/1/environ', above, '/proc/self/environ'):
            try: found.append(open(place).read())
            except OSError: pass
        raise ValueError(found, os.getuid())
    """
    message = ended(tmp_path, source)["message"]
    assert "PYTHONHASHSEED" not in message
    assert "repository" in message
    assert "swordfish" not in message
    assert not message.endswith(" 0)")


def test_no_rights_can_be_had(tmp_path: Path, sandboxed: None):
    source = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        done = [libc.mount(b'tmpfs', b'/usr', b'tmpfs', 0, None), libc.mount(None, b'/', None, 4096 | 32, None)]
        libc.unshare(0x10020000)
        done += [libc.mount(None, b'/repository', None, 4096 | 32, None), libc.sethostname(b'x', 1)]
        try: os.setuid(0)
        except OSError: done.append(-1)
        raise ValueError(done)
    """
    assert ended(tmp_path, source)["message"] == "[-1, -1, -1, -1, -1]"


def test_nothing_is_left_running(tmp_path: Path, sandboxed: None, few_seconds: None):
    source = """
        import os, time
        if not os.fork():
            os.setsid()
            if not os.fork(): time.sleep(98765)
    """
    (row,) = inspected(tmp_path, {"left_running.py": source}, "left_running")["runtime_modules"]
    assert row["status"] == "ok"
    assert not is_running("left_running")


def test_what_is_forked_without_end_hits_a_limit(tmp_path: Path, sandboxed: None, few_seconds: None):
    files = {"forked_on.py": "import os\nwhile True: os.fork()"}
    (row,) = inspected(tmp_path, files, "forked_on")["runtime_modules"]
    assert (row["status"], row["error_class"]) == ("failed", "BlockingIOError")
    assert not is_running("forked_on")


def test_files_that_grow_without_end_hit_a_limit(tmp_path: Path, sandboxed: None):
    row = ended(tmp_path, "f = open('x', 'wb')\nwhile True: f.write(b'x' * 1000000)")
    assert (row["status"], row["error_class"]) == ("failed", "OSError")


def test_a_flood_of_words_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runtime_run, "MOST_REPORT_BYTES", 10_000)
    row = ended(tmp_path, "\n".join(f"def f{i}(a, b, c): ..." for i in range(1000)))
    assert row["status"] == "limited"


def test_what_is_not_enforced_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sandbox = {"network": "Operation not permitted", "ipc": "", "filesystem": "", "processes": ""}
    report = forged('["", "module", "t", "m", null, "m.py", null, null]')
    monkeypatch.setattr(runtime_module, "run_module", lambda *_, **__: Outcome("exit", 0, sandbox, None, report))
    found = inspected(tmp_path, {"m.py": ""}, "m")
    (row,) = found["runtime_modules"]
    assert [row[name] for name in SANDBOX] == [False, True, True]
    assert row["not_enforced"] == "network (Operation not permitted)"
    (status,) = found["runtime_status"]
    assert status["message"] == "the sandbox is not complete: network (Operation not permitted)"
    refused = Outcome("exit", 1, dict.fromkeys(sandbox, "Operation not permitted"), "it could not read")
    monkeypatch.setattr(runtime_module, "run_module", lambda *_, **__: refused)
    (row,) = inspected(tmp_path, {"m.py": ""}, "m")["runtime_modules"]
    assert (row["status"], row["is_without_network"]) == ("skipped", None)


FORGED = [
    b"",
    b"[]",
    b"null",
    b"{",
    b"[" * 100_000,
    b'{"error": 1}',
    b'{"error": ["a", 1, null]}',
    forged(""),
    forged('["", "king", "t", null, null, null, null, null]'),
    forged('["", "module", "t", null, null, null, 99999999999, null]'),
    forged('["", "module", "t", null, null, null, null]'),
    forged('["", "module", "t", null, null, null, null, null]', '["x", null, null, true, null]'),
    b"\xff\xfe",
]


@pytest.mark.parametrize("said", FORGED, ids=range(len(FORGED)))
def test_a_forged_report_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes):
    monkeypatch.setattr(runtime_module, "run_module", lambda *_, **__: Outcome("exit", 0, {}, None, said))
    (row,) = inspected(tmp_path, {"m.py": ""}, "m")["runtime_modules"]
    assert row["status"] in ("failed", "crashed")


def test_the_same_is_said_every_time(tmp_path: Path):
    files = {
        "shapes.py": SHAPES,
        "shapes_base.py": BASE,
        "odd.py": "import os\nx = {'a', 'b', 'c'}\n__all__ = list(x)\nraise ValueError(__all__, __file__, os.getcwd())",
    }
    one = inspected(tmp_path / "1", files, "shapes", "odd")
    other = inspected(tmp_path / "2", files, "odd", "shapes")
    assert one == other


def test_the_standard_library_can_be_looked_at(tmp_path: Path):
    place = Path(os.__file__).parent
    files = {
        f"copied_{name}.py": (place / f"{name}.py").read_text()
        for name in ("dataclasses", "argparse", "typing", "tarfile")
    }
    found = inspected(tmp_path, files, *(name.removesuffix(".py") for name in files))
    assert {row["status"] for row in found["runtime_modules"]} == {"ok"}
    assert len(found["runtime_objects"]) > 500
