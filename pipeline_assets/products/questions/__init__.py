"""Macros for the questions people ask first, a file per subject; each says what it costs."""
