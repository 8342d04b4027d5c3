"""What the arguments of instructions stand for, as text: names, constants, operators, targets of jumps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline_assets.extract.producers.bytecode.code_objects import CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import Numbers
from pipeline_assets.extract.producers.bytecode.instructions import Instructions
from pipeline_assets.extract.producers.bytecode.opcodes import (
    DESCRIBED,
    HAS_CONSTANT,
    HAS_LOCAL,
    HAS_NAME,
    JUMPS,
    NAME_SHIFTS,
    OPCODES,
    PAIR_BITS,
    PAIRED,
    describe,
)

Rows = npt.NDArray[np.int64]

LONGEST_TEXT = 256
"""Characters of a constant that are kept: the whole of a literal is in the syntax."""

_ARGUMENTS = 256
_UNASKED, _NO_TEXT = -2, -1


@dataclass(frozen=True, slots=True)
class Arguments:
    """What each instruction's argument stands for."""

    texts: pa.DictionaryArray
    """Null where the argument stands for nothing but itself."""
    lengths: Numbers
    """Characters of a constant's whole text where it was cut; -1 for others."""
    units: Numbers
    """The code object that the constant is; -1 for others."""


@dataclass(slots=True)
class _Texts:
    """Texts, and the place among them of each instruction's; -1 for none."""

    pool: list[str]
    places: Numbers

    def add(self, rows: Rows, places: npt.NDArray[Any], texts: Iterable[str]) -> None:
        """Give `rows` the texts at `places` among `texts`."""
        self.places[rows] = places + len(self.pool)
        self.pool.extend(texts)


def read_arguments(objects: CodeObjects, instructions: Instructions) -> Arguments:
    """Look up what arguments refer to; `dis` says what arguments mean that refer to nothing."""
    texts = _Texts([], np.full(len(instructions), _NO_TEXT, np.int32))
    _add_names(texts, objects, instructions)
    _add_locals(texts, objects, instructions)
    _add_targets(texts, instructions)
    _add_descriptions(texts, instructions)
    lengths, units = _add_constants(texts, objects, instructions)
    pool = pa.array(texts.pool, pa.string()).dictionary_encode()
    codes = np.append(pool.indices.to_numpy(), _NO_TEXT)[texts.places]  # the last place is that of no text
    column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32(), mask=codes < 0), pool.dictionary)
    return Arguments(column, lengths, units)


def constant_texts(values: Iterable[Any]) -> list[str]:
    """The `repr` of each constant, spelled so that it is the same in every process."""
    return [repr(value) if type(value) in _PLAIN else _text(value) for value in values]


_PLAIN = frozenset({str, bytes, float, bool, type(None)})
"""Types whose `repr` always does."""


def _text(value: Any) -> str:
    kind = type(value)
    if kind is CodeType:
        return f"<code object {value.co_name}>"
    if kind is frozenset:
        return f"frozenset({{{', '.join(sorted(constant_texts(value)))}}})"
    try:
        return repr(value)
    except ValueError:  # integers with more digits than the interpreter converts to decimal
        return hex(value) if kind is int else f"({', '.join(constant_texts(value))},)"


def _add_names(texts: _Texts, objects: CodeObjects, instructions: Instructions) -> None:
    rows = np.flatnonzero(HAS_NAME[instructions.opcodes])
    lists = [code.names for code in objects.codes]
    indexes = instructions.arguments[rows] >> NAME_SHIFTS[instructions.opcodes[rows]]
    texts.add(rows, _firsts(lists)[instructions.units[rows]] + indexes, _joined(lists))


def _add_locals(texts: _Texts, objects: CodeObjects, instructions: Instructions) -> None:
    lists = [code.locals for code in objects.codes]
    firsts, names = _firsts(lists), _joined(lists)
    paired = PAIRED[instructions.opcodes]
    rows = np.flatnonzero(HAS_LOCAL[instructions.opcodes] & ~paired)
    texts.add(rows, firsts[instructions.units[rows]] + instructions.arguments[rows], names)
    rows = np.flatnonzero(paired)
    arguments, origins = instructions.arguments[rows], firsts[instructions.units[rows]]
    lower = origins + (arguments & ((1 << PAIR_BITS) - 1))
    both = zip((origins + (arguments >> PAIR_BITS)).tolist(), lower.tolist(), strict=True)
    texts.add(rows, np.arange(len(rows)), [f"{names[first]}, {names[second]}" for first, second in both])


def _add_targets(texts: _Texts, instructions: Instructions) -> None:
    rows = np.flatnonzero(JUMPS[instructions.opcodes])
    offsets, places = np.unique(2 * instructions.positions[instructions.targets[rows]], return_inverse=True)
    texts.add(rows, places, map(str, offsets.tolist()))


def _add_constants(texts: _Texts, objects: CodeObjects, instructions: Instructions) -> tuple[Numbers, Numbers]:
    """The lengths of what is too long and the code objects among the constants, by instruction."""
    lists = [code.consts for code in objects.codes]
    firsts = _firsts(lists)
    constants = constant_texts([value for values in lists for value in values])
    sizes = np.fromiter(map(len, constants), np.int32, len(constants))
    loaded = np.full(len(constants), -1, np.int32)
    for unit, slot in objects.loads:
        loaded[firsts[objects.parents[unit]] + slot] = unit
    rows = np.flatnonzero(HAS_CONSTANT[instructions.opcodes])
    places = firsts[instructions.units[rows]] + instructions.arguments[rows]
    for place in np.flatnonzero(sizes > LONGEST_TEXT).tolist():
        constants[place] = constants[place][:LONGEST_TEXT]
    texts.add(rows, places, constants)
    lengths, units = np.full((2, len(instructions)), -1, np.int32)
    lengths[rows] = np.where(sizes > LONGEST_TEXT, sizes, -1)[places]
    units[rows] = loaded[places]
    return lengths, units


def _firsts(lists: list[tuple[Any, ...]]) -> Rows:
    """Where each list begins when they are joined."""
    sizes = np.fromiter(map(len, lists), np.int64, len(lists))
    return np.cumsum(sizes) - sizes


def _joined(lists: list[tuple[str, ...]]) -> list[str]:
    return [name for names in lists for name in names]


def _add_descriptions(texts: _Texts, instructions: Instructions) -> None:
    rows = np.flatnonzero(DESCRIBED[instructions.opcodes] & (instructions.arguments < _ARGUMENTS))
    codes = _descriptions.codes(instructions.opcodes[rows].astype(np.int64), instructions.arguments[rows])
    said = codes >= 0
    texts.add(rows[said], codes[said], _descriptions.texts)


class _Descriptions:
    """What `dis` says about small arguments, asked once in a process: larger ones are numbers only."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes = np.full(OPCODES * _ARGUMENTS, _UNASKED, np.int32)

    def codes(self, opcodes: Rows, arguments: Numbers) -> Numbers:
        """Places in `texts`, negative where there is nothing to say."""
        places = opcodes * _ARGUMENTS + arguments
        for place in np.unique(places[self._codes[places] == _UNASKED]).tolist():
            self._codes[place] = self._ask(*divmod(place, _ARGUMENTS))
        codes: Numbers = self._codes[places]
        return codes

    def _ask(self, opcode: int, argument: int) -> int:
        text = describe(opcode, argument)
        if text is None:
            return _NO_TEXT
        self.texts.append(text)
        return len(self.texts) - 1


_descriptions = _Descriptions()
