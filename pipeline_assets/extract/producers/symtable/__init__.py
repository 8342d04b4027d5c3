"""Reading CPython's symbol tables."""
