"""The product's reaching definitions against all ways in which tiny programs can run: exactly the same."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from types import CodeType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_tests.functional.normalize.data_flow.machine import OUTSIDE, PARAMETER, UNBOUND, all_codes, reach
from pipeline_tests.functional.normalize.data_flow.solving import solved
from pipeline_tests.functional.normalize.data_flow.writer import Writer

NAMES = ("a", "b", "c", "g")


def compiled(text: str) -> CodeType | None:
    try:
        return compile(text, "sample", "exec", dont_inherit=True, optimize=0)
    except SyntaxError:
        return None


def programs(seeds: list[int]) -> dict[str, str]:
    """Programs that compile, by file name."""
    texts = {f"m{place}_{seed}.py": Writer(Random(seed)).text() for place, seed in enumerate(seeds)}
    return {name: text for name, text in texts.items() if compiled(text)}


def found_by_product(files: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """By file and code unit: by place of a read, what the product says of it."""
    connection = solved(files)
    rows = connection.execute(
        """
        SELECT path, code_unit_id, i."offset", e.part, e.event, e.variable, e.variable_kind, e.is_possibly_unbound,
            e.way,
            list((d.way, j."offset", d.part, r.method, r.is_must)) FILTER (r.use_event_id IS NOT NULL)
        FROM code_units AS u JOIN files USING (file_id) LEFT JOIN def_use AS e USING (code_unit_id)
        LEFT JOIN instructions AS i USING (instruction_id)
        LEFT JOIN reaching_defs AS r ON r.use_event_id = e.event_id
        LEFT JOIN def_use AS d ON d.event_id = r.def_event_id
        LEFT JOIN instructions AS j ON j.instruction_id = d.instruction_id
        GROUP BY ALL ORDER BY path, code_unit_id"""
    ).fetchall()
    units: dict[str, dict[int, dict[Any, Any]]] = defaultdict(lambda: defaultdict(dict))
    for path, unit, offset, part, event, variable, kind, unbound, way, sources in rows:
        found = units[path][unit]
        if event in ("use", "delete") and variable in NAMES:
            found[offset, part, event, variable] = (kind, unbound, way, sources or [])
    return {path: [*found.values()] for path, found in units.items()}


def check(files: dict[str, str]) -> int:
    """Compare everything; the number of reads that were compared."""
    compared = 0
    said = found_by_product(files)
    for path, text in files.items():
        module = compiled(text)
        assert module
        codes = list(all_codes(module))
        names = [name for name in NAMES if not any(_is_confused(code, name) for code in codes)]
        assert len(codes) == len(said[path])
        for code, found in zip(codes, said[path], strict=True):
            expected = {}
            for name in names:
                for reached in reach(code, module, name):
                    expected |= {(*place, "use", name): values for place, values in reached.uses.items()}
                    expected |= {(*place, "delete", name): values for place, values in reached.deletions.items()}
            live = {place for place, (_, _, _, sources) in found.items() if sources and place[3] in names}
            assert live <= expected.keys(), (text, code.co_name, live - expected.keys())
            for place, values in expected.items():
                _compare(found[place], values, place[2], f"{text}\n{code.co_name} {place} {values} {found[place]}")
                compared += 1
    return compared


def _is_confused(code: CodeType, name: str) -> bool:
    """Whether a class body reads a name from around it and lends a comprehension's of the same name.

    3.12.1 and 3.13.0 mix up the two, so that what they compile is not the program.
    """
    return name in code.co_cellvars and name in code.co_freevars


def _compare(found: Any, values: set[Any], event: str, shown: str) -> None:
    kind, unbound, way, sources = found
    flowing = {_value(source) for source in sources if source[3] == "flow"}
    wanted = {value for value in values if value != UNBOUND and (value != OUTSIDE or kind == "free")}
    if event == "use":
        assert flowing == wanted, shown
        if kind == "cell":
            others = any(source[3] != "flow" for source in sources)
            assert others <= (OUTSIDE in values) <= (others or unbound), shown  # others may only delete it
        if len(values) > 1:
            lines = [value for value in values if isinstance(value, tuple)]
            assert len(lines) == len(values) or not any(source[4] for source in sources), shown
        if len(values) == 1 and OUTSIDE not in values and UNBOUND not in values:
            assert all(source[4] for source in sources), shown
    if kind in ("local", "cell") and OUTSIDE not in values and way != "except_end":
        assert unbound == (UNBOUND in values), shown


def _value(source: Any) -> Any:
    way, offset, part, _, _ = source
    if way in ("closure", "parameter"):
        return OUTSIDE if way == "closure" else PARAMETER
    return (offset, part)


def test_written_programs() -> None:
    """Two hundred programs, always the same."""
    assert check(programs(list(range(260)))) > 1_500


@settings(max_examples=2, deadline=None)
@given(st.lists(st.integers(0, 2**32), min_size=40, max_size=60))
def test_other_programs(seeds: list[int]) -> None:
    """Others each time."""
    check(programs(seeds))
