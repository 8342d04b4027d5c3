"""The alerts hook: a run that failed is posted as JSON to where the settings say."""

# Dagster reads the annotations of decorated functions, so they are not postponed in this module.
import json
import urllib.request
from typing import Any

from dagster import DefaultSensorStatus, RunFailureSensorContext, SensorDefinition, run_failure_sensor

from pipeline_assets.orchestration.sessions import PARTITION_TAG
from pipeline_assets.orchestration.text import plain
from pipeline_assets.settings import Settings

SECONDS = 10
"""How long the other side may take to answer."""
MESSAGE_LENGTH = 1000


def alerts_sensor(settings: Settings) -> SensorDefinition:
    """Tells of every failed run; stopped where no address is set."""

    @run_failure_sensor(
        name="alerts",
        default_status=DefaultSensorStatus.RUNNING if settings.alert_url else DefaultSensorStatus.STOPPED,
        description="Posts every run that failed to CPG_ALERT_URL.",
    )
    def _alerts(context: RunFailureSensorContext) -> None:
        if settings.alert_url:
            post(settings.alert_url, alert(context))
        else:
            context.log.info("CPG_ALERT_URL is not set: nobody is told")

    return _alerts


def alert(context: RunFailureSensorContext) -> dict[str, Any]:
    """Which run of which repository failed, where and why."""
    run = context.dagster_run
    steps = context.get_step_failure_events()
    return {
        "run_id": run.run_id,
        "job": run.job_name,
        "repository": run.tags.get(PARTITION_TAG),
        "message": plain(context.failure_event.message or "", MESSAGE_LENGTH),
        "steps": {event.step_key: plain(_reason(event), MESSAGE_LENGTH) for event in steps},
    }


def post(url: str, body: dict[str, Any]) -> None:
    """Send it; raises `URLError` when nobody answers well, which shows as a failed tick of the sensor."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


def _reason(event: Any) -> str:
    data = event.step_failure_data
    told = data.user_failure_data.description if data.user_failure_data else None
    return told or (data.error.message if data.error else "failed")
