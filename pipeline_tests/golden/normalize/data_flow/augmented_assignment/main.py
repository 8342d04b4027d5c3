def f():
    n = 1
    n += 1
    return n
