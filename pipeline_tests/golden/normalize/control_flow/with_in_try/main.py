def f():
    try:
        with a:
            b
    except E:
        c
    d
