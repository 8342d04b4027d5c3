"""Normalize: what the evidence means in Python's own terms — modules, definitions, names, imports, calls, classes."""
