def f():
    x = 1 or a
    return b if False else x
