def a():
    pass
def give():
    yield a
    yield a
made = give()
next(made)()
