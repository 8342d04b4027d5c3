"""Reading tree-sitter's trees."""
