def f():
    a
    b()
