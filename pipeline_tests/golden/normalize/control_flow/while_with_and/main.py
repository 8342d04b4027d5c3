def f():
    while a and b:
        c
    d
