"""The flow read off the syntax is that of the bytecode, but for what the compiler is known to do."""

from __future__ import annotations

import sysconfig
from collections import Counter
from pathlib import Path

from pipeline_tests.functional.normalize.evaluation.comparing import Comparison
from pipeline_tests.functional.normalize.evaluation.trees import modules_of

SAMPLE = ("ast.py", "contextlib.py", "enum.py", "shutil.py")
SAMPLE += ("asyncio/base_events.py", "asyncio/streams.py", "asyncio/taskgroups.py", "asyncio/timeouts.py")
SAMPLE += ("http/client.py", "logging/__init__.py")
SAMPLE += ("test/test_with.py", "test/test_except_star.py", "test/test_exception_variations.py", "test/test_patma.py")
SAMPLE += ("test/test_coroutines.py", "test/test_asyncgen.py", "test/test_grammar.py", "test/test_dictcomps.py")

EFFECTS = {
    "a comparison with None in a jump",
    "a folded constant",
    "a group that is raised again",
    "a handler where nothing raises",
    "a loop over one item",
    "a negated comparison",
    "a value tested twice",
}
"""What the compiler does to the flow that syntax does not show; `docs/flow.md` explains each."""


def test_flow_of_the_library_is_that_of_its_bytecode() -> None:
    library = Path(sysconfig.get_path("stdlib"))
    sources = {name: (library / name).read_bytes() for name in SAMPLE if (library / name).exists()}
    effects: Counter[str | None] = Counter()
    agreed: Counter[str] = Counter()
    for name, nodes in modules_of(sources).items():
        comparison = Comparison(sources[name], nodes[0])
        for difference in comparison.differences():
            assert difference.effect in EFFECTS, (name, difference)
            effects[difference.effect] += 1
        agreed += comparison.agreed
    assert agreed["scopes"] > 1000
    assert agreed["ordinary"] > 20_000
    assert agreed["exceptional"] > 800
    assert effects["a value tested twice"] + effects["a loop over one item"] < agreed["ordinary"] / 1000
    assert effects["a handler where nothing raises"] < 50
