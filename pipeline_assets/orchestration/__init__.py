"""The manifest as Dagster definitions: the only room that imports dagster; it decides nothing of its own."""
