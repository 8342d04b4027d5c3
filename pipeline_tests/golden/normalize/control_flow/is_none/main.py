def f():
    if a is None:
        b
    elif c is not None:
        d
    elif not e is None:
        g
