def f():
    if True:
        a
    else:
        b
