def a():
    pass


def b():
    pass


table = {"act": a}
table["act"] = b
table["act"]()
