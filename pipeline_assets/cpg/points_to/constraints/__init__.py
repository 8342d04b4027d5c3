"""From syntax to constraints: copies between variables, what expressions are at the start, and triggers on values."""
