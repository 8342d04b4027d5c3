def a():
    pass
def b():
    pass
def swap(x, y):
    return y, x
f, g = swap(a, b)
f()
