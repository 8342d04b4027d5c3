"""The warehouse folder: made only where nothing is lost, opened only when it is one, repositories by any sane name."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_assets.store.documents import FORMAT
from pipeline_assets.store.errors import (
    CorruptDocument,
    InvalidRepositoryName,
    LockHeld,
    NewerWarehouse,
    NotAWarehouse,
    NoWarehouse,
    RepositoryExists,
    UnknownRepository,
    WarehouseUnwritable,
)
from pipeline_assets.store.names import PLATFORM, check_repository_name, folder_name
from pipeline_assets.store.warehouse import Warehouse

ODD_NAMES = [
    "a/b",
    "../up",
    ".hidden",
    "..",
    "it's",
    'say "x"',
    "semi;colon",
    "emoji 😀",
    "Ünïcode",
    "percent%2F",
    "a~b",
    "UPPER",
    "upper",
    "x" * 200,
    "ж" * 200,
    "-flag",
    "NUL",
    "a\\b",
    "[glob]*?",
]


def test_create_makes_a_warehouse_once_and_open_finds_it(tmp_path):
    made = Warehouse.create(tmp_path / "deep" / "warehouse")
    marker = (made.root / "warehouse.json").read_bytes()
    assert Warehouse.create(made.root) == Warehouse.open(made.root) == made
    assert (made.root / "warehouse.json").read_bytes() == marker


def test_create_accepts_a_folder_where_dagster_was_first(tmp_path):
    (tmp_path / "w" / "dagster").mkdir(parents=True)
    assert Warehouse.create(tmp_path / "w").dagster_home.is_dir()


def test_nothing_is_created_by_opening(tmp_path):
    with pytest.raises(NoWarehouse, match="cpg build"):
        Warehouse.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_folder_of_someone_else_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    for attempt in (Warehouse.create, Warehouse.open):
        with pytest.raises(NotAWarehouse, match=r"no warehouse\.json"):
            attempt(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_file_is_not_a_warehouse(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(NotAWarehouse):
        Warehouse.open(file)
    with pytest.raises(WarehouseUnwritable, match="is a file"):
        Warehouse.create(file / "below")


def test_a_warehouse_of_a_newer_program_is_refused_by_both(warehouse):
    marker = warehouse.root / "warehouse.json"
    document = json.loads(marker.read_text())
    marker.write_text(json.dumps({**document, "format": FORMAT + 1}))
    for attempt in (Warehouse.create, Warehouse.open):
        with pytest.raises(NewerWarehouse, match=f"format {FORMAT + 1}.*upgrade"):
            attempt(warehouse.root)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_get_a_folder_inside_the_warehouse_and_come_back_as_they_were(warehouse, tmp_path, name):
    warehouse.register(name, tmp_path)
    assert warehouse.scope(name).parent == warehouse.root / "repositories"
    assert len(warehouse.scope(name).name.encode()) <= 255
    assert name in [repository.name for repository in warehouse.repositories()]
    warehouse.unregister(name)
    assert name not in [repository.name for repository in warehouse.repositories()]


names = st.text(min_size=1, max_size=200).filter(str.isprintable)


@given(st.sets(names, min_size=2, max_size=8))
def test_different_names_get_folders_that_differ_even_where_case_does_not_count(some):
    assert len({folder_name(name).lower() for name in some}) == len(some)


@given(names)
def test_folder_names_are_portable(name):
    folder = folder_name(name)
    assert folder.isascii()
    assert not set(folder) & set('/\\:*?"<>|\0 ')
    assert not folder.startswith(".")
    assert len(folder) <= 120


@pytest.mark.parametrize(
    "name", ["", " ", " a", "a ", "a\nb", "a\x00", "\udcff", PLATFORM, "a|b", "a...b", "x" * 201, "\u200b"]
)
def test_names_that_cannot_be_partition_keys_are_refused(warehouse, tmp_path, name):
    with pytest.raises(InvalidRepositoryName, match="--repository"):
        warehouse.register(name, tmp_path)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.text(alphabet="ab/.'\"é😀 -", min_size=1, max_size=20).filter(lambda n: n == n.strip() and "..." not in n))
def test_ordinary_punctuation_is_allowed(name):
    check_repository_name(name)


def test_globs_stay_until_they_are_given_again(warehouse, tmp_path):
    warehouse.register("g", tmp_path, include=["src/**"], exclude=["tests/**"])
    first = warehouse.repository("g")
    assert warehouse.register("g", tmp_path) == first
    assert warehouse.register("g", tmp_path, exclude=[]).selection.include == ("src/**",)
    assert warehouse.repository("g").selection.exclude == ()
    assert warehouse.repository("g").registered == first.registered


def test_a_name_is_not_silently_given_to_another_folder(warehouse, tmp_path):
    (tmp_path / "other").mkdir()
    with pytest.raises(RepositoryExists, match=r"belongs to .*--repository"):
        warehouse.register("r", tmp_path / "other")
    assert warehouse.repository("r").root == str(tmp_path)


def test_a_root_that_is_no_text_is_kept(warehouse, tmp_path):
    odd = Path(str(tmp_path) + "/caf\udce9")
    assert warehouse.register("odd", odd).root == str(odd)
    assert warehouse.repository("odd").root == str(odd)


def test_an_unknown_repository_is_refused_with_those_that_exist(warehouse):
    for use in (warehouse.repository, warehouse.unregister):
        with pytest.raises(UnknownRepository, match=r"'nope'.*'r'"):
            use("nope")
    with pytest.raises(UnknownRepository):
        warehouse.unregister(PLATFORM)


def test_a_repository_is_not_removed_while_it_is_built(warehouse):
    with warehouse.building("r", timeout=0), pytest.raises(LockHeld, match="'r' is held by process"):
        warehouse.unregister("r")
    warehouse.unregister("r")
    assert warehouse.repositories() == ()


def test_one_build_at_a_time_per_repository(warehouse, tmp_path):
    warehouse.register("s", tmp_path)
    refused = pytest.raises(LockHeld)
    with (
        warehouse.building("r", timeout=0),
        warehouse.building("s", timeout=0),
        refused,
        warehouse.building("r", timeout=0),
    ):
        pass
    with warehouse.building("r", timeout=0):
        pass


def test_a_run_is_alive_while_its_block_lasts_and_leaves_nothing(warehouse):
    with warehouse.run("run/1") as scratch:
        (scratch / "spill").write_text("x")
        assert warehouse.live_runs() == ("run%2F1",)
    assert warehouse.live_runs() == ()
    assert list((warehouse.root / "staging").iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 1}', '{"format": 1, "body": {}, "sha256": "0"}'])
def test_a_damaged_document_is_named(warehouse, content):
    path = warehouse.scope("r") / "repository.json"
    path.write_text(content)
    with pytest.raises(CorruptDocument, match=r"repository.json .*--repair"):
        warehouse.repositories()


def test_an_edited_document_is_noticed(warehouse, tmp_path):
    path = warehouse.scope("r") / "repository.json"
    path.write_text(path.read_text().replace(str(tmp_path), "/etc"))
    with pytest.raises(CorruptDocument, match="checksum"):
        warehouse.repository("r")
