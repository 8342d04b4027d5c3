def a():
    pass
def b():
    pass
def key():
    return "b"
table = {"a": a, "b": b}
table[key()]()
