def f():
    a = b
    del a, c.d
    e
