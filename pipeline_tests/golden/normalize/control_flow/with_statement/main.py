def f():
    with a as b:
        c
    d
