def f():
    try:
        try:
            a
        except E:
            b
        c
    except F:
        d
