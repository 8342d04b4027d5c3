"""The product's tables of the watched files, by code unit, so that what was seen can be looked up in them."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from pipeline_assets.api import Graph
from pipeline_assets.project import load_project
from pipeline_assets.runner import Session
from pipeline_assets.settings import Settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.judge.data_flow import DataFlow
from pipeline_tests.judge.observed import Key, code_objects
from pipeline_tests.judge.recorder import identity

WANTED = (
    *(
        "files",
        "code_units",
        "instructions",
        "blocks",
        "block_edges",
        "name_resolutions",
        "anchors",
        "silent_statements",
    ),
    *("cfg_blocks", "cfg_nodes", "cfg_edges", "def_use", "reaching_defs", "syntax_flow"),
)
"""What the checks read. No type checker is asked: it takes most of the time and says nothing of control flow."""


class Way(NamedTuple):
    """An edge of `cfg_edges`."""

    kind: str
    is_exceptional: bool
    node: int
    """The node after which it is taken."""


@dataclass
class Unit:
    """One code unit: its instructions without EXTENDED_ARG, by position."""

    unit_id: int
    path: str
    qualname: str
    kind: str
    offsets: list[int] = field(default_factory=list)
    opnames: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    instructions: list[int] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    edges: set[tuple[int, int, str]] = field(default_factory=set)
    """Of `block_edges`: source, target, kind."""
    flow: dict[tuple[int, int], set[Way]] = field(default_factory=dict)
    """Of `cfg_edges`: by source and target."""
    reachable: dict[int, bool] = field(default_factory=dict)
    """Of `cfg_blocks`: whether the entry leads to each block that is kept."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """First and last line of each block of `cfg_blocks`."""
    exits: set[int] = field(default_factory=set)
    """Blocks of `cfg_blocks` that are the exit."""
    raising: set[int] = field(default_factory=set)
    """Blocks of `cfg_blocks` in which something may raise."""

    @cached_property
    def places(self) -> dict[int, int]:
        """Position by offset."""
        return {offset: place for place, offset in enumerate(self.offsets)}

    @cached_property
    def firsts(self) -> dict[int, int]:
        """Position of each block's first instruction."""
        found: dict[int, int] = {}
        for place, block in enumerate(self.blocks):
            found.setdefault(block, place)
        return found

    def is_last(self, place: int) -> bool:
        """Whether an instruction is its block's last."""
        return place + 1 == len(self.blocks) or self.blocks[place + 1] != self.blocks[place]

    def at(self, place: int) -> str:
        """An instruction, for people."""
        return f"{self.opnames[place]} at {self.offsets[place]} (line {self.lines[place]})"


