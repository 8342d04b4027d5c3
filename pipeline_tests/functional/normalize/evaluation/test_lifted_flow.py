"""Control flow lifted from bytecode and control flow read off the syntax are two opinions, and they agree."""

from __future__ import annotations

import shutil
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

import pipeline_assets
from pipeline_tests.functional.normalize.evaluation.lifted import RAISING, STEPWISE, pairs_of

SAMPLE = ("contextlib.py", "shutil.py", "asyncio/streams.py", "asyncio/taskgroups.py", "test/test_with.py")
SAMPLE += (
    "test/test_except_star.py",
    "test/test_asyncgen.py",
    "test/test_patma.py",
    "test/test_exception_variations.py",
)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    source = Path(sysconfig.get_path("stdlib"))
    for name in SAMPLE:
        if (source / name).exists():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(source / name, tmp_path / name)
    return tmp_path


def test_syntax_and_bytecode_agree_on_the_order_of_evaluations(library: Path) -> None:
    agreed: Counter[str] = Counter()
    with pipeline_assets.build(library, layers="-pyrefly") as graph:
        for pair in pairs_of(graph):
            agreed["scopes"] += 1
            shared = pair.shared
            kinds = {node.node_id: node.kind for node in pair.scope.subtree()}
            sources = {node for node in shared if kinds[node] in RAISING}

            def label(node: int, outcome: str, kinds: dict[int, str] = kinds) -> str:
                return "" if kinds[node] in STEPWISE else outcome

            sides = (pair.syntax, pair.living), (pair.bytecode, pair.reached)
            ours, theirs = (ways.edges(points, shared, label) for ways, points in sides)
            where = pair.scope, [(kinds.get(a), kinds.get(b)) for a, b, _ in ours ^ theirs]
            assert _proper(ours) == _proper(theirs), where
            assert pair.syntax.first(shared) == pair.bytecode.first(shared), pair.scope
            raised, too = (ways.raised(points, sources, shared) for ways, points in sides)
            assert _proper(raised) == _proper(too), pair.scope
            agreed += Counter(ordinary=len(ours), exceptional=len(raised))
    assert agreed["scopes"] > 500
    assert agreed["ordinary"] > 12_000
    assert agreed["exceptional"] > 1000


def _proper(edges: set[tuple]) -> set[tuple]:
    """Without ways from a node to itself: what takes several instructions may or may not be several evaluations."""
    return {edge for edge in edges if edge[0] != edge[1]}
