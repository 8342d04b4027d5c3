"""Decoding CPython's code objects."""
