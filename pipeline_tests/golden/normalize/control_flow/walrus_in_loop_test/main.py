def f():
    while (x := a) is not None:
        b
