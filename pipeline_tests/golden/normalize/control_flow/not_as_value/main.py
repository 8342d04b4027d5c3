def f():
    x = not a
