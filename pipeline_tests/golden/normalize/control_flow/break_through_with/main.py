def f():
    for i in a:
        with b:
            c
            break
    d
    e
    g
