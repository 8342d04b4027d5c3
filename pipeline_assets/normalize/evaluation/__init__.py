"""Control flow read off the syntax: in which order Python evaluates the nodes of a scope, and where it goes from each.

Nothing here looks at bytecode, so it serves code that has none, and is a second opinion on code that has.
"""
