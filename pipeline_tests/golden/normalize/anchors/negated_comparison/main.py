def f(a, b):
    return not a == b
