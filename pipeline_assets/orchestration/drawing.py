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
from pipeline_assets.profiling import StageRun

_LETTER = 7.3
_ROW, _STEP, _GAP = 22, 28, 30
_WIDEST = 1080
_PAD = 12
_BARS = 480
_FONT = "font-family='ui-monospace,Menlo,Consolas,monospace' font-size='12'"
_INK, _LINE, _BOX, _DATASET = "#2b3440", "#8a97a8", "#e9edf3", "#dbe9ff"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    text: str
    fill: str

    @property
    def width(self) -> float:
        return len(self.text) * _LETTER + 2 * _PAD


@dataclass(frozen=True, slots=True)
class _Link:
    """One stage of the chain, or the output at its end, with the datasets that it takes in."""

    above: list[str]
    name: str
    fill: str

    @property
    def width(self) -> float:
        return max(len(text) for text in (self.name, *self.above)) * _LETTER + 2 * _PAD


def stage_drawing(stages: Sequence[StagePlan], output: str) -> str:
    """The stages of a task from left to right, each under the datasets that it takes in; long chains wrap."""
    links = [_Link([name for name in stage.inputs if "." not in name], stage.name, _BOX) for stage in stages]
    shapes: list[str] = []
    width, top = 0.0, float(_PAD)
    for row in _rows([*links, _Link([], output, _DATASET)]):
        tall = max(len(link.above) for link in row)
        line = top + tall * _STEP + (_GAP if tall else 0)
        shapes += _draw_row(row, top, line)
        width, top = max(width, _right(row)), line + _ROW + 2 * _PAD
    return _svg(width + _PAD, top - _PAD, shapes)


def waterfall_drawing(runs: Sequence[StageRun]) -> str:
    """What each stage took, one below the other, each beginning where the one before it ended."""
    label = max((len(run.stage) for run in runs), default=0) * _LETTER + 2 * _PAD
    scale = _BARS / max(sum(run.milliseconds for run in runs), 1e-9)
    shapes, x = [], label
    for row, run in enumerate(runs):
        y, width = _PAD + row * _ROW, run.milliseconds * scale
        bar = f"<rect x='{x:.1f}' y='{y + 4}' width='{max(width, 1):.1f}' height='{_ROW - 8}' fill='{_LINE}'/>"
        shapes.append(f"<text x='{_PAD}' y='{y + 15}' fill='{_INK}'>{_text(run.stage)}</text>{bar}")
        shapes.append(f"<text x='{x + width + 6:.1f}' y='{y + 15}' fill='{_INK}'>{run.milliseconds:.1f} ms</text>")
        x += width
    return _svg(label + _BARS + 120, 2 * _PAD + len(runs) * _ROW, shapes)


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


def _rows(links: Sequence[_Link]) -> Iterator[list[_Link]]:
    """Cut the chain so that no row is wider than the dialog that shows it."""
    row: list[_Link] = []
    for link in links:
        if row and _right([*row, link]) > _WIDEST:
            yield row
            row = []
        row.append(link)
    yield row


def _right(row: Sequence[_Link]) -> float:
    return _PAD + sum(link.width for link in row) + _GAP * len(row)


def _draw_row(row: Sequence[_Link], top: float, line: float) -> Iterator[str]:
    x, end = float(_PAD + _GAP), float(_PAD)
    for link in row:
        box = _Box(x, line, link.name, link.fill)
        yield from (_arrow(end, x, line + _ROW / 2), _draw(box))
        end = x + box.width
        for place, name in enumerate(link.above):
            yield _draw(_Box(x, top + place * _STEP, name, _DATASET))
        if link.above:
            yield _down(x + 16, top + (len(link.above) - 1) * _STEP + _ROW, line)
        x += link.width + _GAP


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
