x = lambda: a or b
