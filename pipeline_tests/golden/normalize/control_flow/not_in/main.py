def f():
    if not a in b:
        c
    d
