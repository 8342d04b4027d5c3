def f():
    with a:
        c
        break
    b
