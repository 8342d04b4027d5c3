def a():
    pass


def b():
    pass


table = [{"go": a}, {"go": b}]
table[1]["go"]()
