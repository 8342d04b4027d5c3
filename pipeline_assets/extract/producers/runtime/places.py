"""Where classes are written: they know their file, and until Python 3.13 not their line."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from pipeline_assets.extract.chunk import SourceFile
from pipeline_assets.extract.producers.runtime.report import Report
from pipeline_assets.extract.status import PARSER_ERRORS

Places = Mapping[tuple[str, str], int]


def class_lines(files: Mapping[str, SourceFile], reports: Iterable[Report]) -> Places:
    """By place of the file and qualified name: the first line of a class, if only one has the name."""
    wanted = {row[4] for report in reports for row in report.objects.values() if row[0] == "class" and row[4]}
    found: dict[tuple[str, str], int] = {}
    for place in sorted(wanted & set(files)):
        lines: dict[str, list[int]] = {}
        for name, line in _classes(files[place].content or b""):
            lines.setdefault(name, []).append(line)
        found |= {(place, name): several[0] for name, several in lines.items() if len(several) == 1}
    return found


def _classes(source: bytes) -> Iterator[tuple[str, int]]:
    try:
        pending: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
    except PARSER_ERRORS:
        return
    while pending:
        prefix, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, ast.ClassDef):
                yield prefix + child.name, min([child.lineno, *(each.lineno for each in child.decorator_list)])
                inner = f"{prefix}{child.name}."
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = f"{prefix}{child.name}.<locals>."
            pending.append((inner, child))
