def f():
    while a:
        if 0:
            b
        pass
    c
