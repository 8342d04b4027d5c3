"""Column lineage as one self-contained SVG: datasets as boxes from left to right, columns as rows, flows as curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

from pipeline_assets.inference.manifest import ColumnRef, Manifest
from pipeline_assets.products.lineage_graph import ColumnLineage

_LETTER, _ROW, _HEAD, _PAD, _GAP = 7.3, 18, 24, 10, 90
_INK, _LINE, _BOX, _MARKED = "#2b3440", "#7c8aa0", "#f2f5f9", "#ffe9a8"
_HEADS: Mapping[str, str] = {"extract": "#cfe8d5", "normalize": "#cfe0f7", "cpg": "#e3d6f5", "products": "#f7dccf"}


@dataclass(frozen=True, slots=True)
class _Box:
    """One dataset with the columns that take part."""

    dataset: str
    columns: tuple[str, ...]
    x: float
    y: float
    width: float

    @property
    def height(self) -> float:
        return _HEAD + _ROW * len(self.columns) + 6

    def row(self, column: str) -> float:
        """The middle of a column's row."""
        return self.y + _HEAD + _ROW * (self.columns.index(column) + 0.5)


def lineage_svg(lineage: ColumnLineage, manifest: Manifest) -> str:
    """The drawing; every text is escaped, nothing outside the file is referred to."""
    boxes = {box.dataset: box for box in _layout(lineage, manifest)}
    curves = [_curve(boxes, edge.source, edge.target) for edge in lineage.edges]
    marked = set(lineage.start)
    drawn = [_drawn(box, manifest.dataset(box.dataset).layer, marked) for box in boxes.values()]
    width = max(box.x + box.width for box in boxes.values()) + _PAD
    height = max(box.y + box.height for box in boxes.values()) + _PAD
    title = _text(f"Lineage of {', '.join('.'.join(column) for column in lineage.start)}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="12">\n'
        f'<title>{title}</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
        + "\n".join([*curves, *drawn])
        + "\n</svg>\n"
    )


def _layout(lineage: ColumnLineage, manifest: Manifest) -> Iterator[_Box]:
    """Datasets in the order of their generations, one column of boxes each."""
    columns = {name: tuple(c for _, c in group) for name, group in groupby(lineage.columns, key=lambda c: c[0])}
    ranked = sorted(columns, key=lambda name: (_rank(manifest, name), name))
    x = float(_PAD)
    for _, group in groupby(ranked, key=lambda name: _rank(manifest, name)):
        names = list(group)
        width = max(_width(name, columns[name]) for name in names)
        yield from _stacked(names, columns, x, width)
        x += width + _GAP


def _rank(manifest: Manifest, dataset: str) -> int:
    producer = manifest.producer(dataset)
    return -1 if producer is None else producer.generation


def _width(name: str, columns: Sequence[str]) -> float:
    return max(map(len, (name, *columns))) * _LETTER + 2 * _PAD


def _stacked(names: Iterable[str], columns: Mapping[str, tuple[str, ...]], x: float, width: float) -> Iterator[_Box]:
    y = float(_PAD)
    for name in names:
        box = _Box(name, columns[name], x, y, width)
        yield box
        y += box.height + 16


def _curve(boxes: Mapping[str, _Box], source: ColumnRef, target: ColumnRef) -> str:
    left, right = boxes[source[0]], boxes[target[0]]
    x1, y1, x2, y2 = left.x + left.width, left.row(source[1]), right.x, right.row(target[1])
    bend = (x1 + x2) / 2
    path = f"M{x1:.0f},{y1:.0f} C{bend:.0f},{y1:.0f} {bend:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
    return f'<path d="{path}" fill="none" stroke="{_LINE}" stroke-width="1" opacity="0.7"/>'


def _drawn(box: _Box, layer: str, marked: set[ColumnRef]) -> str:
    frame = _rectangle(box.x, box.y, box.width, box.height, f'fill="{_BOX}" stroke="{_LINE}" rx="4"')
    head = _rectangle(box.x, box.y, box.width, _HEAD, f'fill="{_HEADS[layer]}" rx="4"')
    name = _label(box.x, box.y + 16, box.dataset, ' font-weight="bold"')
    return "\n".join([frame, head, name, *(_column(box, column, marked) for column in box.columns)])


def _column(box: _Box, column: str, marked: set[ColumnRef]) -> str:
    y = box.row(column)
    is_marked = (box.dataset, column) in marked
    mark = _rectangle(box.x + 1, y - _ROW / 2, box.width - 2, _ROW, f'fill="{_MARKED}"') if is_marked else ""
    return mark + _label(box.x, y + 4, column)


def _rectangle(x: float, y: float, width: float, height: float, style: str) -> str:
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" {style}/>'


def _label(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x + _PAD:.0f}" y="{y:.0f}" fill="{_INK}"{style}>{_text(text)}</text>'


def _text(text: str) -> str:
    # Control characters are not XML at all, escaped or not.
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), {'"': "&quot;"})
