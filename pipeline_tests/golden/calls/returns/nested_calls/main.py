def c():
    pass
def b():
    return c
def a():
    return b
a()()()
