"""Publishing: commits merge under a lock, readers only ever see what is consistent, history can be walked back."""

import threading

import pytest

from pipeline_assets.store.errors import (
    CorruptDocument,
    CorruptPart,
    HeadMoved,
    LockHeld,
    NotConsistent,
    UnknownRepository,
    UnknownSnapshot,
)
from pipeline_assets.store.locks import hold
from pipeline_assets.store.names import PLATFORM
from pipeline_assets.store.publish import commit, current, head, history, read, rollback, snapshot_ids

from .samples import CALLS, FUNCTIONS, calls_table, flip_bit, functions_table, made, passed


@pytest.fixture
def functions(warehouse):
    return made(warehouse, FUNCTIONS, functions_table(5))


@pytest.fixture
def calls(warehouse, functions):
    return made(warehouse, CALLS, calls_table(5), {"functions": functions.data_version})


def test_nothing_is_read_before_something_is_published(warehouse):
    assert read(warehouse, "r") is None
    assert head(warehouse, "r") is None
    assert history(warehouse, "r") == ()


def test_what_is_committed_is_read(warehouse, functions):
    snapshot = commit(warehouse, "r", {"functions": functions}, [passed(functions)])
    assert read(warehouse, "r") == head(warehouse, "r") == read(warehouse, "r", snapshot.id) == snapshot
    assert (snapshot.repository, snapshot.datasets) == ("r", {"functions": functions})


def test_the_platform_has_snapshots_of_its_own(warehouse, functions):
    commit(warehouse, PLATFORM, {"functions": functions})
    assert read(warehouse, "r") is None
    assert read(warehouse, PLATFORM).repository == PLATFORM


def test_readers_keep_the_old_snapshot_until_the_new_one_is_whole(warehouse, functions, calls):
    old = commit(warehouse, "r", {"functions": functions, "calls": calls})
    newer = made(warehouse, FUNCTIONS, functions_table(6))
    middle = commit(warehouse, "r", {"functions": newer})
    assert not middle.is_consistent
    assert read(warehouse, "r") == old
    assert head(warehouse, "r") == middle
    new = commit(warehouse, "r", {"calls": made(warehouse, CALLS, calls_table(6), {"functions": newer.data_version})})
    assert read(warehouse, "r") == new
    assert new.parent == old.id
    assert history(warehouse, "r") == (new, old)  # the unfinished one in between is gone


def test_a_failed_blocking_check_keeps_the_data_from_readers(warehouse, functions):
    commit(warehouse, "r", {"functions": functions}, [passed(functions, passed=False, violations=1)])
    assert read(warehouse, "r") is None
    assert commit(warehouse, "r", {}, [passed(functions)]) == read(warehouse, "r")


def test_committing_nothing_new_changes_nothing(warehouse, functions):
    first = commit(warehouse, "r", {"functions": functions}, [passed(functions)])
    again = made(warehouse, FUNCTIONS, functions_table(5), run="another run")
    assert commit(warehouse, "r", {"functions": again}, [passed(functions)]) == first
    assert commit(warehouse, "r", {}) == first
    assert snapshot_ids(warehouse, "r") == (first.id,)


def test_an_expected_head_that_has_moved_is_refused(warehouse, functions, calls):
    first = commit(warehouse, "r", {"functions": functions}, expected="")
    commit(warehouse, "r", {"calls": calls}, expected=first.id)
    with pytest.raises(HeadMoved, match="another commit has moved the head"):
        commit(warehouse, "r", {"calls": calls}, expected=first.id)
    with pytest.raises(HeadMoved):
        commit(warehouse, "r", {"calls": calls}, expected="")


def test_a_part_that_is_not_there_is_not_published(warehouse, functions):
    (warehouse.root / functions.parts[0].path).unlink()
    with pytest.raises(CorruptPart, match="functions"):
        commit(warehouse, "r", {"functions": functions})
    assert head(warehouse, "r") is None


def test_ids_sort_in_the_order_of_commits_even_in_the_same_instant(warehouse):
    made_in_order = [
        commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(count))}).id
        for count in range(8)
    ]
    assert list(snapshot_ids(warehouse, "r")) == made_in_order[::-1]


