"""Normalized datasets: Python's names, definitions and calls as written."""
