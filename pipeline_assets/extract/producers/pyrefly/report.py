"""What Pyrefly wrote: which modules it reports on, and what their classes and functions are called and where they are.

The format is Pyrefly's own and may change under a new version, so everything is read as if it might not be there. Its
ids of modules, classes and functions are good for one report only: they are looked up here and never kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

FORMAT = 1
INDEX, ERRORS = "pyrefly.pysa.json", "errors.json"
DEFINITIONS, CALLS, TYPES = "definitions", "call_graphs", "type_of_expressions"

MOST_PARENTS = 10_000
"""Definitions one inside the other; more would go round in circles."""

UNEXPECTED = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What reading a document raises that is not of the shape it is taken for."""

Document = dict[str, Any]


class UnknownFormat(Exception):
    """A document of the report that is not what this code was written for."""


class Complaint(NamedTuple):
    """What Pyrefly says against a file, and where."""

    line: int
    col: int
    message: str


class Flaw(NamedTuple):
    """One error of the report: the file's place, the range that it names, its kind and the first line of its text."""

    place: str
    location: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Module:
    """One module of the report, with the bytes of its documents by folder."""

    number: int
    name: str
    place: str | None
    """The file's place in the scratch folder; none for what Pyrefly brings along."""
    documents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Definition:
    """A class, a function or a variable, as a target of calls."""

    kind: str
    module: str
    name: str
    """Its qualified name within the module."""
    place: str | None = None
    location: str | None = None

    @property
    def qualified(self) -> str:
        """Module and name, joined by a dot."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(slots=True)
class Source:
    """The definitions of one module, read when something refers to them: most of what Pyrefly brings along is not."""

    name: str
    place: str | None
    content: bytes
    read: Document | Exception | None = None

    def document(self) -> Document:
        """The module's definitions; raises `UnknownFormat` or one of `UNEXPECTED` if they are malformed."""
        if self.read is None:
            try:
                self.read = parsed(self.content)
            except (UnknownFormat, *UNEXPECTED) as error:
                self.read = error
        if isinstance(self.read, Exception):
            raise self.read
        return self.read

    def forget(self) -> None:
        """Let go of the document; it is read again if need be."""
        self.read = None

    def class_(self, key: int) -> Definition:
        """The class with this id."""
        entry = self.document()["class_definitions"][str(key)]
        return Definition("class", self.name, self._qualified(entry), self.place, entry.get("name_location"))

    def function(self, key: str) -> Definition:
        """The function with this id; module and class bodies and decorators pass for functions."""
        kind, _, number = key.partition(":")
        if kind == "MTL":
            return Definition("module", self.name, "", self.place)
        if kind == "CTL":
            return replace(self.class_(int(number)), kind="class_body")
        entry = self.document()["function_definitions"][f"F:{number}" if kind == "FDT" else key]
        named = "field" if entry.get("is_def_statement") is False else "function"
        shown = "decorators" if kind == "FDT" else named
        return Definition(shown, self.name, self._qualified(entry), self.place, entry.get("name_location"))

    def variable(self, name: str) -> Definition:
        """The global variable of this name."""
        entry = self.document()["global_variables"][name]
        return Definition("variable", self.name, name, self.place, entry.get("location"))

    def _qualified(self, entry: Document) -> str:
        """The name with what stands before it, as Python itself would have it."""
        return "".join(reversed([*self._parts(entry)]))

    def _parts(self, entry: Document) -> Iterator[str]:
        """The name and what stands before it, from the inside out."""
        for _ in range(MOST_PARENTS):
            yield entry["name"]
            parent = entry["parent"]
            if "Class" in parent:
                yield "."
                entry = self.document()["class_definitions"][str(parent["Class"]["class_id"])]
            elif "Function" in parent:
                yield ".<locals>."
                entry = self.document()["function_definitions"][f"F:{parent['Function']['func_def_index']}"]
            else:
                return