def test_commits_of_threads_all_survive(warehouse):
    versions = {f"functions_{i}": made(warehouse, FUNCTIONS, functions_table(i)) for i in range(8)}
    threads = [threading.Thread(target=commit, args=(warehouse, "r", {name: v})) for name, v in versions.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(warehouse, "r").datasets == versions


def test_a_held_lock_is_told_with_its_holder(warehouse, functions):
    told = r"the snapshot of 'r' is held by process \d+ on .* since \d{4}.*gave up after 0.1 s"
    with hold(warehouse.scope("r") / "commit.lock", "a test", timeout=0), pytest.raises(LockHeld, match=told):
        commit(warehouse, "r", {"functions": functions}, timeout=0.1)
    commit(warehouse, "r", {"functions": functions}, timeout=0.1)


def test_an_unregistered_repository_is_refused(warehouse, functions):
    with pytest.raises(UnknownRepository):
        commit(warehouse, "nope", {"functions": functions})


def test_an_unknown_snapshot_is_refused_with_those_that_exist(warehouse, functions):
    snapshot = commit(warehouse, "r", {"functions": functions})
    for wrong in ("nope", "../current", ""):
        with pytest.raises(UnknownSnapshot, match=snapshot.id):
            read(warehouse, "r", wrong)


def test_rolling_back_and_forth(warehouse, functions):
    old = commit(warehouse, "r", {"functions": functions})
    new = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(6))})
    assert rollback(warehouse, "r", old.id) == old == read(warehouse, "r") == head(warehouse, "r")
    assert history(warehouse, "r") == (new, old)
    rollback(warehouse, "r", new.id)
    assert read(warehouse, "r") == new


def test_rolling_back_to_what_readers_may_not_see_is_refused(warehouse, calls):
    snapshot = commit(warehouse, "r", {"calls": calls})
    with pytest.raises(NotConsistent, match="calls was made from functions"):
        rollback(warehouse, "r", snapshot.id)


def test_rolling_back_to_damaged_files_is_refused(warehouse, functions):
    old = commit(warehouse, "r", {"functions": functions})
    new = commit(warehouse, "r", {"functions": made(warehouse, FUNCTIONS, functions_table(6))})
    flip_bit(warehouse.root / functions.parts[0].path, 40)
    with pytest.raises(CorruptPart):
        rollback(warehouse, "r", old.id)
    assert read(warehouse, "r") == new


@pytest.mark.parametrize("content", ["", '{"format": 1, "body": {"head": null'])
def test_a_torn_snapshot_and_a_torn_pointer_are_named_not_passed_over(warehouse, functions, content):
    snapshot = commit(warehouse, "r", {"functions": functions})
    for path in (warehouse.scope("r") / "snapshots" / f"{snapshot.id}.json", warehouse.scope("r") / "current.json"):
        path.write_text(content)
        with pytest.raises(CorruptDocument, match=path.name):
            read(warehouse, "r")
        with pytest.raises(CorruptDocument):
            commit(warehouse, "r", {})


def test_a_snapshot_under_the_wrong_name_is_noticed(warehouse, functions):
    snapshot = commit(warehouse, "r", {"functions": functions})
    folder = warehouse.scope("r") / "snapshots"
    (folder / f"{snapshot.id}.json").rename(folder / "29990101T000000000Z-0.json")
    with pytest.raises(CorruptDocument, match=f"holds the snapshot {snapshot.id}"):
        read(warehouse, "r", "29990101T000000000Z-0")


def test_datasets_and_checks_that_the_plan_dropped_do_not_block_readers(warehouse, functions, calls):
    commit(warehouse, "r", {"functions": functions, "calls": calls}, [passed(functions)])
    newer = made(warehouse, FUNCTIONS, functions_table(6))
    assert not commit(warehouse, "r", {"functions": newer}).is_consistent
    assert commit(warehouse, "r", {}, datasets=["functions"], checks=[]).is_consistent
    assert current(warehouse, "r").consistent == head(warehouse, "r").id
