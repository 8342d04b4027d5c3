def a():
    pass
def build():
    table = {}
    fill(table)
    return table
def fill(table):
    table["a"] = a
build()["a"]()
