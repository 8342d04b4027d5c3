def f():
    if a:
        if b:
            return c
        d
    e
    g
    h
