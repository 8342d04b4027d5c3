"""Tests on real engines and packages."""
