def f():
    if (yield a):
        b
