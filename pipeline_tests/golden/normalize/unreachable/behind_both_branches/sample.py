def f():
    if a:
        return b
    else:
        raise c
    d
