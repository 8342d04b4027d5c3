from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.sources.paths import dotted_name, path_bytes, path_text

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
    ("path", "package", "module"),
    [
        ("package/module.py", "", "package.module"),
        ("package/__init__.py", "", "package"),
        ("package/stub.pyi", "", "package.stub"),
        ("window.pyw", "", "window"),
        ("migrations/0001_initial.py", "", "migrations.0001_initial"),
        ("__init__.py", "folder", "folder"),
        ("core.py", "folder", "folder.core"),
        ("archive.v1/module.py", "", None),
        ("module.v1.py", "", None),
        ("__init__.py", "", None),
        ("node_modules/", "", None),
    ],
)
def test_dotted_names(path: str, package: str, module: str | None):
    assert dotted_name(path, package) == module
