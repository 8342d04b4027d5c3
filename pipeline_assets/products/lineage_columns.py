"""Column lineage of the pipeline itself, as a table that SQL can ask."""

from __future__ import annotations

from ibis.expr.types import Table

from pipeline_assets.inference.contract import Contract
from pipeline_assets.pipes import task
from pipeline_assets.products.manifest_lineage import LINEAGE_KEY, LINEAGE_SCHEMA

LINEAGE_COLUMNS = Contract(
    name="lineage_columns",
    layer="products",
    description="One row per column of the pipeline and column it comes from, inferred from the plans.",
    columns=LINEAGE_SCHEMA,
    key=LINEAGE_KEY,
    query="SELECT input_dataset, input_column FROM lineage_columns WHERE output_dataset = 'call_graph'",
)


def _select_lineage(manifest_lineage: Table) -> Table:
    """The columns of the contract, each flow once."""
    return LINEAGE_COLUMNS.select(manifest_lineage).distinct()


@task(LINEAGE_COLUMNS, stages=(_select_lineage,))
def lineage_columns(manifest_lineage: Table) -> Table:
    """One row per column of the pipeline and column it comes from, inferred from the plans."""
