def a():
    pass
def b():
    pass
def low(p, q):
    p()
def high(x, y):
    low(y, x)
high(a, b)
