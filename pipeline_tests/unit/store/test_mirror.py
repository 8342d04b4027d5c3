"""Warehouses in object storage: what one machine publishes others read; two never mix; a killed one is never seen."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_assets.settings import Settings
from pipeline_assets.store import objects
from pipeline_assets.store.errors import (
    CannotSwap,
    CorruptDocument,
    CorruptPart,
    HeadMoved,
    NotAWarehouse,
    NoWarehouse,
    StoreUnreachable,
    UnknownRepository,
)
from pipeline_assets.store.mirror import UNSEEN, create_at, open_at, pull, push
from pipeline_assets.store.objects import Objects
from pipeline_assets.store.parquet import verify_part
from pipeline_assets.store.publish import commit, head, history, read, rollback
from pipeline_assets.store.repair import repair_mirror
from pipeline_assets.store.sweep import sweep
from pipeline_assets.store.warehouse import Warehouse

from .samples import CALLS, FUNCTIONS, calls_table, flip_bit, functions_table, made, passed


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The URL of a bucket in a server of our own."""
    pytest.importorskip("s3fs", reason="there is no client of S3: pip install 'pipeline-assets[s3]'")
    server_of = pytest.importorskip("moto.server", reason="there is no server of S3: pip install 'moto[s3]' flask")
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "tests")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        s3fs.S3FileSystem().mkdir("bucket")
        yield "s3://bucket"
    server.stop()


@pytest.fixture(params=["memory", "s3"])
def url(request: pytest.FixtureRequest) -> str:
    """A new place in each kind of store."""
    top = request.getfixturevalue("s3") if request.param == "s3" else "memory://tests"
    return f"{top}/{uuid.uuid4().hex}"


def machine(url: str, folder: Path) -> Warehouse:
    """The warehouse as a machine sees it that keeps its copies in `folder`."""
    warehouse = create_at(url, folder)
    warehouse.register("r", folder.parent)
    return warehouse


def build(warehouse: Warehouse, rows: int) -> str:
    """Commit two datasets, one made from the other, without publishing them; the snapshot's id."""
    pull(warehouse, "r", building=True)
    functions = made(warehouse, FUNCTIONS, functions_table(rows))
    calls = made(warehouse, CALLS, calls_table(rows), {"functions": functions.data_version})
    return commit(warehouse, "r", {"functions": functions, "calls": calls}, [passed(functions)]).id


