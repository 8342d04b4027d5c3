def f():
    if a:
        if b:
            c
        else:
            d
    e
