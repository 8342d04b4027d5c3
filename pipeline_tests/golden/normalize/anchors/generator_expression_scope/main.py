total = sum(x + base for x in rows)
