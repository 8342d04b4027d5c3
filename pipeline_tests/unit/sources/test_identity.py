from __future__ import annotations

from pipeline_assets.inference.contract import FILE_SHIFT
from pipeline_assets.sources import identity
from pipeline_assets.sources.identity import FILE_ID_BITS, file_ids

PATHS = [f"package/module_{i}.py".encode() for i in range(2000)]


def test_ids_fit_beside_in_file_ordinals_and_leave_bit_62_free():
    ids = file_ids("repository", PATHS)
    assert all(0 <= file_id << FILE_SHIFT < 1 << 62 for file_id in ids.values())
    assert max(ids.values()).bit_length() == FILE_ID_BITS == 35


def test_ids_are_distinct_and_do_not_depend_on_the_order_of_paths():
    ids = file_ids("repository", PATHS)
    assert len(set(ids.values())) == len(PATHS)
    assert file_ids("repository", reversed(PATHS)) == ids


def test_an_id_stays_when_other_files_come_and_go():
    assert file_ids("repository", PATHS[:10]).items() <= file_ids("repository", PATHS).items()


def test_the_repository_is_part_of_the_identity():
    assert set(file_ids("one", PATHS).values()).isdisjoint(file_ids("other", PATHS).values())


def test_collisions_move_the_later_path_in_byte_order(monkeypatch):
    monkeypatch.setattr(identity, "_hash", lambda repository, path: 7 if path != b"d" else 8)
    assert file_ids("repository", [b"d", b"c", b"a", b"b"]) == {b"a": 7, b"b": 8, b"c": 9, b"d": 10}
    # the last id is followed by the first
    monkeypatch.setattr(identity, "_hash", lambda repository, path: (1 << FILE_ID_BITS) - 1)
    assert file_ids("repository", [b"a", b"b"]) == {b"a": (1 << FILE_ID_BITS) - 1, b"b": 0}
