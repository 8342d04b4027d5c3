def a():
    pass
def b():
    pass
table = {"x": {"f": a}, "y": {"f": b}}
table["y"]["f"]()
