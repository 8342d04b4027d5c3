"""Immutable Parquet, snapshots, the catalog and read-only queries."""
