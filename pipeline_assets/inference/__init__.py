"""Pure inference: from functions to a graph; no I/O, no Hamilton, no Dagster."""
