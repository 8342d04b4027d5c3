def a():
    pass


def b():
    pass


table = dict(x=a, y=b)
table["y"]()
