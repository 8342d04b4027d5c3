def f():
    while True:
        if a:
            break
        b
    else:
        c
    d
