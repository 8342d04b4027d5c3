def a():
    pass


def b():
    pass


[f() for group in [[a], [b]] for f in group]
