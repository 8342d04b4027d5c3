"""Finding CPython's tokens."""
