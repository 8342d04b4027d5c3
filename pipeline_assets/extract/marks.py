"""What a file is for, told from its path and its first lines: test, generated or vendored code.

Heuristics, for filtering only: nothing else depends on them.
"""

from __future__ import annotations

import re

TEST_FOLDERS = frozenset({"test", "tests"})
VENDOR_FOLDERS = frozenset({"vendor", "_vendor", "vendored", "_vendored", "third_party", "thirdparty", "extern"})
HEAD_BYTES = 2048

_TEST_FILE = re.compile(r"(?:test_.*|.*_tests?|tests?|conftest)\.py[iw]?")
_GENERATED_FILE = re.compile(r".*(?:_pb2|_pb2_grpc|\.generated|_generated)\.pyi?")
_HEAD = re.compile(
    rb"(?:[ \t\f]*(?:#[^\r\n]*)?[\r\n])*"
    rb"(?:[ru]?(\"\"\"|''').*?(?:\1|\Z))?"
    rb"(?:[ \t\f]*(?:#[^\r\n]*)?(?:[\r\n]|\Z))*",
    re.DOTALL,
)
"""The comments and the docstring before the first statement."""

_GENERATED_HEAD = re.compile(
    rb"@generated|^[ \t]*(?:#|\"\"\"|''').*"
    rb"(?:do not edit|auto-?generated|automatically generated|generated (?:by|from)\b)",
    re.MULTILINE,
)


def is_test(path: str) -> bool:
    """A file below a folder test(s) or a top folder testing, or named `test_*`, `*_test(s)`, `test(s)`, `conftest`."""
    *folders, name = path.split("/")
    in_tests = folders[:1] == ["testing"] or not TEST_FOLDERS.isdisjoint(folders)
    return in_tests or bool(_TEST_FILE.fullmatch(name))


def is_vendored(path: str) -> bool:
    """A file in a folder that by its name holds copies of other projects."""
    return not VENDOR_FOLDERS.isdisjoint(path.split("/")[:-1])


def is_generated(path: str, canonical: bytes) -> bool:
    """A file whose name is that of a known generator's output, or whose first comments say it is not to be edited."""
    head = canonical[:HEAD_BYTES].lower()
    if b"generated" in head or b"do not edit" in head:  # else the patterns, far slower, cannot match
        before_code = _HEAD.match(head)
        if before_code and _GENERATED_HEAD.search(before_code[0]):
            return True
    return bool(_GENERATED_FILE.fullmatch(path))
