"""Snapshots as values: versions follow content, and the rule of consistency has two sentences."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline_assets.store.parquet import Part
from pipeline_assets.store.snapshot import (
    Snapshot,
    Verdict,
    dataset_version,
    inconsistencies,
    merge,
    sealed,
    snapshot_from_json,
    spelled_snapshot,
)

from .samples import CALLS, FUNCTIONS

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def part(dataset, digest, rows=1, bucket=None):
    return Part(dataset, f"data/{dataset}/{digest}.parquet", digest, rows, 10, bucket)


def version(contract, *parts, inputs=None, run_id="run", fingerprint="plan"):
    return dataset_version(
        contract, parts, fingerprint=fingerprint, environment="env", inputs=inputs or {}, run_id=run_id, seconds=1
    )


FIRST = version(FUNCTIONS, part("functions", "a"))
SECOND = version(FUNCTIONS, part("functions", "b"))
READS_FIRST = version(CALLS, part("calls", "c"), inputs={"functions": FIRST.data_version, "source:tree": "x"})


def holding(*versions, checks=()):
    held = {made.dataset: made for made in versions}
    return Snapshot("id", None, "r", "", held, {verdict.check: verdict for verdict in checks})


def verdict(of, **changes):
    return Verdict(
        **{"check": "c", "passed": True, "blocking": True, "versions": {of.dataset: of.data_version}, **changes}
    )


def test_the_data_version_follows_content_and_schema_only():
    again = version(FUNCTIONS, part("functions", "a"), run_id="other", fingerprint="other", inputs={"source:x": "1"})
    assert again.data_version == FIRST.data_version != SECOND.data_version
    wider = replace(FUNCTIONS, columns=(*FUNCTIONS.columns[:3], replace(FUNCTIONS.columns[3], type="int64")))
    assert version(wider, part("functions", "a")).data_version != FIRST.data_version


def test_the_data_version_does_not_follow_the_order_of_buckets_nor_empty_parts():
    parts = [part("functions", "a", bucket=0), part("functions", "b", bucket=1)]
    forward, backward = version(FUNCTIONS, *parts), version(FUNCTIONS, *reversed(parts))
    assert forward == backward
    assert version(FUNCTIONS, *parts, part("functions", "e", 0, 2)).data_version == forward.data_version


def test_rows_and_bytes_are_sums_over_parts():
    both = version(FUNCTIONS, part("functions", "a", 3), part("functions", "b", 4))
    assert (both.rows, both.bytes) == (7, 20)


def test_a_snapshot_whose_inputs_are_what_it_holds_is_consistent():
    assert holding(FIRST, READS_FIRST, checks=[verdict(FIRST)]).is_consistent
    assert holding().is_consistent


@pytest.mark.parametrize(
    ("snapshot", "sentence"),
    [
        (holding(SECOND, READS_FIRST), "calls was made from functions .* but the snapshot holds"),
        (holding(READS_FIRST), "but the snapshot holds none"),
        (
            holding(FIRST, checks=[verdict(FIRST, passed=False, violations=3)]),
            "the blocking check c failed: 3 violation",
        ),
        (holding(SECOND, checks=[verdict(FIRST)]), "has not been run on the data that is held now"),
    ],
)
def test_what_makes_a_snapshot_inconsistent_is_said(snapshot, sentence):
    found = list(inconsistencies(snapshot))
    assert len(found) == 1
    assert not snapshot.is_consistent
    assert re.search(sentence, found[0])


def test_a_check_that_does_not_block_never_makes_a_snapshot_inconsistent():
    stale, failed = verdict(FIRST, blocking=False), verdict(SECOND, blocking=False, passed=False, check="d")
    assert holding(SECOND, checks=[stale, failed]).is_consistent


def test_merging_replaces_only_what_is_given():
    head = holding(FIRST, READS_FIRST, checks=[verdict(FIRST)])
    merged = merge(head, "r", {"functions": SECOND}, [verdict(SECOND, check="other")])
    assert merged.datasets == {"calls": READS_FIRST, "functions": SECOND}
    assert set(merged.checks) == {"c", "other"}


def test_merging_forgets_what_todays_plan_no_longer_has():
    head = holding(FIRST, READS_FIRST, checks=[verdict(FIRST), verdict(READS_FIRST, check="d")])
    assert set(merge(head, "r", {}, [], datasets=["functions"]).datasets) == {"functions"}
    assert set(merge(head, "r", {}, [], datasets=["functions"]).checks) == {"c"}  # d was about calls
    assert set(merge(head, "r", {}, [], checks=["d"]).checks) == {"d"}


def test_the_parent_is_the_consistent_snapshot_below():
    good = replace(holding(FIRST), id="good", parent="older")
    bad = replace(holding(READS_FIRST), id="bad", parent="good")
    assert merge(None, "r", {}, []).parent is None
    assert merge(good, "r", {}, []).parent == "good"
    assert merge(bad, "r", {}, []).parent == "good"


def test_ids_sort_by_time_and_tell_contents_apart():
    first, second = merge(None, "r", {"functions": FIRST}, []), merge(None, "r", {"functions": SECOND}, [])
    assert sealed(first, NOW) == sealed(first, NOW)
    assert sealed(first, NOW).id != sealed(second, NOW).id
    assert sealed(second, NOW).id.startswith("20260102T030405678Z-")
    assert sealed(first, NOW).id < sealed(second, NOW.replace(year=2027)).id


def test_a_snapshot_survives_json():
    judged = verdict(FIRST, sample=({"node_id": 1, "name": None},))
    snapshot = sealed(merge(None, "r", {"functions": FIRST, "calls": READS_FIRST}, [judged]), NOW)
    assert snapshot_from_json(json.loads(spelled_snapshot(snapshot))) == snapshot
