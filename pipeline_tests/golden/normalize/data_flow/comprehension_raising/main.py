def f(items):
    x = 1
    try:
        y = [g(x) for x in items]
    except E:
        y = x
    return x, y
