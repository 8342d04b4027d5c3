from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.sources.paths import ImportRoot, import_root, path_bytes, path_text

# whatever a POSIX file system allows in a path
PATHS = st.binary(min_size=1, max_size=60).filter(lambda raw: b"\0" not in raw)


@given(PATHS)
def test_text_of_a_path_can_be_turned_back_into_its_bytes(raw: bytes):
    text = path_text(raw)
    assert path_bytes(text) == raw
    assert text.encode("utf-8")  # storable: no surrogates


@given(PATHS, PATHS)
def test_two_paths_never_share_a_text(one: bytes, other: bytes):
    assert (path_text(one) == path_text(other)) == (one == other)


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"a/b.py", "a/b.py"), ("é.py".encode(), "é.py"), (b"\xe9.py", r"\xe9.py"), (rb"\xe9.py", r"\\xe9.py")],
)
def test_only_what_is_not_utf_8_is_escaped(raw: bytes, text: str):
    assert path_text(raw) == text


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"package/__init__.py", "setup.py"}, ImportRoot("root")),
        ({"__init__.py", "core.py"}, ImportRoot("parent", "folder")),
        ({"__init__.pyi", "src/a.py"}, ImportRoot("parent", "folder")),
        ({"src/package/__init__.py", "setup.py"}, ImportRoot("src")),
        ({"src/single.py", "tests/test_single.py"}, ImportRoot("src")),
        # src itself is a package, so it is imported by that name
        ({"src/__init__.py", "src/package/__init__.py"}, ImportRoot("root")),
        # nothing importable starts at src
        ({"src/deep/down/module.py", "main.py"}, ImportRoot("root")),
        ({"sources/a.py"}, ImportRoot("root")),
    ],
)
def test_import_root(paths: set[str], expected: ImportRoot):
    assert import_root(paths, "folder") == expected


@pytest.mark.parametrize(
    ("root", "path", "module"),
    [
        (ImportRoot("root"), "package/module.py", "package.module"),
        (ImportRoot("root"), "package/__init__.py", "package"),
        (ImportRoot("root"), "package/stub.pyi", "package.stub"),
        (ImportRoot("root"), "window.pyw", "window"),
        (ImportRoot("root"), "migrations/0001_initial.py", "migrations.0001_initial"),
        (ImportRoot("root"), "src/package/module.py", "src.package.module"),
        (ImportRoot("src"), "src/package/module.py", "package.module"),
        (ImportRoot("src"), "tests/test_module.py", "tests.test_module"),
        (ImportRoot("parent", "folder"), "__init__.py", "folder"),
        (ImportRoot("parent", "folder"), "core.py", "folder.core"),
        (ImportRoot("root"), "archive.v1/module.py", None),
        (ImportRoot("root"), "module.v1.py", None),
        (ImportRoot("root"), "__init__.py", None),
        (ImportRoot("root"), "node_modules/", None),
    ],
)
def test_module_names(root: ImportRoot, path: str, module: str | None):
    assert root.module(path) == module
