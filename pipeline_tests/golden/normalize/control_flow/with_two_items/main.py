def f():
    with a, b:
        c
