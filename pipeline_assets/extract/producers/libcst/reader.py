"""Reading one file with LibCST: tree, scopes and facts, as data that keeps no node alive.

Imports LibCST: import this module inside a parse stage only.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from typing import TypeVar

import libcst as cst
import numpy as np
import numpy.typing as npt

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.ids import MOST_ROWS
from pipeline_assets.extract.producers.libcst.contracts import MOST_CHARACTERS
from pipeline_assets.extract.producers.libcst.facts import FACTS, Row
from pipeline_assets.extract.producers.libcst.rows import FoundFile, FoundNodes
from pipeline_assets.extract.producers.libcst.scopes import PROVIDERS, Contexts, Scopes, contexts
from pipeline_assets.extract.producers.libcst.tree import CODES, FIELDS, KINDS, CstTree, Unfaithful, plant
from pipeline_assets.extract.producers.libcst.view import View
from pipeline_assets.extract.text import line_spans

__all__ = ["FIELDS", "KINDS", "ParserPanic", "TooManyNodes", "Unfaithful", "libcst_version", "on_deep_stack", "read"]

STACK_BYTES = 1 << 28
"""LibCST's parser, written in Rust, recurses on the stack of the thread, and dies where a usual one ends."""

FRAMES = 150_000
"""Levels of Python calls; interpreters before 3.12 need part of the stack for some of them."""

_PLACE = re.compile(r"error at (\d+):(\d+)")
_NEWLINES = {"\n": "lf", "\r\n": "crlf", "\r": "cr"}
_TEXTUAL = (
    cst.Name,
    cst.Integer,
    cst.Float,
    cst.Imaginary,
    cst.SimpleString,
    cst.FormattedStringText,
    cst.TemplatedStringText,
    cst.SimpleWhitespace,
    cst.Comment,
    cst.Newline,
    cst.NotEqual,
)
"""Classes of nodes that hold their text."""

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class ParserSyntaxError(SyntaxError):
    """LibCST's error of this name, with line and column where Python's has them."""


class ParserPanic(Exception):
    """LibCST's parser gave up on a condition it takes for impossible."""


class TooManyNodes(Exception):
    """The file has more nodes than ids leave room for."""


@cache
def libcst_version() -> str:
    """LibCST's version."""
    return version("libcst")


def read(file: SourceFile, canonical: bytes, encoding: str) -> tuple[FoundFile, Exception | None]:
    """Everything LibCST tells about a file, and the error that kept its scopes from being known, if one did.

    Raises `ParserSyntaxError`, `ParserPanic`, `Unfaithful`, `TooManyNodes`, and whatever else a parser may raise.
    """
    tree = _plant(canonical)
    stored = contexts(tree)
    scopes, problem = _scopes(tree, stored)
    view = View(tree, canonical, stored, scopes)
    facts = {dataset: sorted(reader(view), key=_first) for dataset, reader in FACTS.items()}
    if scopes is not None:
        scopes.release()
    starts = line_spans(canonical)[0]
    manifest = _manifest(tree, encoding, scopes is not None)
    return FoundFile(file, _nodes(view), starts, facts, manifest), problem


def on_deep_stack(work: Callable[[Argument], Result], argument: Argument) -> Result:
    """Do some work in a thread with room for deep recursion; raises what it raises."""
    done: list[Result] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work(argument))
        except BaseException as error:
            failure.append(error)

    frames, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    try:
        sys.setrecursionlimit(FRAMES)
        thread = threading.Thread(target=run, name="libcst")
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(frames)
    if failure:
        raise failure[0]
    return done[0]


def _plant(canonical: bytes) -> CstTree:
    try:
        tree = plant(canonical)
    except cst.ParserSyntaxError as error:
        raise _syntax_error(error) from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # derives from BaseException, and has no public name
            raise ParserPanic(str(error)) from None
        raise
    if len(tree.nodes) > MOST_ROWS:
        raise TooManyNodes(f"the file has {len(tree.nodes):,} nodes and ids leave room for {MOST_ROWS:,}")
    return tree


def _syntax_error(error: cst.ParserSyntaxError) -> ParserSyntaxError:
    """The first lines of what LibCST says; the place is part of the text, if it is known at all."""
    message = error.message.partition("\n\n")[0]
    place = _PLACE.search(message)
    line, column = (int(place[1]), int(place[2])) if place else (None, None)
    return ParserSyntaxError(message, (None, line, column, None))


def _scopes(tree: CstTree, stored: Contexts) -> tuple[Scopes | None, Exception | None]:
    try:
        return Scopes(tree, stored), None
    except Exception as error:  # whatever fails in there, the tree is known
        return None, error


def _nodes(view: View) -> FoundNodes:
    tree = view.tree
    layout = tree.layout
    texts, cut = _texts(tree)
    starts, ends = layout.own
    empty = (tree.kinds == CODES[cst.SimpleWhitespace]) & (starts == ends)
    return FoundNodes(
        kinds=tree.kinds,
        fields=tree.fields,
        places=tree.places,
        parents=layout.parents,
        owners=view.owners,
        depths=layout.depths,
        subtree_ends=layout.subtree_ends,
        starts=starts,
        ends=ends,
        outer_starts=layout.outer[0],
        outer_ends=layout.outer[1],
        texts=texts,
        cut=cut,
        kept=~empty,
    )


def _texts(tree: CstTree) -> tuple[list[str | None], npt.NDArray[np.bool_]]:
    """The text of every node that holds one, and whether it was cut."""
    texts: list[str | None] = [None] * len(tree.nodes)
    cut = np.zeros(len(tree.nodes), bool)
    for row in tree.of(*_TEXTUAL):
        text = tree.nodes[row].value
        if text is not None and len(text) > MOST_CHARACTERS:
            text, cut[row] = text[:MOST_CHARACTERS], True
        texts[row] = text
    return texts, cut


def _manifest(tree: CstTree, encoding: str, has_scopes: bool) -> dict[str, object]:
    module = tree.module
    return {
        "libcst_version": libcst_version(),
        "nodes": len(tree.nodes),
        "lossless": tree.dropped == 0,
        "dropped_bytes": tree.dropped,
        "encoding": encoding,
        "newline": _NEWLINES[module.default_newline],
        "indent": module.default_indent,
        "has_trailing_newline": module.has_trailing_newline,
        "providers": ",".join(PROVIDERS if has_scopes else PROVIDERS[:1]),
    }


def _first(row: Row) -> int:
    return int(row[0])