class Tables:
    """Every wanted dataset of the files below a folder, made by the product itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._graph, self.datasets = _built(root)
        self.units: dict[int, Unit] = {}
        self.by_key: dict[Key, int] = {}
        self._read()

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """Rows of a query over the datasets."""
        table = self._graph.sql(text)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def has(self, *datasets: str) -> bool:
        """Whether the product makes these datasets."""
        return self.datasets.issuperset(datasets)

    def overlooked(self) -> dict[Key, frozenset[int]]:
        """Offsets in blocks that `cfg_blocks` leaves out."""
        found = {}
        for key, number in self.by_key.items() if self.has("cfg_blocks") else ():
            unit = self.units[number]
            left_out = [o for o, b in zip(unit.offsets, unit.blocks, strict=True) if b not in unit.reachable]
            if left_out:
                found[key] = frozenset(left_out)
        return found

    @cached_property
    def resolutions(self) -> dict[tuple[int, int], tuple[str, str, str | None]]:
        """Name, resolution and reason by instruction and part."""
        query = """
            SELECT instruction_id, part, name, resolution, name_resolutions.reason
            FROM anchors JOIN name_resolutions USING (repository, file_id, node_id)
        """
        return {(row[0], row[1]): row[2:] for row in self.sql(query)}  # type: ignore[misc]

    @cached_property
    def data_flow(self) -> DataFlow:
        """Uses with the definitions that reach them."""
        return DataFlow(
            self.sql(
                """SELECT event_id, coalesce(instruction_id, code_unit_id),
                          CASE WHEN instruction_id IS NULL THEN -1 ELSE part END, variable, event, node_id,
                          is_possibly_unbound
                   FROM def_use WHERE event <> 'delete'"""
            ),
            self.sql("SELECT use_event_id, def_event_id, is_must FROM reaching_defs"),
        )

    @cached_property
    def anchored(self) -> dict[tuple[int, int], int]:
        """The syntax node whose work an instruction does, by instruction and part."""
        query = """SELECT instruction_id, part, node_id FROM anchors JOIN ast_nodes USING (repository, file_id, node_id)
                   WHERE is_evaluation AND kind NOT IN ('Pass', 'Break', 'Continue')"""
        return {(row[0], row[1]): row[2] for row in self.sql(query)}

    @cached_property
    def dead_nodes(self) -> set[int]:
        """Syntax nodes that are dead on every way."""
        query = "SELECT src_node FROM syntax_flow WHERE src_node IS NOT NULL GROUP BY src_node HAVING bool_and(is_dead)"
        return {node for (node,) in self.sql(query)}

    @cached_property
    def dead_lines(self) -> dict[str, set[int]]:
        """Lines, by file, on which there is dead syntax and nothing else."""
        found: dict[str, set[int]] = {}
        query = """
            SELECT path, n.line FROM (
                SELECT repository, file_id, src_node AS node_id FROM syntax_flow WHERE src_node IS NOT NULL
                GROUP BY ALL HAVING bool_and(is_dead)
            ) JOIN ast_nodes AS n USING (repository, file_id, node_id) JOIN files USING (repository, file_id)
            WHERE (n.file_id, n.line) NOT IN (SELECT (file_id, line) FROM instructions WHERE line IS NOT NULL)
        """
        for path, line in self.sql(query):
            found.setdefault(path, set()).add(line)
        return found

    def close(self) -> None:
        """Remove the tables."""
        self._graph.close()

    # -- reading

    def _read(self) -> None:
        query = """SELECT code_unit_id, path, qualname, u.kind
                   FROM code_units AS u JOIN files USING (repository, file_id) ORDER BY code_unit_id"""
        for number, path, qualname, kind in self.sql(query):
            self.units[number] = Unit(number, path, qualname, kind)
        query = """SELECT code_unit_id, "offset", opname, block_id, instruction_id, line FROM instructions
                   WHERE opname <> 'EXTENDED_ARG' ORDER BY instruction_id"""
        for number, *row in self.sql(query):
            unit = self.units[number]
            columns: list[list[Any]] = [unit.offsets, unit.opnames, unit.blocks, unit.instructions, unit.lines]
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        for number, *edge in self.sql("SELECT code_unit_id, src_block_id, dst_block_id, kind FROM block_edges"):
            self.units[number].edges.add(tuple(edge))  # type: ignore[arg-type]
        self._read_flow()
        self.by_key = dict(self._keys())

    def _read_flow(self) -> None:
        if not self.has("cfg_blocks", "cfg_edges"):
            return
        query = """SELECT code_unit_id, cfg_block_id, kind, origin, is_reachable, can_raise, line, end_line
                   FROM cfg_blocks
                   WHERE code_unit_id IS NOT NULL"""
        owners = {}
        for number, block, kind, origin, is_reachable, can_raise, line, end_line in self.sql(query):
            unit = self.units[number]
            owners[block] = unit
            if kind == "exit":
                unit.exits.add(block)
            elif origin == "bytecode":
                unit.reachable[block] = is_reachable
                unit.raising |= {block} if can_raise else set()
            if line is not None:
                unit.spans.append((line, end_line))
        for source, target, *way in self.sql(
            "SELECT src_block_id, dst_block_id, kind, is_exceptional, src_node_id FROM cfg_edges"
        ):
            if source in owners:
                owners[source].flow.setdefault((source, target), set()).add(Way(*way))

    def _keys(self) -> Iterator[tuple[Key, int]]:
        """Compile the files once more, in the order of the units."""
        by_path: dict[str, list[int]] = {}
        for number, unit in self.units.items():
            by_path.setdefault(unit.path, []).append(number)
        for path, numbers in by_path.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module = compile((self.root / path).read_bytes(), path, "exec", dont_inherit=True, optimize=0)
            for code, number in zip(code_objects(module), numbers, strict=True):
                assert code.co_qualname == self.units[number].qualname
                yield identity(path, code), number


def _built(root: Path) -> tuple[Graph, set[str]]:
    """Run the product's tasks that lead to what is wanted, in a warehouse of its own."""
    project = load_project()
    made_by = {output: task.name for task in project.manifest.tasks for output in task.outputs}
    there = [name for name in WANTED if name in made_by]
    needed = {made_by[name] for name in there}
    needed |= {node.name for name in there for node in project.graph.ancestors("dataset", name) if node.kind == "task"}
    temporary = tempfile.TemporaryDirectory(prefix="judge-")
    warehouse = Warehouse.create(Path(temporary.name))
    warehouse.register("judged", root, layers=("-pyrefly", "-git", "-tree_sitter"))
    settings = Settings(warehouse=Path(temporary.name), workers=1)
    with Session(project, warehouse, "judged", settings, "judge") as session:
        for task in session.tasks():
            if task.name in needed:
                session.run_task(task.name)
        assert session.snapshot is not None
        return Graph(warehouse, session.snapshot, settings, temporary), {*there}
