"""How types are written: positions, expressions inside strings, type comments. No tasks live here."""
