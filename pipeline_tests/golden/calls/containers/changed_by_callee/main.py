def act():
    pass


def fill(table):
    table["act"] = act


table = {}
fill(table)
table["act"]()
