import functools
def add(x, y):
    return x
functools.reduce(add, [1, 2, 3])
