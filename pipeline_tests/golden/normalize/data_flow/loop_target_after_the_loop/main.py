def f(items):
    for item in items:
        pass
    return item
