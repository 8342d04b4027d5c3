def f():
    try:
        return a
    except b:
        c
    else:
        d
    e
