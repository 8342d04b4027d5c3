from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.extract.composition import (
    BIG_FILE,
    LARGEST_BUCKET,
    LARGEST_SLICE,
    SMALLEST_BUCKET,
    Slice,
    bucket_bits,
    bucket_of,
    compose,
    overlap,
)
from pipeline_assets.sources.identity import FILE_ID_BITS

IDS = st.integers(0, (1 << FILE_ID_BITS) - 1)
BITS = st.integers(0, 6)
FILES = st.dictionaries(IDS, st.integers(0, 2 * BIG_FILE), max_size=60)


def _rows(files: dict[int, int]) -> list[dict[str, int]]:
    return [{"file_id": file_id, "size": size} for file_id, size in files.items()]


@given(FILES, BITS, st.randoms())
def test_slices_are_a_function_of_the_files_not_of_their_order(files, bits, random):
    rows = _rows(files)
    assert compose(random.sample(rows, len(rows)), bits) == compose(rows, bits)


@given(FILES, BITS)
def test_every_file_is_in_one_slice_of_its_bucket_in_the_order_of_ids(files, bits):
    slices = [each for found in compose(_rows(files), bits).values() for each in found]
    assert [row["file_id"] for each in slices for row in each.rows] == sorted(files)
    for each in slices:
        assert {bucket_of(row["file_id"], bits) for row in each.rows} == {each.bucket}


@given(FILES, BITS)
def test_big_files_are_alone_and_other_slices_are_bounded(files, bits):
    for each in (each for found in compose(_rows(files), bits).values() for each in found):
        if any(row["size"] >= BIG_FILE for row in each.rows):
            assert len(each.rows) == 1
            assert each.is_big
        else:
            assert each.size <= LARGEST_SLICE


@given(FILES, IDS, BITS)
def test_a_file_more_changes_its_own_bucket_only(files, new, bits):
    before, after = compose(_rows(files), bits), compose(_rows({**files, new: 5}), bits)
    changed = {bucket for bucket in before.keys() | after.keys() if before.get(bucket) != after.get(bucket)}
    assert changed <= {bucket_of(new, bits)}


@given(IDS, BITS, BITS)
def test_buckets_of_one_file_overlap_whatever_their_size(file_id, one, other):
    assert overlap(bucket_of(file_id, one), bucket_of(file_id, other))


@given(IDS, IDS, BITS)
def test_different_buckets_of_one_size_do_not_overlap(one, other, bits):
    same = bucket_of(one, bits) == bucket_of(other, bits)
    assert overlap(bucket_of(one, bits), bucket_of(other, bits)) == same


@given(st.integers(0, 10**10))
def test_the_mean_bucket_is_neither_large_nor_needlessly_small(size):
    mean = size / (1 << bucket_bits(size))
    assert mean <= 2 * LARGEST_BUCKET
    assert mean > LARGEST_BUCKET / 4 or mean > SMALLEST_BUCKET / 4 or size < 2 * SMALLEST_BUCKET


def test_small_repositories_are_cut_in_a_few_buckets_and_tiny_ones_not_at_all():
    assert 1 << bucket_bits(50_000) == 1
    assert 1 << bucket_bits(SMALLEST_BUCKET * 10) == 8


def test_halves_lose_nothing():
    whole = Slice(1, tuple(_rows({1: 1, 2: 2, 3: 3})))
    first, second = whole.halves()
    assert first.rows + second.rows == whole.rows
    assert first.rows
    assert second.rows
