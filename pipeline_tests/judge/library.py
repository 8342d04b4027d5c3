"""Which parts of the standard library are watched, and which of its tests run them.

Left out are tests that trace, profile or count references themselves, and those that need a network or a terminal.
"""

from __future__ import annotations

SHORT_SOURCES = ("contextlib", "dataclasses", "heapq", "json", "textwrap")
SHORT_TESTS = (
    "test.test_contextlib",
    "test.test_dataclasses",
    "test.test_heapq",
    "test.test_json",
    "test.test_textwrap",
)
"""Enough for every push."""

LANGUAGE = (
    *("asyncgen", "baseexception", "call", "class", "compare", "contextlib_async", "coroutines", "decorators"),
    *("dictcomps", "except_star", "exception_group", "exceptions", "fstring", "generators", "generator_stop"),
    *("genexps", "global", "grammar", "iter", "keywordonlyarg", "listcomps", "named_expressions", "opcodes"),
    *("patma", "pep380", "pep479", "positional_only_arg", "raise", "scope", "setcomps", "string_literals", "super"),
    *("type_aliases", "type_params", "unpack", "unpack_ex", "with", "yield_from"),
)
"""Tests of the language itself: what is watched is the tests."""

MODULES = (
    *("abc", "argparse", "ast", "base64", "bisect", "calendar", "cmd", "collections", "configparser", "copy", "csv"),
    *("dataclasses", "datetime", "decimal", "difflib", "email", "enum", "fnmatch", "fractions", "functools", "getopt"),
    *("gettext", "glob", "graphlib", "heapq", "html", "inspect", "ipaddress", "json", "logging", "mimetypes"),
    *("numbers", "optparse", "pathlib", "pickle", "plistlib", "posixpath", "pprint", "queue", "quopri", "random"),
    *("reprlib", "sched", "selectors", "shelve", "shlex", "shutil", "statistics", "string", "tarfile", "tempfile"),
    *("textwrap", "timeit", "tokenize", "traceback", "types", "typing", "unittest", "uuid", "weakref", "zipfile"),
)
"""Modules whose tests have their name."""

OTHERS = {
    "asyncio": ("asyncio.test_locks", "asyncio.test_queues", "asyncio.test_streams", "asyncio.test_tasks"),
    "contextlib": ("contextlib",),
    "http": ("http_cookies", "http_cookiejar", "httplib", "httpservers"),
    "urllib": ("urlparse", "urllib", "urllib2", "robotparser"),
    "xml": ("minidom", "sax", "xml_dom_minicompat", "xml_etree", "pulldom"),
    "_collections_abc": ("ordered_dict", "userdict", "userlist"),
    "_pydatetime": (),
    "_pydecimal": (),
    "concurrent": (),
    "keyword": ("keyword",),
    "sre_parse": ("re",),
    "re": (),
    "_weakrefset": ("weakset",),
    "html": ("htmlparser",),
}
"""Modules by the names of tests that run them."""

LONG_SOURCES = (*MODULES, *OTHERS, "test/support")
LONG_TESTS = tuple(
    f"test.test_{name}" for name in (*LANGUAGE, *MODULES, *(test for tests in OTHERS.values() for test in tests))
)
