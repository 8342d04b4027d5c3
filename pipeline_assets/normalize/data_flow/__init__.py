"""Definitions and uses of variables in bytecode, and which definitions reach which uses."""
