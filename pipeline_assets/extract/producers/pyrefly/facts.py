"""The facts of a report as numbers: rows of codes, with every text, type and place kept once.

Documents are read module by module; what a document that turns out to be malformed has left is taken back.
"""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from pipeline_assets.extract.producers.pyrefly.report import Definition, Definitions, Document

NOTHING = -1
"""Stands for null wherever a code is kept."""

TYPE_MODIFIERS_JOIN = "+"
SCALARS = ("bool", "int", "float", "enum")


class TypeRecord(NamedTuple):
    """What the report says about a type."""

    text: str
    scalar: str
    """Which of `SCALARS` it is, joined by commas."""
    classes: str
    modifiers: str
    """What was taken off each class to find it, by class."""
    is_exhaustive: bool


@dataclass(slots=True)
class Texts:
    """Texts by code, in the order in which they came up."""

    codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str | None) -> int:
        """The code of a text; raises `UnicodeError` for what is no Unicode text."""
        if text is None:
            return NOTHING
        found = self.codes.get(text)
        return self.codes.setdefault(_text(text), len(self.codes)) if found is None else found

    def values(self) -> list[str]:
        """The texts by code."""
        return list(self.codes)


@dataclass(slots=True)
class Rows:
    """Rows of as many numbers each as there are columns."""

    columns: tuple[str, ...]
    numbers: array[int] = field(default_factory=lambda: array("q"))

    def add(self, *row: int) -> None:
        """Append one row, in the order of the columns."""
        self.numbers.extend(row)


@dataclass(slots=True)
class Places:
    """Line and column ranges as the report writes them, and the file that each is in."""

    texts: list[str] = field(default_factory=list)
    files: array[int] = field(default_factory=lambda: array("q"))

    def add(self, file: int, text: str | None) -> int:
        """The number of a place."""
        if text is None:
            return NOTHING
        self.texts.append(text)
        self.files.append(file)
        return len(self.texts) - 1

    def extend(self, file: int, texts: Iterable[str]) -> int:
        """Add places of one file; gives the number of the first."""
        first = len(self.texts)
        self.texts.extend(texts)
        self.files.extend(repeat(file, len(self.texts) - first))
        return first


class Expressions(NamedTuple):
    """Places of one file, one after the other, and the type found at each."""

    first: int
    types: array[int]


@dataclass(slots=True)
class Bodies:
    """What may be found at a call site, each kind of find kept once: the rows of targets and of captured variables."""

    codes: dict[bytes, int] = field(default_factory=dict)
    targets: Groups = field(
        default_factory=lambda: _groups("role", "argument", "target", "receiver", "flags", "reason")
    )
    captures: Groups = field(default_factory=lambda: _groups("name", "owner"))


