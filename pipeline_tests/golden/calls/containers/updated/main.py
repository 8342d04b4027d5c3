def a():
    pass


def b():
    pass


table = {"a": a}
table.update({"a": b})
table["a"]()