@dataclass(slots=True)
class Definitions:
    """Everything defined, by the report's ids of modules."""

    sources: dict[int, Source] = field(default_factory=dict)

    def class_named(self, reference: Document) -> Definition:
        """The class that a reference means; by the name it gives if the class itself is not in the report."""
        try:
            return self.sources[reference["module_id"]].class_(reference["class_id"])
        except (UnknownFormat, *UNEXPECTED):
            return Definition("class", reference["module_name"], reference["class_name"])

    def function_named(self, reference: Document) -> Definition:
        """The function that a reference means, likewise."""
        try:
            return self.sources[reference["module_id"]].function(reference["function_id"])
        except (UnknownFormat, *UNEXPECTED):
            return Definition("function", reference["module_name"], reference["function_name"])

    def variable_named(self, reference: Document) -> Definition:
        """The global variable that a reference means, likewise."""
        try:
            return self.sources[reference["module_id"]].variable(reference["name"])
        except (UnknownFormat, *UNEXPECTED):
            return Definition("variable", reference["module_name"], reference["name"])


def read_modules(report: Path, scratch: Path) -> tuple[Module, ...]:
    """The modules of a report and their documents, in the order of places; raises `UnknownFormat` or `OSError`."""
    try:
        index = parsed((report / INDEX).read_bytes())
        modules = [_read_module(entry, report, scratch) for entry in index["modules"].values()]
    except UNEXPECTED as error:
        raise UnknownFormat(f"the report's index cannot be read: {type(error).__name__}: {error}") from error
    return tuple(sorted((module for module in modules if module), key=lambda each: (each.place or "", each.name)))


def syntax_errors(report: Path, scratch: Path) -> dict[str, Complaint]:
    """The first error of each file that Pyrefly could not parse all of, by the file's place."""
    try:
        entries = parsed((report / ERRORS).read_bytes())["errors"]
        found = [_complaint(entry, scratch) for entry in entries if entry["kind"] == "parse-error"]
    except (OSError, UnknownFormat, *UNEXPECTED):  # the report's other documents do not depend on it
        return {}
    return dict(sorted(found, reverse=True))


def type_errors(report: Path, scratch: Path) -> tuple[Flaw, ...]:
    """The errors of the files that it was given, in an order of their own."""
    try:
        entries = parsed((report / ERRORS).read_bytes())["errors"]
        return tuple(sorted(filter(None, (_type_error(entry, scratch) for entry in entries))))
    except (OSError, UnknownFormat, *UNEXPECTED):  # the report's other documents do not depend on it
        return ()


def parsed(content: bytes) -> Document:
    """A document of the report; raises `UnknownFormat` and what `json` raises."""
    document = json.loads(content)
    version = document.get("format_version")
    if version != FORMAT:
        raise UnknownFormat(f"the report has format {version}; format {FORMAT} can be read")
    return document  # type: ignore[no-any-return]


def _read_module(entry: Document, report: Path, scratch: Path) -> Module | None:
    """One module; none for a namespace package, which has no file."""
    document = entry.get("info_filename")
    if document is None or "/" in document:
        return None
    place = _place(entry["source_path"], scratch)
    folders: Sequence[str] = (DEFINITIONS,) if place is None else (DEFINITIONS, CALLS, TYPES)
    found = {folder: report / folder / document for folder in folders}
    documents = {folder: path.read_bytes() for folder, path in found.items() if path.is_file()}
    return Module(entry["module_id"], entry["module_name"], place, documents)


def _complaint(entry: Document, scratch: Path) -> tuple[str, Complaint]:
    line, _, col = entry["location"].partition("-")[0].partition(":")
    message = entry["message"].removeprefix("Parse error: ").splitlines()[0]
    return _place(entry["module_path"], scratch) or "", Complaint(int(line), int(col), message)


def _type_error(entry: Document, scratch: Path) -> Flaw | None:
    place = _place(entry["module_path"], scratch)
    if place is None:
        return None
    message = next(iter(entry["message"].splitlines()), "").replace(f"{scratch}/", "")  # where it ran tells nothing
    return Flaw(place, str(entry["location"]), str(entry["kind"]), message)


def _place(source: Document, scratch: Path) -> str | None:
    """Where below the scratch folder a module's file lies."""
    path = Path(source.get("FileSystem", "/"))
    for folder in (scratch, scratch.resolve()):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return None
