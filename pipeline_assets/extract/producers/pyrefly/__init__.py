"""Running Pyrefly and reading its reports."""
