def a():
    pass
def b():
    pass
table = {"a": a, "b": b}
del table["a"]
for f in table.values():
    f()
