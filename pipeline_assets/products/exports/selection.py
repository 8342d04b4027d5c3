"""Which nodes and edges are exported, as SQL over the views `nodes`, `edges`, `files` and `property_maps`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline_assets.store.columns import literal


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of one repository's graph; what is not said does not limit.

    With `edges` or `file` those edges are kept that are of these kinds, and that the text of such a file shows; with
    `kinds`, both ends must be of these. Nodes are kept when they are of these kinds, and with `edges` or `file` when an
    edge is kept that joins them; nodes in such a file are kept in any case, if `edges` says nothing.
    """

    repository: str
    kinds: tuple[str, ...] | None = None
    edges: tuple[str, ...] | None = None
    file: str | None = None
    """Pattern of paths, with `*`, `?` and `[…]`."""

    def nodes(self) -> str:
        """The nodes with their file's path and their properties as JSON, in the order of their ids."""
        ends = (
            " WHERE n.node_id IN (SELECT e.src FROM chosen_edges AS e UNION ALL SELECT e.dst FROM chosen_edges AS e)"
            + ("" if self.edges is not None else f" OR n.file_id IN ({self._files()})")
        )
        return (
            f"{self._common()} SELECT n.*, f.path, p.properties FROM chosen_nodes AS n "
            "LEFT JOIN files AS f ON f.repository = n.repository AND f.file_id = n.file_id "
            "LEFT JOIN property_maps AS p ON p.repository = n.repository AND p.entity_id = n.node_id"
            f"{ends if self._is_by_edge else ''} ORDER BY n.node_id"
        )

    def all_edges(self) -> str:
        """The edges, in the order of where they start."""
        return f"{self._common()} SELECT e.* FROM chosen_edges AS e ORDER BY e.src, e.edge_id"

    def of_kinds(self, known: Iterable[str]) -> Selection:
        """The part of this selection whose nodes are of these kinds."""
        allowed = tuple(known)
        kinds = allowed if self.kinds is None else tuple(kind for kind in self.kinds if kind in allowed)
        return replace(self, kinds=kinds)

    @property
    def _is_by_edge(self) -> bool:
        return self.edges is not None or self.file is not None

    def _common(self) -> str:
        """The CTEs `chosen_nodes`, by kind alone, and `chosen_edges`."""
        repository = literal(self.repository)
        nodes = [f"n.repository = {repository}", *_among("n.kind", self.kinds)]
        edges = [f"e.repository = {repository} AND e.dst_repository = {repository}", *_among("e.kind", self.edges)]
        if self.file is not None:
            edges.append(f"e.file_id IN ({self._files()})")
        if self.kinds is not None:
            edges += [f"e.{end} IN (SELECT n.node_id FROM chosen_nodes AS n)" for end in ("src", "dst")]
        return (
            f"WITH chosen_nodes AS (SELECT n.* FROM nodes AS n WHERE {' AND '.join(nodes)}), "
            f"chosen_edges AS (SELECT e.* FROM edges AS e WHERE {' AND '.join(edges)})"
        )

    def _files(self) -> str:
        repository, pattern = literal(self.repository), literal(self.file or "")
        return f"SELECT f.file_id FROM files AS f WHERE f.repository = {repository} AND f.path GLOB {pattern}"


def _among(column: str, words: tuple[str, ...] | None) -> list[str]:
    """The condition that a column holds one of the words; none where nothing is said."""
    if words is None:
        return []
    return [f"{column} IN ({', '.join(map(literal, words))})" if words else "false"]