def test_datasets_whose_files_are_alike_are_fetched_side_by_side(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    alike = [dataclasses.replace(FUNCTIONS, name=f"alike{number}") for number in range(20)]
    commit(one, "r", {contract.name: made(one, contract, functions_table(5)) for contract in alike})
    push(one, "r")
    other = open_at(url, tmp_path / "two")
    for part in read(other, "r").parts:
        verify_part(part, other.root)


def rows_of(warehouse: Warehouse) -> int:
    snapshot = read(warehouse, "r")
    assert snapshot is not None
    assert all((warehouse.root / part.path).exists() for part in snapshot.parts)
    return snapshot.datasets["functions"].rows


def test_what_one_machine_publishes_another_reads(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    built = build(one, 5)
    assert read(open_at(url, tmp_path / "two"), "r") is None, "nothing is seen before it is published"
    push(one, "r")
    other = open_at(url, tmp_path / "two")
    assert [repository.name for repository in other.repositories()] == ["r"]
    assert rows_of(other) == 5
    assert read(other, "r") == read(one, "r")
    push(one, "r")
    assert len(Objects(url).names("repositories/r/pointers")) == 1, "what is published is not published again"
    build(one, 6)
    push(one, "r")
    assert rows_of(other) == 5, "a reader keeps what it opened"
    assert rows_of(open_at(url, tmp_path / "two")) == 6
    assert [snapshot.id for snapshot in history(other, "r")][1:] == [built]


def test_of_two_that_race_one_wins_and_the_other_says_so(url: str, tmp_path: Path):
    one, two = machine(url, tmp_path / "one"), machine(url, tmp_path / "two")
    build(one, 5), build(two, 7)
    push(one, "r")
    with pytest.raises(HeadMoved, match="build again"):
        push(two, "r")
    assert rows_of(open_at(url, tmp_path / "three")) == 5
    again = open_at(url, tmp_path / "two")
    assert rows_of(again) == 5, "the loser begins again from what won"
    build(again, 7)
    push(again, "r")
    assert rows_of(open_at(url, tmp_path / "three")) == 7


def test_a_race_is_decided_at_the_pointer(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Both have looked and found nothing new; only the creation of the pointer tells them apart."""
    one, two = machine(url, tmp_path / "one"), machine(url, tmp_path / "two")
    build(one, 5), build(two, 7)
    real = Objects.create

    def late(self: Objects, name: str, content: bytes) -> bool:
        monkeypatch.setattr(Objects, "create", real)
        push(two, "r")
        return real(self, name, content)

    monkeypatch.setattr(Objects, "create", late)
    with pytest.raises(HeadMoved):
        push(one, "r")
    assert rows_of(open_at(url, tmp_path / "three")) == 7


@pytest.mark.parametrize("requests", range(6))
def test_who_dies_while_publishing_is_never_seen(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requests: int
):
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    build(one, 6)
    left = iter(range(requests))

    class Killed(BaseException):
        pass

    def dying(name: str):
        real = getattr(Objects, name)

        def act(self: Objects, *arguments: object) -> object:
            if next(left, None) is None:
                raise Killed
            return real(self, *arguments)

        monkeypatch.setattr(Objects, name, act)

    for name in ("put", "put_file", "create", "names"):
        dying(name)
    try:
        push(one, "r")
        dead = False
    except Killed:
        dead = True
    monkeypatch.undo()
    assert rows_of(open_at(url, tmp_path / "two")) == (5 if dead else 6)
    assert dead == (requests < 5), "looking, two parts, the document, the pointer"
    push(open_at(url, tmp_path / "one"), "r")
    assert rows_of(open_at(url, tmp_path / "two")) == 6, "and goes on where it was"


def test_a_real_kill_leaves_what_was(s3: str, tmp_path: Path):
    url = f"{s3}/{uuid.uuid4().hex}"
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    build(one, 6)
    script = f"""
import os, signal
from pathlib import Path
from pipeline_assets.store.mirror import open_at, push
from pipeline_assets.store.objects import Objects
Objects.create = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
push(open_at({url!r}, Path({str(tmp_path / "one")!r})), "r")
"""
    killed = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert rows_of(open_at(url, tmp_path / "two")) == 5
    push(open_at(url, tmp_path / "one"), "r")
    assert rows_of(open_at(url, tmp_path / "two")) == 6


def test_what_is_unfinished_stays_here(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    commit(one, "r", {"functions": made(one, FUNCTIONS, functions_table(9))})
    push(one, "r")
    assert rows_of(open_at(url, tmp_path / "two")) == 5
    assert head(open_at(url, tmp_path / "one"), "r").datasets["functions"].rows == 9


def test_registrations_come_and_go(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    other = open_at(url, tmp_path / "two")
    other.register("s", tmp_path / "s")
    one = open_at(url, tmp_path / "one")
    assert [repository.name for repository in one.repositories()] == ["r", "s"]
    one.unregister("r")
    other = open_at(url, tmp_path / "two")
    assert [repository.name for repository in other.repositories()] == ["s"]
    with pytest.raises(UnknownRepository):
        other.repository("r")
    assert machine(url, tmp_path / "one").is_registered("r")
    assert read(open_at(url, tmp_path / "two"), "r") is None


def test_rolling_back_is_published(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    first = build(one, 5)
    push(one, "r")
    build(one, 6)
    push(one, "r")
    other = open_at(url, tmp_path / "two")
    rollback(other, "r", first)
    assert rows_of(open_at(url, tmp_path / "one")) == rows_of(open_at(url, tmp_path / "three")) == 5


def test_damage_on_the_way_is_noticed_and_named(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    part = read(one, "r").datasets["calls"].parts[0]
    content = Objects(url).get(part.path)
    Objects(url).put(part.path, content[:-1] + b"?")
    with pytest.raises(CorruptPart, match="sha256 differs"):
        read(open_at(url, tmp_path / "two"), "r")
    Objects(url).put(part.path, content)
    assert rows_of(open_at(url, tmp_path / "two")) == 5
    pointer = f"repositories/r/pointers/{Objects(url).names('repositories/r/pointers')[-1]}"
    Objects(url).put(pointer, b"{}")
    with pytest.raises(CorruptDocument, match="pointers"):
        open_at(url, tmp_path / "two")


def test_a_damaged_copy_is_fetched_again(url: str, tmp_path: Path):
    one = machine(url, tmp_path / "one")
    build(one, 5)
    push(one, "r")
    part = read(one, "r").datasets["calls"].parts[0]
    flip_bit(one.root / part.path, 100)
    assert part.path in [damage.path for damage in repair_mirror(one)]
    assert rows_of(one) == 5
    assert repair_mirror(one) == ()
    push(one, "r")
    assert rows_of(open_at(url, tmp_path / "two")) == 5


def test_sweeping_removes_what_nobody_refers_to_for_a_day(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    one = machine(url, tmp_path / "one")
    for rows in (5, 6, 7):
        build(one, rows)
        push(one, "r")
    Objects(url).put("data/calls/left-behind.parquet", b"by a killed run")
    sweep(one, keep=1)
    assert len(Objects(url).names("data/calls")) == 4, "it is too new: somebody may be about to refer to it"
    monkeypatch.setattr("pipeline_assets.store.mirror.UNSEEN", -UNSEEN)
    sweep(one, keep=1)
    assert len(Objects(url).names("data/calls")) == 1
    assert len(Objects(url).names("repositories/r/snapshots")) == 1
    assert rows_of(open_at(url, tmp_path / "two")) == 7


def test_a_store_that_makes_things_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    url = f"memory://tests/{uuid.uuid4().hex}"

    def overwrite(self: Objects, name: str, content: bytes) -> bool:
        self.put(name, content)
        return True

    monkeypatch.setattr(Objects, "create", overwrite)
    with pytest.raises(CannotSwap, match="no conditional put"):
        create_at(url, tmp_path)
    assert Objects(url).names("") == []


def test_places_that_are_no_warehouse_are_told(url: str, tmp_path: Path):
    with pytest.raises(NoWarehouse, match=url):
        open_at(url, tmp_path)
    Objects(url).put("of/somebody.else", b"")
    with pytest.raises(NotAWarehouse, match="other objects"):
        create_at(url, tmp_path)


def test_a_store_that_does_not_answer_is_told(tmp_path: Path):
    with pytest.raises(StoreUnreachable, match=r"nosuch://bucket.*Protocol not known"):
        create_at("nosuch://bucket/x", tmp_path)


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def absent(*_: object, **__: object) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", absent)
    with pytest.raises(StoreUnreachable, match="Install s3fs"):
        create_at("s3://bucket/x", tmp_path)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        (Path("s3://bucket/prefix"), "s3://bucket/prefix"),
        ("file:///srv/warehouse", Path("/srv/warehouse")),
        ("warehouse", Path("warehouse")),
        (Path("a/b:c"), Path("a/b:c")),
    ],
)
def test_settings_tell_urls_from_folders(given: object, place: object, monkeypatch: pytest.MonkeyPatch):
    assert Settings(warehouse=given).warehouse == place
    monkeypatch.setenv("CPG_WAREHOUSE", str(given))
    assert Settings().warehouse == place


def test_objects_are_removed_in_portions(url: str, monkeypatch: pytest.MonkeyPatch):
    store = Objects(url)
    monkeypatch.setattr(objects, "_AT_ONCE", 2)
    names = [f"things/{number}" for number in range(5)]
    for name in names:
        store.put(name, b"x")
    store.delete([*names, "things/gone"])
    assert store.names("things") == []
