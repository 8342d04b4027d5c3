"""The graph in formats that other tools read: each is a few queries whose rows are the text."""
