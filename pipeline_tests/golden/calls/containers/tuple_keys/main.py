def a():
    pass
def b():
    pass
table = {("x", 1): a, ("y", 2): b}
table["x", 1]()
