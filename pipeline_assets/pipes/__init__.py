"""The Hamilton edge: authoring decorators, sub-DAGs of stages, the driver and its guards."""

import os

# Hamilton's extension autoload imports every dataframe library it finds: several CPU seconds that nothing here uses.
os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
os.environ.setdefault("HAMILTON_TELEMETRY_ENABLED", "false")

from pipeline_assets.pipes.authoring import extractor, graph_task, reader, task, union

__all__ = ["extractor", "graph_task", "reader", "task", "union"]
