"""A repository at a glance, as one self-contained SVG: panels of bars, each of which is a row of the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

Summary = Mapping[str, Mapping[str, int]]
"""Metric → detail → value, as in `repository_summary`."""

_LABEL, _BAR, _VALUE, _ROW, _HEAD, _PAD = 190, 180, 80, 17, 26, 16
_WIDTH = _LABEL + _BAR + _VALUE
_COLUMNS, _MOST = 2, 12
_INK, _QUIET, _TRACK = "#2b3440", "#6b7787", "#eef1f5"
_LAYERS = {"extract": "#6fb98f", "normalize": "#6f9bd8", "cpg": "#a283cf"}
_FILL, _WARN = "#6f9bd8", "#d98a6f"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its length as a share of the panel's, and what stands beside it."""

    label: str
    share: float
    text: str
    fill: str = _FILL


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer in bars."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def height(self) -> int:
        """The room it takes, with what separates it from the next."""
        return _HEAD + _ROW * max(1, len(self.bars)) + _PAD


def as_summary(rows: Iterable[Mapping[str, object]]) -> dict[str, dict[str, int]]:
    """The rows of one repository's `repository_summary` by metric and detail."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(str(row["metric"]), {})[str(row["detail"])] = int(str(row["value"]))
    return found


def summary_panels(summary: Summary) -> tuple[Panel, ...]:
    """What is drawn: size by layer, coverage, what is known of calls, nodes, edges, largest files."""
    calls, resolved = sum(_of(summary, "calls").values()), sum(_of(summary, "resolved_calls").values())
    unresolved = {
        question.removeprefix("call: "): count
        for question, count in _of(summary, "unresolved").items()
        if question.startswith("call: ")
    }
    rate = f"{resolved:,} of {calls:,} calls resolved ({_percent(resolved, calls)}), by method"
    return (
        Panel("Rows by layer", _rows_by_layer(summary)),
        Panel("Covered, by analysis", _coverage(summary)),
        Panel(rate, _bars(_of(summary, "resolved_calls"), calls)),
        Panel("Calls not wholly resolved, by reason", _bars(unresolved, calls, _WARN)),
        *_knowledge_of_calls(summary, calls, resolved),
        Panel("Nodes by kind", _bars(_of(summary, "nodes"))),
        Panel("Edges by kind", _bars(_of(summary, "edges"))),
        Panel("Largest files, in lines", _bars(_of(summary, "largest_files"))),
        Panel("Imports, by what they lead to", _bars(_of(summary, "imports"))),
    )


def summary_svg(repository: str, summary: Summary) -> str:
    """The drawing; every text is escaped, nothing outside the file is referred to."""
    files, lines = _of(summary, "files").get("ok", 0), _of(summary, "lines").get("", 0)
    title = f"{repository}: {files:,} files, {lines:,} lines"
    shapes, bottom = _placed(summary_panels(summary))
    width = _COLUMNS * (_WIDTH + _PAD) + _PAD
    size = f'width="{width}" height="{bottom}" viewBox="0 0 {width} {bottom}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui,Helvetica,Arial,sans-serif" '
        f'font-size="11">\n<title>{_text(title)}</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="{_PAD}" y="24" font-size="16" font-weight="bold" fill="{_INK}">{_text(title)}</text>\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


def _knowledge_of_calls(summary: Summary, calls: int, resolved: int) -> Iterator[Panel]:
    """How many calls are closed and why others are not, how many callees they may have, and which evidence says so."""
    completeness, evidence = _of(summary, "completeness"), _of(summary, "candidates")
    closed, single = completeness.get("closed", 0), _of(summary, "candidates_per_call").get("1", 0)
    candidates = sum(evidence.values())
    several = f"{candidates / resolved:.2f} callees a resolved call" if resolved else "No resolved calls"
    yield Panel(f"{closed:,} of {calls:,} calls closed ({_percent(closed, calls)})", _bars(completeness, calls))
    yield Panel("Calls not closed, by reason", _bars(_of(summary, "not_closed"), calls, _WARN))
    yield Panel(
        f"{several}, {_percent(single, resolved)} have one", _bars(_of(summary, "candidates_per_call"), resolved)
    )
    yield Panel("Callees, by the evidence that has them", _bars(evidence, candidates))
    yield Panel("Resolved calls, by who knows a callee", _bars(_of(summary, "agreement"), resolved))


def _rows_by_layer(summary: Summary) -> tuple[Bar, ...]:
    graph = {f"cpg: {name}": sum(_of(summary, name).values()) for name in ("nodes", "edges")}
    rows = {**_of(summary, "rows"), **graph}
    most = max(rows.values(), default=0)
    ordered = sorted(rows.items(), key=lambda row: (list(_LAYERS).index(row[0].split(":")[0]), -row[1], row[0]))
    return tuple(
        Bar(name, value / most if most else 0, f"{value:,}", _LAYERS[name.split(":")[0]]) for name, value in ordered
    )


def _coverage(summary: Summary) -> tuple[Bar, ...]:
    covered = _of(summary, "covered")
    return tuple(
        Bar(subject, covered.get(subject, 0) / total, f"{_percent(covered.get(subject, 0), total)} of {total:,}")
        for subject, total in sorted(_of(summary, "coverable").items())
        if total
    )


def _bars(values: Mapping[str, int], whole: int | None = None, fill: str = _FILL) -> tuple[Bar, ...]:
    """The largest values first, the others together; with `whole`, each as a share of it, too."""
    ordered = sorted(((name, value) for name, value in values.items() if value), key=lambda row: (-row[1], row[0]))
    shown, others = ordered[:_MOST], sum(value for _, value in ordered[_MOST:])
    shown += [(f"{len(ordered) - _MOST} others", others)] if others else []
    most = max((value for _, value in shown), default=0)
    share = "" if whole is None else " ({})"
    return tuple(
        Bar(name, value / most, f"{value:,}{share.format(_percent(value, whole or 0))}", fill) for name, value in shown
    )


def _placed(panels: Sequence[Panel]) -> tuple[list[str], int]:
    """The shapes of all panels, each below the shortest column so far, and where the last one ends."""
    ends = [40] * _COLUMNS
    shapes: list[str] = []
    for panel in panels:
        column = ends.index(min(ends))
        shapes += _drawn(panel, _PAD + column * (_WIDTH + _PAD), ends[column])
        ends[column] += panel.height
    return shapes, max(ends)


def _drawn(panel: Panel, x: int, y: int) -> Iterator[str]:
    yield f'<text x="{x}" y="{y + 16}" font-weight="bold" fill="{_INK}">{_text(panel.title)}</text>'
    if not panel.bars:
        yield f'<text x="{x}" y="{y + _HEAD + 11}" fill="{_QUIET}">none</text>'
    for place, bar in enumerate(panel.bars):
        top = y + _HEAD + place * _ROW
        label, end = _text(_short(bar.label)), x + _LABEL - 8
        yield f'<text x="{end}" y="{top + 11}" text-anchor="end" fill="{_INK}">{label}</text>'
        yield f'<rect x="{x + _LABEL}" y="{top + 2}" width="{_BAR}" height="{_ROW - 5}" fill="{_TRACK}" rx="2"/>'
        width = max(1.0, bar.share * _BAR)
        yield (
            f'<rect x="{x + _LABEL}" y="{top + 2}" width="{width:.1f}" height="{_ROW - 5}" fill="{bar.fill}" rx="2">'
            f"<title>{_text(bar.label)}: {_text(bar.text)}</title></rect>"
        )
        yield f'<text x="{x + _LABEL + _BAR + 6}" y="{top + 11}" fill="{_QUIET}">{_text(bar.text)}</text>'


def _of(summary: Summary, metric: str) -> Mapping[str, int]:
    return summary.get(metric, {})


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "none"


def _short(label: str, most: int = 30) -> str:
    """The end of a long label: of a path, that is the file."""
    return label if len(label) <= most else f"…{label[1 - most :]}"


def _text(text: str) -> str:
    # Control characters are not XML at all, escaped or not.
    return escape("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text), {'"': "&quot;"})
