def f(c):
    x = 0
    if c:
        x = 1
    return x
