def a():
    pass
def b():
    pass
def pick(x):
    if x > 1:
        return a
    return b
pick(2)()
