"""Layers: what is extracted from a file, and which of it was asked for.

`files.layers` says how a repository departs from the default, as `+name` and `-name` joined by commas: a new extractor
needs no registration anywhere, and what is off is in the data for everyone to see.
"""

from __future__ import annotations

from collections.abc import Collection

from ibis.expr.types import BooleanValue, Table

REQUIRED = frozenset({"files", "ast", "symtable"})
"""Layers that the later ones are made from; they cannot be left out."""

GRAPH_OPTIONS = frozenset(
    {"graph_names", "graph_flow", "graph_instructions", "graph_tokens", "graph_tree_sitter", "graph_cst"}
)
"""Rows of what stays in datasets of its own otherwise, as nodes of the graph: they would double it."""

OPT_IN = frozenset({"cst", "scip", "runtime", "tree_sitter_nodes", "blame"}) | GRAPH_OPTIONS
"""Layers and options that are made only where they were asked for: slow, large, or in need of something given."""


class UnknownLayer(Exception):
    """A layer that cannot be asked for; says what can."""

    def __init__(self, layer: str, known: Collection[str]) -> None:
        super().__init__(layer, tuple(known))
        self.layer, self.known = layer, tuple(sorted(known))

    def __str__(self) -> str:
        if self.layer.removeprefix("-") in REQUIRED:
            return f"the layer {self.layer.removeprefix('-')} cannot be left out: the others are made from it"
        return f"there is no layer {self.layer.lstrip('+-')!r}; there are {', '.join(self.known)}"


def wanted(files: Table, layer: str) -> Table:
    """The files whose text could be read and that this layer is wanted for, with what reading them takes."""
    chosen = files.filter((files.status == "ok") & is_wanted(files, layer))
    return chosen.select("repository", "file_id", "path", "size", "sha256", "encoding", "bom")


def is_wanted(files: Table, layer: str) -> BooleanValue:
    """Whether a layer, or an option of one, is wanted for a file."""
    if layer in OPT_IN:
        return files.layers.contains(f"+{layer},")
    return ~files.layers.contains(f"-{layer},")


def chosen_layers(text: str, known: Collection[str]) -> tuple[str, ...]:
    """How a choice such as `+cst,-pyrefly` departs from the default; a bare name asks for it, as `+` does.

    Raises `UnknownLayer`.
    """
    choices = [choice.strip() for choice in text.split(",") if choice.strip()]
    return tuple(sorted({change for choice in choices for change in _changes(choice, known)}))


def _changes(choice: str, known: Collection[str]) -> tuple[str, ...]:
    name, leaves_out = choice.lstrip("+-"), choice.startswith("-")
    if name not in known or (leaves_out and name in REQUIRED):
        raise UnknownLayer(choice, known)
    departs = leaves_out != (name in OPT_IN)
    return ((f"-{name}" if leaves_out else f"+{name}"),) if departs else ()
