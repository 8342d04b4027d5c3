"""Captures of patterns."""
from probe import sink, source

match {"k": source()}:
    case {"k": value}:
        sink(value)  # flow
match ("other", source()):
    case (first, second):
        sink(first)  # imprecise: parts of patterns are not told apart
        sink(second)  # flow
match "other":
    case text:
        sink(text)  # none
