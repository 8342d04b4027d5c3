"""Contract checks and graph invariants, as plain functions."""
