def f(x):
    x = x
    return x
