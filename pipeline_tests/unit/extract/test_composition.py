from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline_assets.extract.composition import BIG_FILE, LARGEST_CHUNK, SMALLEST_CHUNK, Slice, compose

SIZES = st.lists(st.integers(0, 2 * BIG_FILE), max_size=60)


def _rows(sizes: list[int]) -> list[dict[str, int]]:
    return [{"file_id": 7 * i, "size": size} for i, size in enumerate(sizes)]


@given(SIZES, st.randoms())
def test_chunks_are_a_function_of_the_files_not_of_their_order(sizes, random):
    rows = _rows(sizes)
    shuffled = random.sample(rows, len(rows))
    assert compose(shuffled) == compose(rows)


@given(SIZES)
def test_every_file_is_in_one_chunk_in_the_order_of_ids_but_for_big_ones(sizes):
    chunks = compose(_rows(sizes))
    ids = [row["file_id"] for chunk in chunks for row in chunk.rows]
    assert sorted(ids) == [row["file_id"] for row in _rows(sizes)]
    small = [row["file_id"] for chunk in chunks if not chunk.is_big for row in chunk.rows]
    assert small == sorted(small)


@given(SIZES)
def test_big_files_are_alone_and_other_chunks_are_bounded(sizes):
    for chunk in compose(_rows(sizes)):
        if any(row["size"] >= BIG_FILE for row in chunk.rows):
            assert len(chunk.rows) == 1
            assert chunk.is_big
        else:
            assert chunk.size < LARGEST_CHUNK + BIG_FILE


def test_small_repositories_are_cut_in_a_few_chunks_and_tiny_ones_not_at_all():
    assert len(compose(_rows([1000] * 50))) == 1
    assert len(compose(_rows([SMALLEST_CHUNK // 10] * 100))) == 8


def test_halves_lose_nothing():
    chunk = Slice(tuple(_rows([1, 2, 3])))
    first, second = chunk.halves()
    assert first.rows + second.rows == chunk.rows
    assert first.rows
    assert second.rows
