def a():
    pass


def b():
    pass


try:
    f = a
    raise ValueError
except ValueError:
    f = b
f()
