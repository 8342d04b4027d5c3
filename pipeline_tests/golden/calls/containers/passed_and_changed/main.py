def a():
    pass
def b():
    pass
def run(table):
    table["f"]()
table = {"f": a}
table["f"] = b
run(table)
