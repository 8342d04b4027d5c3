def f(items):
    x = 1
    y = [x for x in items]
    return x, y
