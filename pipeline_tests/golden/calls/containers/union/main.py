def a():
    pass
def b():
    pass
both = {"f": a} | {"f": b}
both["f"]()
