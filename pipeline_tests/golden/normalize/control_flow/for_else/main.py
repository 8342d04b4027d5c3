def f():
    for i in a:
        b
    else:
        c
    d
