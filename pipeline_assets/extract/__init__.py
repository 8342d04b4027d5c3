"""Extractors: from bytes to Arrow tables, in killable child processes."""
