"""Source trees with tests: unpacked source distributions, and parts of the standard library."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline_tests.judge.cases import LIBRARY, Cases
from pipeline_tests.reality.observing import Call, Job


@dataclass(frozen=True)
class Package:
    """A package of the registry: where its code and its tests are in its source distribution."""

    project: str
    modules: tuple[str, ...]
    tests: tuple[str, ...] = ("tests",)
    needs: tuple[str, ...] = ()
    """What it or its tests import."""
    runner: str = "pytest"
    arguments: tuple[str, ...] = ()


PACKAGES = (
    Package("click", ("click",)),
    Package("jinja2", ("jinja2",), needs=("markupsafe", "trio")),
    Package("markupsafe", ("markupsafe",)),
    Package("attrs", ("attr", "attrs"), needs=("hypothesis", "cloudpickle")),
    Package("packaging", ("packaging",), needs=("pretend", "hypothesis", "tomli-w")),
    Package("more-itertools", ("more_itertools",)),
    Package("toolz", ("toolz",), ("toolz",)),
    Package("itsdangerous", ("itsdangerous",), needs=("freezegun",)),
    Package("werkzeug", ("werkzeug",), needs=("markupsafe", "ephemeral-port-reserve", "watchdog", "cryptography")),
    Package("pluggy", ("pluggy",), ("testing",)),
    Package("flask", ("flask",), needs=("werkzeug", "jinja2", "itsdangerous", "click", "blinker", "python-dotenv")),
    Package("mistune", ("mistune",)),
    Package("sqlparse", ("sqlparse",)),
    Package("marshmallow", ("marshmallow",), needs=("simplejson",)),
    Package("cachetools", ("cachetools",)),
    Package("tomlkit", ("tomlkit",), needs=("poetry-core", "pyyaml")),
    Package("lark", ("lark",), ("tests/__main__.py",)),
    Package("markdown", ("markdown",), needs=("pyyaml",)),
    Package("parso", ("parso",), ("test",)),
    Package("boltons", ("boltons",)),
    Package("tabulate", ("tabulate",), ("test",)),
    Package("tinydb", ("tinydb",), needs=("pyyaml",)),
    Package("tenacity", ("tenacity",), needs=("tornado", "typeguard")),
    Package("voluptuous", ("voluptuous",), ("voluptuous/tests",)),
    Package("mako", ("mako",), ("test",), needs=("markupsafe",)),
    Package("beautifulsoup4", ("bs4",), ("bs4/tests",), needs=("soupsieve", "typing-extensions", "html5lib")),
    Package(
        "jsonschema",
        ("jsonschema",),
        ("jsonschema/tests",),
        needs=("attrs", "referencing", "rpds-py", "jsonschema-specifications", "pyrsistent"),
    ),
    Package("pyparsing", ("pyparsing",)),
    Package("networkx", ("networkx",), ("networkx/classes", "networkx/algorithms/shortest_paths")),
    Package(
        "httpx",
        ("httpx",),
        needs=("httpcore", "anyio", "certifi", "idna", "sniffio", "h11", "trio", "uvicorn", "chardet", "trustme"),
    ),
    Package("schema", ("schema",), ("test_schema.py",)),
    Package("python-dotenv", ("dotenv",), needs=("click", "sh")),
    Package("isodate", ("isodate",)),
    Package("prettytable", ("prettytable",), needs=("wcwidth", "pytest-lazy-fixtures")),
)

NEEDS = "needs"
"""Folder below the sources."""

LIBRARY_PARTS = {
    "argparse": ("test.test_argparse",),
    "ast": ("test.test_ast",),
    "base64": ("test.test_base64",),
    "calendar": ("test.test_calendar",),
    "cmd": ("test.test_cmd",),
    "collections": ("test.test_collections", "test.test_ordered_dict"),
    "configparser": ("test.test_configparser",),
    "contextlib": ("test.test_contextlib", "test.test_contextlib_async"),
    "copy": ("test.test_copy",),
    "csv": ("test.test_csv",),
    "dataclasses": ("test.test_dataclasses",),
    "difflib": ("test.test_difflib",),
    "email": ("test.test_email",),
    "enum": ("test.test_enum",),
    "fractions": ("test.test_fractions",),
    "functools": ("test.test_functools",),
    "gettext": ("test.test_gettext",),
    "graphlib": ("test.test_graphlib",),
    "heapq": ("test.test_heapq",),
    "html": ("test.test_htmlparser", "test.test_html"),
    "http": ("test.test_http_cookies", "test.test_http_cookiejar"),
    "inspect": ("test.test_inspect",),
    "ipaddress": ("test.test_ipaddress",),
    "json": ("test.test_json",),
    "locale": ("test.test_locale",),
    "logging": ("test.test_logging",),
    "mailbox": ("test.test_mailbox",),
    "optparse": ("test.test_optparse",),
    "pathlib": ("test.test_pathlib",),
    "pickle": ("test.test_pickle",),
    "pickletools": ("test.test_pickletools",),
    "plistlib": ("test.test_plistlib",),
    "pprint": ("test.test_pprint",),
    "queue": ("test.test_queue",),
    "random": ("test.test_random",),
    "reprlib": ("test.test_reprlib",),
    "shlex": ("test.test_shlex",),
    "statistics": ("test.test_statistics",),
    "string": ("test.test_string",),
    "tarfile": ("test.test_tarfile",),
    "tempfile": ("test.test_tempfile",),
    "textwrap": ("test.test_textwrap",),
    "tokenize": ("test.test_tokenize",),
    "tomllib": ("test.test_tomllib",),
    "traceback": ("test.test_traceback",),
    "typing": ("test.test_typing",),
    "unittest": ("test.test_unittest",),
    "urllib": ("test.test_urlparse", "test.test_urllib", "test.test_urllib2", "test.test_robotparser"),
    "uuid": ("test.test_uuid",),
    "weakref": ("test.test_weakref", "test.test_weakset"),
    "xml": ("test.test_minidom", "test.test_xml_etree", "test.test_sax"),
    "zipfile": ("test.test_zipfile",),
}
"""Modules and packages of the standard library with the tests that run them."""


@dataclass(frozen=True)
class Tree:
    """A repository, and the jobs that run its tests."""

    name: str
    root: Path
    jobs: tuple[Job, ...]
    is_library: bool = False

    def groups(self) -> dict[str, set[str]]:
        """The files that a verdict is on: all, or those of each part of the library."""
        files = {path for job in self.jobs for path in job.files.values()}
        found: dict[str, set[str]] = {}
        for path in sorted(files):
            part = path.partition("/")[0].removesuffix(".py")
            found.setdefault(f"{self.name}: {part}" if self.is_library else self.name, set()).add(path)
        return found


def package_tree(package: Package, sources: Path, seconds: float) -> Tree:
    """The tree of a package, unpacked below `sources`; `FileNotFoundError` when its distribution is not there."""
    root = _unpacked(package.project, sources)
    import_root = root / "src" if (root / "src").is_dir() else root
    files = {
        str(path): path.relative_to(root).as_posix()
        for module in package.modules
        for path in _python_files(import_root / module)
        if not {"tests", "test"} & {*path.relative_to(root).parts}
    }
    arguments = [*package.arguments, *package.tests]
    job = Job(
        package.project,
        files,
        package.runner,
        arguments,
        (import_root, root, sources / NEEDS / package.project),
        root,
        seconds,
    )
    return Tree(package.project, root, (job,))


def library_tree(parts: Sequence[str], folder: Path, seconds: float) -> Tree:
    """Copies of parts of the standard library, in `folder`; what is run is what is installed."""
    cases = Cases(folder)
    cases.add_library(parts, ())
    jobs = [
        Job(f"library: {part}", cases.files, "unittest", LIBRARY_PARTS[part], folder=folder, seconds=seconds)
        for part in parts
        if any(_library_files(test) for test in LIBRARY_PARTS[part])
    ]
    return Tree("library", folder / "library", tuple(_relative(job) for job in jobs), is_library=True)


_RUNNER, _MOCKS = "unittest/", "unittest/mock.py"


def is_of_the_tests(job: Job, call: Call) -> bool:
    """Whether the tests make a call what it is: by the library's runner that drives them, or a mock that they plant."""
    is_driven = call.caller.path.startswith(_RUNNER) and not job.name.endswith(": unittest")
    return is_driven or (call.callee.path == _MOCKS != call.caller.path)


