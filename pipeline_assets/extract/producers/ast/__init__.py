"""Flattening CPython's syntax trees."""
