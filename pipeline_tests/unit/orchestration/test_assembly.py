"""The definitions are the manifest's: keys, deps, groups, partitions, versions, jobs."""

from __future__ import annotations

import dagster as dg
import pytest

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.settings import Settings


@pytest.fixture(scope="module")
def definitions(project, tmp_path_factory) -> dg.Definitions:
    return assemble(project, Settings(warehouse=tmp_path_factory.mktemp("none")))


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_one_asset_per_dataset_under_its_layer_and_the_control_asset(definitions):
    assert set(specs(definitions)) == {
        "extract/tree",
        "extract/files",
        "extract/files_status",
        "normalize/modules",
        "cpg/nodes",
        "products/summary",
        "products/policy_violations",
        "waves",
    }


def test_deps_are_the_manifests_edges(definitions, project):
    found = {(dep.asset_key.path[-1], key.split("/")[-1]) for key, s in specs(definitions).items() for dep in s.deps}
    edges = {(read.dataset, output) for t in project.manifest.tasks for read in t.inputs for output in t.outputs}
    assert found == edges and ("modules", "nodes") in found


def test_groups_are_the_layers_in_a_chain(definitions):
    order = ["extract", "normalize", "cpg", "products"]
    found = specs(definitions)
    for spec in found.values():
        for dep in spec.deps:
            upstream = found[dep.asset_key.to_user_string()]
            assert order.index(upstream.group_name) <= order.index(spec.group_name)
    assert {spec.group_name for spec in found.values()} == set(order), "five lose their status chips"


def test_partitions_follow_the_grain(definitions):
    found = specs(definitions)
    assert found["products/summary"].partitions_def is None, "a platform dataset is one piece"
    assert all(found[f"{key}"].partitions_def.name == "repository" for key in ("extract/files", "cpg/nodes"))
    assert isinstance(found["waves"].partitions_def, dg.MultiPartitionsDefinition)


def test_an_extractor_with_two_datasets_is_one_step(definitions):
    node = definitions.resolve_assets_def(dg.AssetKey(["extract", "files"]))
    assert node.keys == {dg.AssetKey(["extract", "files"]), dg.AssetKey(["extract", "files_status"])}


def test_versions_tags_kinds_and_owners(definitions, project):
    spec = specs(definitions)["normalize/modules"]
    task = project.manifest.task("modules")
    assert spec.code_version == task.fingerprint[:16] and len(spec.code_version) == 16
    assert {k: spec.tags[k] for k in ("layer", "generation", "grain", "task")} == {
        "layer": "normalize",
        "generation": "g01",
        "grain": "file",
        "task": "modules",
    }
    assert spec.kinds == {"duckdb", "parquet"}
    assert spec.owners == ["team:pipeline_assets"]


def test_the_stage_of_every_column_is_shown_before_anything_runs(definitions):
    shown = specs(definitions)["normalize/modules"].metadata["stage columns"].value.records
    assert [(row.data["stage"], row.data["reads"], row.data["makes"], row.data["drops"]) for row in shown] == [
        ("name", "files.file_id, files.path, files.repository", "module", ""),
        ("select", "", "", "path"),
    ]


def test_a_description_is_one_sentence_then_a_query(definitions):
    sentence, blank, *query = specs(definitions)["cpg/nodes"].description.splitlines()
    assert (sentence, blank, query) == ("One row per row of nodes.", "", ["```sql", "SELECT * FROM nodes", "```"])


def test_every_asset_has_the_two_blocking_checks_and_nodes_its_invariant(definitions):
    checks = {
        (spec.asset_key.path[-1], spec.name): spec
        for item in (*definitions.assets, *definitions.asset_checks)
        if isinstance(item, dg.AssetsDefinition)
        for spec in item.check_specs
    }
    made = {"files", "files_status", "modules", "nodes", "summary"}
    expected = {(name, check) for name in made for check in ("contract", "order")}
    assert not checks.pop(("policy_violations", "policy")).blocking
    assert set(checks) == expected | {("nodes", "no_dangling_nodes")}
    assert all(spec.blocking for spec in checks.values())
    invariant = checks["nodes", "no_dangling_nodes"]
    assert {dep.asset_key.path[-1] for dep in invariant.additional_deps} == {"modules"}, "inferred, not declared"


def test_jobs(definitions):
    def selected(job: str) -> set[str]:
        return {key.path[-1] for key in definitions.resolve_job_def(job).asset_layer.executable_asset_keys}

    assert selected("build") == {"files", "files_status", "modules", "nodes"}
    assert selected("platform") == {"summary"}
    assert selected("wave_g00") == {"files", "files_status"}
    assert selected("wave_g02") == {"nodes"}
