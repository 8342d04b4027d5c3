def f(items):
    x = 0
    return [lambda: x for x in items], x
