def a():
    pass
def b():
    pass
f = g = a
f = b
g()
f()
