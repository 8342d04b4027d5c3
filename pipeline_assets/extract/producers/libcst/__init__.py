"""Reading LibCST's trees."""
