"""Print the fingerprints of all named plans and of some functions as JSON: run by the tests in other interpreters.

`python -m pipeline_tests.unit.inference.print_fingerprints > pipeline_tests/golden/fingerprints.json` renews the golden
file after a deliberate change of what a fingerprint covers.
"""

from __future__ import annotations

import datetime
import decimal
import json
import sys
import uuid

import ibis

from pipeline_assets.inference.fingerprint import expression_fingerprint, source_fingerprint
from pipeline_tests.unit.inference import sources
from pipeline_tests.unit.inference.plans import PLANS, n

LITERALS = {
    "text": "naïve 日本 \U0001f40d \x7f \u0378",
    "float": 0.1,
    "tiny": 5e-324,
    "decimal": decimal.Decimal("1.10"),
    "bytes": b"\x00\xff",
    "date": datetime.date(2024, 2, 29),
    "timestamp": datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.UTC),
    "time": datetime.time(1, 2, 3),
    "interval": datetime.timedelta(seconds=2),
    "uuid": uuid.UUID(int=7),
    "array": [1, 2],
    "struct": {"b": 1, "a": "x"},
}
"""Values whose text must not depend on the interpreter."""


def fingerprints() -> dict[str, object]:
    """Plan → its row set and whole; function → its source."""
    plans = {plan.name: expression_fingerprint(plan.build()) for plan in PLANS if plan.fingerprint}
    plans |= {
        f"literal {name}": expression_fingerprint(n.select(z=ibis.literal(value))) for name, value in LITERALS.items()
    }
    functions = [sources.stage, sources.reads_constant, sources.takes_from_module, sources.closed_over(3)]
    return {
        "plans": {name: {"row_set": found.row_set, "whole": found.whole} for name, found in plans.items()},
        "functions": {f"{i} {function.__name__}": source_fingerprint(function) for i, function in enumerate(functions)},
    }


if __name__ == "__main__":
    json.dump(fingerprints(), sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    sys.stdout.write("\n")
