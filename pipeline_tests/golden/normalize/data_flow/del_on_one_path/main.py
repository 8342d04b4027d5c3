def f(c):
    x = 1
    if c:
        del x
    return x
