"""The store: contract in, immutable Parquet out; snapshots by compare-and-swap; DuckDB only ever reads.

errors     everything the store refuses, as one tree
columns    stored column types, in Arrow and in DuckDB
documents  small JSON files that notice when they are damaged
locks      who holds what, across processes
warehouse  the folder, its layout and the registered repositories
parquet    one part: write, verify, read
snapshot   what one repository holds, and when that is consistent
publish    commit, read, history, rollback
sweep      removing what nothing refers to
repair     getting back to an intact snapshot
connection a DuckDB connection and its views
records    append-only tables beside the snapshots
catalog    the views every reader sees, and the disposable `cpg.duckdb`
query      read-only SQL with limits
"""
