"""The toy project as a code location of its own, for a daemon to load; its sensors look every few seconds."""

from __future__ import annotations

from pipeline_assets.orchestration import automation, sensors
from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.settings import load_settings
from pipeline_assets.store.warehouse import Warehouse
from pipeline_tests.functional.git_session import GitSession
from pipeline_tests.unit.orchestration.toy import ToyProject

sensors.SECONDS = automation.SECONDS = 3
SETTINGS = load_settings()
WAREHOUSE = Warehouse.open(SETTINGS.warehouse)
PROJECT = ToyProject()

defs = assemble(PROJECT, SETTINGS, lambda scope, run_id: GitSession(PROJECT, WAREHOUSE, scope, run_id).opened())
