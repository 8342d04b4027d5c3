def f():
    if False:
        a
    b
    c
