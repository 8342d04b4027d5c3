"""Every name that is read resolves to the namespace in which it was really found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from pipeline_tests.judge.observed import Counts
from pipeline_tests.judge.recorder import UNBOUND
from pipeline_tests.judge.tables import Tables, Unit
from pipeline_tests.judge.verdicts import Verdict

EXPECTED = {
    "fast": {"local", "enclosing"},
    "cell": {"local", "enclosing"},
    "free": {"enclosing", "implicit"},
    "class": {"class", "implicit"},
    "globals": {"global", "local", "implicit"},
    "builtins": {"builtin"},
    "missing": {"unresolved", "global", "local", "class"},
}
"""Resolutions that agree with where a name was found.

`enclosing` is held in the frame's own variables where a comprehension runs in the scope around it (3.12); a module's
own variables are `local` in its code and `global` elsewhere; a name that was not found may be bound at other times.
"""


def name_check(tables: Tables) -> Callable[[Unit, Counts, Verdict], None]:
    """The check over these tables."""
    resolutions = tables.resolutions

    def check(unit: Unit, counts: Counts, verdict: Verdict) -> None:
        for (place, name, found), count in _lookups(unit, counts).items():
            where = unit.places[place // 2]
            row = resolutions.get((unit.instructions[where], place % 2))
            if row is None or name == "__classdict__":  # type parameters look into the class around them
                verdict.notes["reads that no name in the source asks for"] += count
                continue
            wanted, resolution, reason = row
            saw = f"{name}, {unit.at(where)}, was found in {found}: resolved as {wanted} {resolution} {reason or ''}"
            if found == "unknown":
                verdict.notes["namespaces that cannot be looked into"] += count
            elif wanted != name or not _agrees(found, resolution, reason, unit):
                verdict.differ(unit, unit.lines[where], saw.rstrip(), count)
            else:
                verdict.agree(count)
                verdict.notes[f"{resolution} in {found}"] += count

    return check


def _lookups(unit: Unit, counts: Counts) -> Counter[tuple[int, str, str]]:
    found = Counter(counts.names)
    for (place, name, kept, write), count in counts.reads.items():
        if kept != "name" and write != UNBOUND:
            found[place, name, kept] += count
    return found


def _agrees(found: str, resolution: str, reason: str | None, unit: Unit) -> bool:
    if resolution == "unresolved":
        return found in ("missing", "globals", "class")  # what other code or `__prepare__` puts there cannot be seen
    return resolution in EXPECTED[found]
