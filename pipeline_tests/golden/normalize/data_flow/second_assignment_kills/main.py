def f():
    x = 1
    x = 2
    return x
