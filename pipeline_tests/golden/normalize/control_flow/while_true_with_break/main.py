def f():
    while True:
        a
        if b:
            break
        c
    d
