def a():
    pass
table = {}
table.setdefault("x", []).append(a)
for f in table["x"]:
    f()
