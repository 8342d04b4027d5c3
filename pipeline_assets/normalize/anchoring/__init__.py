"""Anchoring: which syntax node each instruction of the bytecode belongs to, for many files at once.

Everything here works on whole columns: a row is an instruction or a node of any file of the batch, nodes are named by
their place in the batch, and a rule is a handful of array operations. Opcodes are told by name, as their numbers differ
from version to version.
"""
