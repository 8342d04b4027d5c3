def a():
    pass


def b():
    pass


for number, f in enumerate([a, b]):
    f()