def download(packages: Sequence[Package], sources: Path) -> None:
    """Fetch source distributions with pip, and install what their tests need beside them: what is not there."""
    sources.mkdir(parents=True, exist_ok=True)
    for package in packages:
        if next(_distributions(package.project, sources), None) is None:
            _pip("download", "--no-binary", ":all:", "--no-deps", "-d", str(sources), package.project)
        if package.needs and not (sources / NEEDS / package.project).is_dir():
            _pip("install", "--target", str(sources / NEEDS / package.project), *package.needs)


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-q", *arguments], check=True, timeout=600)


def _relative(job: Job) -> Job:
    files = {path: name.removeprefix("library/") for path, name in job.files.items()}
    return Job(job.name, files, job.runner, job.arguments, job.import_roots, job.folder, job.seconds)


def _unpacked(project: str, sources: Path) -> Path:
    found = next(_distributions(project, sources), None)
    if found is None:
        raise FileNotFoundError(f"no source distribution of {project} in {sources}")
    folder = sources / found.name.removesuffix(".tar.gz")
    if not folder.is_dir():
        with tarfile.open(found) as archive:
            archive.extractall(sources, filter="data")
    return folder


def _distributions(project: str, sources: Path) -> Iterator[Path]:
    names = {project, project.replace("-", "_")}
    yield from (path for path in sources.glob("*.tar.gz") if path.name.rpartition("-")[0] in names)


def _python_files(module: Path) -> list[Path]:
    single = module.with_suffix(".py")
    return [single] if single.is_file() else sorted(module.rglob("*.py"))


def _library_files(module: str) -> bool:
    place = LIBRARY / module.replace(".", "/")
    return place.is_dir() or place.with_suffix(".py").is_file()
