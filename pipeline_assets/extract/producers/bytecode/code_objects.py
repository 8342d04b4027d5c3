"""The code objects of compiled files as flat lists, each outer one before those inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from types import CodeType
from typing import Any, NamedTuple
from warnings import WarningMessage

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.status import FileStatus
from pipeline_assets.extract.text import Offsets


class Code(NamedTuple):
    """What is kept of a code object: its own attributes without the `co_`."""

    code: bytes
    linetable: bytes
    exceptiontable: bytes
    consts: tuple[Any, ...]
    names: tuple[str, ...]
    varnames: tuple[str, ...]
    cellvars: tuple[str, ...]
    freevars: tuple[str, ...]
    name: str
    qualname: str
    firstlineno: int
    argcount: int
    posonlyargcount: int
    kwonlyargcount: int
    nlocals: int
    stacksize: int
    flags: int

    @property
    def locals(self) -> tuple[str, ...]:
        """Names by the index that instructions use: variables, then cells that are no variables, then free ones."""
        cells = [name for name in self.cellvars if name not in self.varnames]
        return (*self.varnames, *cells, *self.freevars)


_attributes = attrgetter(*(f"co_{name}" for name in Code._fields))


@dataclass(frozen=True, slots=True)
class CompiledFile:
    """A file that compiled; its code objects are the next `units` ones."""

    file: SourceFile
    line_starts: Offsets
    size: int
    """Bytes of the canonical buffer."""
    units: int


class Warned(NamedTuple):
    """Something that the compiler warned about in a file."""

    repository: str
    file_id: int
    line: int
    category: str
    message: str

    @classmethod
    def of(cls, file: SourceFile, warning: WarningMessage) -> Warned:
        """What was caught while the file was compiled."""
        text = str(warning.message).encode("utf-8", "backslashreplace").decode()
        return cls(file.repository, file.file_id, warning.lineno, warning.category.__name__, text)


@dataclass(slots=True)
class CodeObjects:
    """All code objects of a chunk, in the order of its files and, within a file, in preorder."""

    files: list[CompiledFile] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    """Place of the enclosing code object in these lists; -1 for a module."""
    loads: list[tuple[int, int]] = field(default_factory=list)
    """A code object and the index by which its parent's constants hold it, for each that has a parent."""
    statuses: list[FileStatus] = field(default_factory=list)
    warned: list[Warned] = field(default_factory=list)

    def column(self, name: str) -> list[Any]:
        """One attribute of every code object."""
        return list(map(attrgetter(name), self.codes))

    def add(self, file: CompiledFile, nested: Nested) -> None:
        """Add a file with its code objects."""
        first = len(self.codes)
        self.files.append(file)
        self.codes += nested.codes
        self.parents += [parent + first if parent >= 0 else -1 for parent in nested.parents]
        self.loads += zip(range(first + 1, len(self.codes)), nested.slots[1:], strict=True)


@dataclass(slots=True)
class Nested:
    """A module's code object and all that are inside it, in preorder."""

    codes: list[Code] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    """Index among the parent's constants."""


def nested_codes(module: CodeType) -> Nested:
    """The code object and those among its constants, and among theirs, without recursion: they nest deeply."""
    nested = Nested()
    pending = [(module, -1, -1)]
    while pending:
        code, parent, slot = pending.pop()
        place = len(nested.codes)
        kept = Code._make(_attributes(code))
        nested.codes.append(kept)
        nested.parents.append(parent)
        nested.slots.append(slot)
        pending += reversed([(child, place, at) for at, child in _children(kept)])
    return nested


def _children(code: Code) -> Iterator[tuple[int, CodeType]]:
    return ((at, constant) for at, constant in enumerate(code.consts) if constant.__class__ is CodeType)
