def f():
    if a:
        b
    else:
        c
    d
    e
    g
