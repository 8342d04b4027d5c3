def f():
    if a:
        return b
    elif c:
        raise d
    e
