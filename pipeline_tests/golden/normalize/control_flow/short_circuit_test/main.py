def f():
    if a and (b or not c):
        d
    e
