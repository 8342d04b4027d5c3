def f():
    if a:
        pass
    elif b:
        pass
    else:
        c
    d
