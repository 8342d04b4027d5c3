"""Definitions from a project: the manifest projected on Dagster, and nothing that it does not say."""

from __future__ import annotations

import warnings

from dagster import AssetsDefinition, AssetSpec, BetaWarning, Definitions, PreviewWarning

from pipeline_assets.orchestration.alerts import alerts_sensor
from pipeline_assets.orchestration.assets import source_specs, task_assets
from pipeline_assets.orchestration.automation import automation_sensors
from pipeline_assets.orchestration.checks import invariant_checks, policy_check, violations_spec
from pipeline_assets.orchestration.executors import step_executor
from pipeline_assets.orchestration.jobs import jobs_of
from pipeline_assets.orchestration.schedules import nightly_schedule
from pipeline_assets.orchestration.sensors import changes_sensor, repositories_sensor
from pipeline_assets.orchestration.sessions import RUN, OpenSession, run_resource, session_opener
from pipeline_assets.orchestration.waves import waves_asset
from pipeline_assets.project import Project
from pipeline_assets.settings import Settings


def assemble(project: Project, settings: Settings, open_session: OpenSession | None = None) -> Definitions:
    """Everything Dagster knows of the project; `open_session` replaces how runs get their session."""
    opener = open_session or session_opener(project, settings)
    with warnings.catch_warnings():
        # Code references and checks per partition are new in Dagster; the tests pin what we use of them.
        warnings.simplefilter("ignore", BetaWarning)
        warnings.simplefilter("ignore", PreviewWarning)
        assets: list[AssetsDefinition | AssetSpec] = [*source_specs(project), *task_assets(project), violations_spec()]
        checks = [*invariant_checks(project.manifest), policy_check(project.manifest)]
        automation = list(automation_sensors(project.manifest))
    return Definitions(
        assets=[*assets, waves_asset(project, settings)],
        asset_checks=checks,
        jobs=jobs_of(project.manifest),
        schedules=[nightly_schedule()],
        sensors=[repositories_sensor(settings), changes_sensor(settings), alerts_sensor(settings), *automation],
        resources={RUN: run_resource(opener)},
        executor=step_executor(opener),
    )
