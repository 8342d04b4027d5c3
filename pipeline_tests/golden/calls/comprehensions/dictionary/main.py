def a():
    pass


def b():
    pass


table = {name: f for name, f in [("a", a), ("b", b)]}
table["a"]()
