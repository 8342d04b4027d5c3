def a():
    pass


def b():
    pass


for f, n in zip([a, b], [1, 2]):
    f()
