"""What the stages of the bytecode layer hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline_assets.extract.ids import Ids
from pipeline_assets.extract.producers.bytecode.arguments import Arguments
from pipeline_assets.extract.producers.bytecode.basic_blocks import Blocks
from pipeline_assets.extract.producers.bytecode.code_objects import CodeObjects
from pipeline_assets.extract.producers.bytecode.code_tables import Numbers
from pipeline_assets.extract.producers.bytecode.instructions import Instructions
from pipeline_assets.extract.producers.bytecode.spans import Spans


@dataclass(frozen=True, slots=True)
class Decoded:
    """All code of a chunk, decoded; places are still counted through the chunk, ids say the same per file."""

    objects: CodeObjects
    instructions: Instructions
    arguments: Arguments
    spans: Spans
    kinds: Numbers
    unit_ids: Ids
    instruction_ids: Ids


@dataclass(frozen=True, slots=True)
class Program:
    """Decoded code and its blocks."""

    decoded: Decoded
    blocks: Blocks
    block_ids: Ids
