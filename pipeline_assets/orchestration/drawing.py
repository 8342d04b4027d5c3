"""Small SVG drawings of a task's stages and of a dataset's column lineage, as `data:` images for the UI.

Every text is XML-escaped and every coordinate is ours, so nothing in a name can become markup.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from pipeline_assets.inference.manifest import DatasetPlan, Manifest, StagePlan, TaskPlan
from pipeline_assets.products.lineage_graph import ColumnEdge, ColumnLineage
from pipeline_assets.products.lineage_svg import lineage_svg

_LETTER = 7.3
_ROW = 22
_PAD = 12
_FONT = "font-family='ui-monospace,Menlo,Consolas,monospace' font-size='12'"
_INK, _LINE, _BOX, _DATASET = "#2b3440", "#8a97a8", "#f2f5f9", "#dbe9ff"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    text: str
    fill: str

    @property
    def width(self) -> float:
        return len(self.text) * _LETTER + 2 * _PAD

    @property
    def middle(self) -> float:
        return self.y + _ROW / 2


def stage_drawing(stages: Sequence[StagePlan], output: str) -> str:
    """The stages of a task from left to right, each under the datasets that it takes in."""
    extras = [[name for name in stage.inputs if "." not in name] for stage in stages]
    tall = max((len(names) for names in extras), default=0)
    line = _PAD + tall * (_ROW + 6) + 24
    boxes: list[_Box] = []
    arrows: list[str] = []
    x = float(_PAD)
    for stage, names in zip(stages, extras, strict=True):
        chain = _Box(x, line, stage.name, _BOX)
        above = [_Box(x, _PAD + i * (_ROW + 6), name, _DATASET) for i, name in enumerate(names)]
        if boxes:
            arrows.append(_arrow(_end_of_chain(boxes, line), chain.x, line + _ROW / 2))
        if above:
            arrows.append(_down(x + 16, above[-1].y + _ROW, line))
        boxes += [*above, chain]
        x += max(box.width for box in (chain, *above)) + 36
    last = _Box(x, line, output, _DATASET)
    arrows.append(_arrow(_end_of_chain(boxes, line), last.x, last.middle))
    return _svg(x + last.width + _PAD, line + _ROW + _PAD, [*arrows, *map(_draw, [*boxes, last])])


def lineage_drawing(dataset: DatasetPlan, task: TaskPlan, manifest: Manifest) -> str:
    """Which upstream columns flow into which columns of `dataset`, one task deep."""
    targets = tuple((dataset.name, column.name) for column in dataset.columns)
    edges = [
        ColumnEdge(source, target, task.name)
        for target in targets
        for source in task.column_lineage.get(".".join(target), ())
    ]
    columns = sorted({*targets, *(edge.source for edge in edges)})
    return lineage_svg(ColumnLineage(targets, tuple(columns), tuple(edges), ()), manifest)


def as_image(svg: str, title: str) -> str:
    """Markdown that shows the drawing; the drawing itself travels as base64, which holds no markup."""
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _end_of_chain(boxes: Sequence[_Box], line: float) -> float:
    last = [box for box in boxes if box.y == line][-1]
    return last.x + last.width


def _arrow(x1: float, x2: float, y: float) -> str:
    return f"<path d='M{x1:.0f},{y:.0f} H{x2 - 2:.0f}' stroke='{_LINE}' marker-end='url(#tip)'/>"


def _down(x: float, y1: float, y2: float) -> str:
    return f"<path d='M{x:.0f},{y1:.0f} V{y2 - 2:.0f}' stroke='{_LINE}' marker-end='url(#tip)'/>"


def _draw(box: _Box) -> str:
    frame = f"<rect x='{box.x:.0f}' y='{box.y:.0f}' width='{box.width:.0f}' height='{_ROW}' rx='4' fill='{box.fill}'/>"
    return f"{frame}<text x='{box.x + _PAD:.0f}' y='{box.y + 15:.0f}' fill='{_INK}'>{_text(box.text)}</text>"


def _text(text: str) -> str:
    # Control characters are not XML at all, escaped or not.
    return escape("".join(_printable(text)), {"'": "&apos;", '"': "&quot;"})


def _printable(text: Iterable[str]) -> Iterator[str]:
    return (letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _svg(width: float, height: float, shapes: Iterable[str]) -> str:
    head = f"<path d='M0,0 L6,3 L0,6' fill='none' stroke='{_LINE}'/>"
    tip = f"<marker id='tip' markerWidth='7' markerHeight='7' refX='6' refY='3' orient='auto'>{head}</marker>"
    size = f"width='{width:.0f}' height='{height:.0f}' viewBox='0 0 {width:.0f} {height:.0f}'"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size} {_FONT}><defs>{tip}</defs>{''.join(shapes)}</svg>"
