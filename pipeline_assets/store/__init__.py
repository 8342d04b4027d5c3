"""The store: contract in, immutable Parquet out; snapshots by compare-and-swap; DuckDB only ever reads.

errors     everything the store refuses, as one tree
columns    stored column types, in Arrow and in DuckDB
documents  small JSON files that notice when they are damaged
locks      who holds what, across processes
names      repository names and their folders
objects    an object store by fsspec URL
warehouse  the folder, its layout and the registered repositories
parquet    one part: write, verify, read
snapshot   what one repository holds, and when that is consistent
scope      the documents of a repository or of the platform
mirror     a warehouse in object storage, through a folder here
publish    commit, read, history, rollback
sweep      removing what nothing refers to
repair     finding damage, and getting back to what is intact
connection a DuckDB connection and a view over parts
bound      what a session's connection can name: views, and tables of what is read often
records    append-only tables beside the snapshots
views      what every reader can name
catalog    the disposable `cpg.duckdb`
statement  which SQL may be run
query      read-only SQL with limits
"""
