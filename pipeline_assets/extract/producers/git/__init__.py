"""Reading git's objects."""
