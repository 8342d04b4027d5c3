"""Control flow: basic blocks of bytecode lifted to syntax, and what follows from the shape of the graph they make.

Everything here works on whole columns of a batch of files: blocks, instructions and code units are named by their
place in the batch, and only what has no shape that arrays could hold (loops) is walked in Python.
"""
