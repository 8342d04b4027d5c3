"""Tiny programs are run, instruction by instruction: every read of a local sees a definition that was said to reach it.

The harness that judges whole libraries does the same at scale; this one is small and knows nothing but def_use.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from random import Random
from types import CodeType, FrameType
from typing import Any

from pipeline_tests.functional.normalize.data_flow.machine import PARAMETER, UNBOUND, all_codes
from pipeline_tests.functional.normalize.data_flow.solving import solved
from pipeline_tests.functional.normalize.data_flow.test_brute_force import compiled
from pipeline_tests.functional.normalize.data_flow.writer import Writer

RUNS = 12
MOST_EVENTS = 4_000

Source = tuple[int, int] | str
"""Offset and part of the instruction that gave a value, or how it was there at entry."""


class E(Exception):
    """What the programs raise and catch."""


class Stop(BaseException):
    """Ends a program that runs for too long."""


class Thing:
    """A value for which almost everything works."""

    def __iter__(self) -> Iterator[Thing]:
        return iter((Thing(), Thing()))

    def __len__(self) -> int:
        return 2

    def __getitem__(self, place: object) -> Thing:
        return Thing()

    def __add__(self, other: object) -> Thing:
        return self

    __radd__ = __add__


Sequence.register(Thing)


def _world(random: Random) -> dict[str, Any]:
    """What the programs call: anything may raise, and managers may suppress."""

    def value(*given: Any) -> Any:
        if random.random() < 0.08:
            raise E
        return random.choice((Thing(), [Thing(), 1], *given))

    class Manager:
        def __enter__(self) -> Any:
            return value()

        def __exit__(self, *error: object) -> bool:
            return random.random() < 0.5

    return {
        "E": E,
        "v": value,
        "m": Manager,
        "t": lambda *given: value() and random.random() < 0.5,
        "s": lambda *given: [Thing()] * random.randrange(3),
    }


class Watch:
    """Who gave each variable of each frame its value, told by the events of its instructions."""

    def __init__(self, events: dict[CodeType, dict[int, list[tuple[int, str, str]]]]) -> None:
        self.events = events
        self.held: dict[FrameType, dict[str, Source]] = {}
        self.pending: dict[FrameType, list[tuple[str, Source | None]]] = {}
        self.seen: set[tuple[CodeType, int, int, Source]] = set()
        self.count = 0

    def trace(self, frame: FrameType, event: str, _: object) -> Any:
        """A trace function."""
        if frame.f_code not in self.events:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self._step(frame)
        return self.trace

    def _step(self, frame: FrameType) -> None:
        self.count += 1
        if self.count > MOST_EVENTS:
            raise Stop
        held = self.held.setdefault(frame, _parameters(frame.f_code))
        for variable, source in self.pending.pop(frame, ()):  # what the last instruction stored, which cannot raise
            held.pop(variable, None) if source is None else held.update({variable: source})
        changes: list[tuple[str, Source | None]] = []
        given = dict(held)
        for part, event, variable in self.events[frame.f_code].get(frame.f_lasti, ()):
            if event != "use":
                source = (frame.f_lasti, part) if event == "def" else None
                changes.append((variable, source))
                given[variable] = source or UNBOUND
            elif given.get(variable, UNBOUND) != UNBOUND:  # or else it raises
                self.seen.add((frame.f_code, frame.f_lasti, part, given[variable]))
        self.pending[frame] = changes


def _parameters(code: CodeType) -> dict[str, Source]:
    return dict.fromkeys(code.co_varnames[: code.co_argcount], PARAMETER)


def test_what_is_read_was_said_to_reach() -> None:
    """Locals of functions, each told apart from a comprehension's by the product's own variables."""
    texts = {f"m{seed}.py": Writer(Random(seed), is_bound=True).text() for seed in range(150)}
    texts = {name: text for name, text in texts.items() if compiled(text)}
    connection = solved(texts)
    checked = sum(_check(connection, name, text) for name, text in texts.items())
    assert checked > 300


def _check(connection: Any, name: str, text: str) -> int:
    module = compiled(text)
    assert module
    units = connection.execute(
        "SELECT code_unit_id FROM code_units JOIN files USING (file_id) WHERE path = $name ORDER BY 1", {"name": name}
    ).fetchall()
    codes = dict(zip((unit for (unit,) in units), all_codes(module), strict=True))
    reaching = _reaching(connection, name, codes)
    watch = Watch(_events(connection, name, codes))
    for run in range(RUNS):
        _run(module, watch, Random(f"{name} {run}"))
    for code, offset, part, source in watch.seen:
        found = reaching[code, offset, part]
        assert source in found, (text, code.co_name, offset, part, source, found)
        assert not any(found.values()) or found[source], (text, code.co_name, offset, part, source, found)
    return len(watch.seen)


def _run(module: CodeType, watch: Watch, random: Random) -> None:
    world = _world(random)
    watch.count = 0
    exec(module, world)
    sys.settrace(watch.trace)
    try:
        result = world["f"](Thing(), Thing(), Thing())
        if hasattr(result, "throw"):
            list(result)
    except (Exception, Stop):
        pass  # the programs may fail as they like
    finally:
        sys.settrace(None)
        watch.held.clear()
        watch.pending.clear()


def _events(connection: Any, name: str, codes: dict[int, CodeType]) -> dict[CodeType, dict[int, list[Any]]]:
    """By code and offset: parts, events and variables, of those that no other code and no comprehension shares."""
    rows = connection.execute(
        """
        SELECT code_unit_id, i."offset", part, event, variable, variable_kind
        FROM def_use AS e JOIN instructions AS i USING (instruction_id, code_unit_id)
        JOIN files ON files.file_id = e.file_id
        WHERE path = $name ORDER BY ALL""",
        {"name": name},
    ).fetchall()
    mixed = {(unit, variable) for unit, _, _, _, variable, kind in rows if kind != "local"}
    own = _of_comprehensions(connection, name)
    found: dict[CodeType, dict[int, list[Any]]] = {code: defaultdict(list) for code in codes.values()}
    for unit, offset, part, event, variable, _ in rows:
        if (unit, variable) not in mixed | own:
            found[codes[unit]][offset].append((part, event, variable))
    return found


def _of_comprehensions(connection: Any, name: str) -> set[tuple[int, str]]:
    rows = connection.execute(
        """
        SELECT code_unit_id, variable FROM def_use JOIN files USING (file_id)
        WHERE path = $name AND way = 'comprehension'""",
        {"name": name},
    )
    return {*rows.fetchall()}


def _reaching(connection: Any, name: str, codes: dict[int, CodeType]) -> dict[Any, dict[Source, bool]]:
    """By code, offset and part of a use: the definitions that reach it, and whether they must."""
    rows = connection.execute(
        """
        SELECT u.code_unit_id, i."offset", u.part, j."offset", d.part, r.is_must
        FROM reaching_defs AS r JOIN files ON files.file_id = r.file_id JOIN def_use AS u ON u.event_id = use_event_id
        JOIN instructions AS i ON i.instruction_id = u.instruction_id
        JOIN def_use AS d ON d.event_id = def_event_id
        LEFT JOIN instructions AS j ON j.instruction_id = d.instruction_id
        WHERE path = $name AND method = 'flow'""",
        {"name": name},
    ).fetchall()
    found: dict[Any, dict[Source, bool]] = defaultdict(dict)
    for unit, offset, part, source, source_part, must in rows:
        found[codes[unit], offset, part][PARAMETER if source is None else (source, source_part)] = must
    return found
