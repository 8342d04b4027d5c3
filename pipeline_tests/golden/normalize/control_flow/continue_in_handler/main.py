def f():
    while a:
        try:
            b
        except E:
            continue
        c
