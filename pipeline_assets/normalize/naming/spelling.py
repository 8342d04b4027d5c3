"""Names as numbers: every text once, and private names as the compiler spells them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline_assets.normalize.naming.lookup import Flags, Places


class Spellings:
    """The names of some files, each once; its code is its place. No name is -1."""

    def __init__(self, *columns: pa.ChunkedArray) -> None:
        chunks = [chunk for column in columns for chunk in column.chunks]
        encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
        self.texts: list[str] = encoded.dictionary.to_pylist()
        self._codes = {text: code for code, text in enumerate(self.texts)}
        codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        self._columns = np.split(codes, np.cumsum([len(column) for column in columns])[:-1])

    def codes(self, column: int) -> Places:
        """The codes of one of the columns."""
        return self._columns[column]

    def code(self, text: str) -> int:
        """The code of a name, which is new if need be."""
        if text not in self._codes:
            self._codes[text] = len(self.texts)
            self.texts.append(text)
        return self._codes[text]

    def column(self, codes: Places) -> pa.Array:
        """Names by their codes."""
        return pa.array(self.texts, pa.string()).take(pa.array(codes, mask=codes < 0))

    def mangled(self, codes: Places, classes: Places) -> Places:
        """Names as the compiler looks them up in code of the classes whose names are given."""
        private = np.flatnonzero((classes >= 0) & (codes >= 0))
        private = private[self._is_private()[codes[private]]]
        result = codes.copy()
        result[private] = self.combined(codes[private], classes[private], mangled)
        return result

    def combined(self, first: Places, second: Places, combine: Callable[[str, str], str]) -> Places:
        """The codes of what is made of pairs of names; each different pair is made once."""
        pairs, inverse = np.unique((first << 32) + second, return_inverse=True)
        texts = (
            combine(self.texts[one], self.texts[other])
            for one, other in zip((pairs >> 32).tolist(), (pairs & 0xFFFFFFFF).tolist(), strict=True)
        )
        return np.array([*map(self.code, texts)], np.int64)[inverse]

    def _is_private(self) -> Flags:
        return np.array([is_private(text) for text in self.texts], bool)


def is_private(name: str) -> bool:
    """Whether a class transforms the name."""
    return name.startswith("__") and not name.endswith("__") and "." not in name


def mangled(name: str, private_class: str) -> str:
    """`_C__x` for the private name `__x` in class `C`; a class named with underscores only transforms nothing."""
    stripped = private_class.lstrip("_")
    return f"_{stripped}{name}" if stripped else name
