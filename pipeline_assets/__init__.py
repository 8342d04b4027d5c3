"""A code property graph of Python repositories, kept as inference-driven data-platform assets."""
