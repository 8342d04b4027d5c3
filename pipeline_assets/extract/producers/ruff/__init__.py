"""Running Ruff's parser and reading what it reports."""
