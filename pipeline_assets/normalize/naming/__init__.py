"""What the tables of names are made with: conditions, symbols, occurrences, binding sites and what names mean."""
