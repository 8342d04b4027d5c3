"""Following members through chains, rings and stars of modules."""

from __future__ import annotations

from pipeline_assets.normalize.re_exports import Pointer, Repository, Target


def chain_of(length: int) -> Repository:
    repository = Repository()
    for number in range(length):
        repository.add(f"m{number}", number)
    for number in range(1, length):
        repository.modules[f"m{number}"].bind("x", Pointer(f"m{number - 1}", "x"), "import")
    repository.modules["m0"].bind("x", Target("binding", 7, "m0", "x"), "own")
    return repository


def test_long_chains_are_followed_to_the_end() -> None:
    target, steps = chain_of(5000).follow("m4999", "x")
    assert (target.id, target.module, steps) == (7, "m0", 4999)


def test_rings_end() -> None:
    repository = chain_of(10)
    repository.modules["m0"].bind("x", Pointer("m9", "x"), "import")
    assert repository.follow("m5", "x")[0].kind == "cycle"


def test_stars_reach_through_a_ring_of_modules_in_any_order() -> None:
    repository = Repository()
    for number in range(30):
        repository.add(f"m{number}", number)
        repository.modules[f"m{number}"].bind(
            f"own_{number}", Target("binding", number, f"m{number}", f"own_{number}"), "own"
        )
        repository.modules[f"m{number}"].add_star("module", f"m{(number * 7 + 1) % 30}", None)
    expanded = repository.with_stars()
    reached = {name for name, _, _ in expanded.members_of(expanded.modules["m0"])}
    assert repository.modules["m0"].members.keys() == {"own_0"}, "a stage leaves what it is given as it was"
    assert reached == reachable(0)


def reachable(start: int) -> set[str]:
    found, at = set(), start
    while f"own_{at}" not in found:
        found.add(f"own_{at}")
        at = (at * 7 + 1) % 30
    return found
