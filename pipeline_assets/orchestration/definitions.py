"""The code location: what `workspace.yaml` and `[tool.dg]` load."""

from __future__ import annotations

from dagster import Definitions

from pipeline_assets.orchestration.assembly import assemble
from pipeline_assets.project import load_project
from pipeline_assets.settings import load_settings

defs: Definitions = assemble(load_project(), load_settings())
