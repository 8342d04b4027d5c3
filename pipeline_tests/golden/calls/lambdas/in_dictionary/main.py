def a():
    pass
def b():
    pass
table = {"a": lambda: a(), "b": lambda: b()}
table["a"]()