@dataclass(slots=True)
class Groups:
    """Rows in groups: those of group `i` end before row `ends[i]`."""

    rows: Rows
    ends: array[int] = field(default_factory=lambda: array("q"))

    def close(self) -> None:
        """End the group that rows were added to."""
        self.ends.append(len(self.rows.numbers) // len(self.rows.columns))


def _rows(*columns: str) -> Rows:
    return Rows(columns)


def _groups(*columns: str) -> Groups:
    return Groups(Rows(columns))


@dataclass(slots=True)
class Facts:
    """Everything that a report says about the files of a repository."""

    definitions: Definitions
    file_numbers: dict[str, int]
    """Of the files, by their places in the scratch folder."""
    texts: Texts = field(default_factory=Texts)
    places: Places = field(default_factory=Places)
    types: dict[TypeRecord, int] = field(default_factory=dict)
    targets: list[tuple[Definition, int]] = field(default_factory=list)
    """What is called or overridden, and the place of its name in the repository."""
    labels: dict[tuple[str, str], int] = field(default_factory=dict)
    """Kinds of call sites: what the expression is, and the construct that calls without a call being written."""
    bodies: Bodies = field(default_factory=Bodies)
    expressions: list[Expressions] = field(default_factory=list)
    declared: Rows = field(
        default_factory=lambda: _rows(
            "file", "place", "role", "owner", "name", "kind", "overload", "position", "required", "annotation", "type"
        )
    )
    sites: Rows = field(default_factory=lambda: _rows("place", "label", "caller", "body"))
    functions: Rows = field(
        default_factory=lambda: _rows("file", "place", "definition", "class", "flags", "parameters", "overloads")
    )
    classes: Rows = field(
        default_factory=lambda: _rows("file", "place", "definition", "bases", "mro", "flags", "fields")
    )
    overrides: Rows = field(default_factory=lambda: _rows("file", "place", "definition", "class", "base"))
    captures: Rows = field(default_factory=lambda: _rows("file", "place", "definition", "name", "owner"))
    flaws: Rows = field(default_factory=lambda: _rows("file", "place", "kind", "message"))
    _target_codes: dict[tuple[int, str], int] = field(default_factory=dict)
    _class_codes: dict[tuple[int, int], int] = field(default_factory=dict)
    _class_names: dict[tuple[int, int], str] = field(default_factory=dict)
    _type_codes: dict[bytes, int] = field(default_factory=dict)

    def function(self, reference: Document) -> int:
        """The code of a target: a function by the report's ids."""
        key = reference["module_id"], reference["function_id"]
        found = self._target_codes.get(key)
        if found is None:
            found = self._target_codes[key] = self._add_target(self.definitions.function_named(reference))
        return found

    def variable(self, reference: Document) -> int:
        """The code of a target: a global variable."""
        key = reference["module_id"], f"variable {reference['name']}"
        found = self._target_codes.get(key)
        if found is None:
            found = self._target_codes[key] = self._add_target(self.definitions.variable_named(reference))
        return found

    def format_string(self) -> int:
        """The code of the target that stands for filling in a format string, which is no function."""
        found = self._target_codes.get((NOTHING, ""))
        if found is None:
            target = Definition("format_string", "builtins", "str.format")
            found = self._target_codes[NOTHING, ""] = self._add_target(target)
        return found

    def class_name(self, reference: Document | None) -> int:
        """The code of a class's qualified name."""
        if reference is None:
            return NOTHING
        key = reference["module_id"], reference["class_id"]
        found = self._class_codes.get(key)
        if found is None:
            found = self._class_codes[key] = self.texts.code(self._qualified(key, reference))
        return found

    def class_names(self, references: Sequence[Document]) -> str:
        """The qualified names of classes, joined by commas."""
        return ",".join(self._qualified((each["module_id"], each["class_id"]), each) for each in references)

    def type_code(self, entry: Document) -> int:
        """The code of a type."""
        key = marshal.dumps(entry, 2)
        found = self._type_codes.get(key)
        if found is None:
            record = self._type_record(entry)
            found = self._type_codes[key] = self.types.setdefault(record, len(self.types))
        return found

    def mark(self) -> tuple[int, ...]:
        """How much there is, to go back to."""
        return len(self.expressions), *(len(rows.numbers) for rows in self._all_rows())

    def go_back(self, mark: tuple[int, ...]) -> None:
        """Take back the rows that came after a mark; places stay, as targets may be there."""
        expressions, *lengths = mark
        del self.expressions[expressions:]
        for rows, length in zip(self._all_rows(), lengths, strict=True):
            del rows.numbers[length:]

    def _all_rows(self) -> tuple[Rows, ...]:
        return self.declared, self.sites, self.functions, self.classes, self.overrides, self.captures

    def _type_record(self, entry: Document) -> TypeRecord:
        named = entry.get("class_names", {})
        classes = named.get("classes", ())
        modifiers = [TYPE_MODIFIERS_JOIN.join(each.get("modifiers", ())) for each in classes]
        return TypeRecord(
            _text(str(entry["string"])),
            ",".join(scalar for scalar in SCALARS if entry.get(f"is_{scalar}")),
            self.class_names([each["class"] for each in classes]),
            _text(",".join(modifiers)) if any(modifiers) else "",
            bool(named.get("is_exhaustive")),
        )

    def _qualified(self, key: tuple[int, int], reference: Document) -> str:
        found = self._class_names.get(key)
        if found is None:
            found = self._class_names[key] = _text(self.definitions.class_named(reference).qualified)
        return found

    def _add_target(self, definition: Definition) -> int:
        _text(definition.qualified)
        file = self.file_numbers.get(definition.place or "")
        place = NOTHING if file is None else self.places.add(file, definition.location)
        self.targets.append((definition, place))
        return len(self.targets) - 1


def _text(text: str) -> str:
    """The same text; raises `UnicodeError` for half of a surrogate pair, which no table can hold."""
    text.encode()
    return text
