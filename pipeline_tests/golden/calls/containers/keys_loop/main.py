def a():
    pass
def b():
    pass
table = {"a": a, "b": b}
for key in table:
    table[key]()
