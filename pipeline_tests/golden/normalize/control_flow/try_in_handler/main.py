def f():
    try:
        a
    except E:
        try:
            b
        except F:
            c
    d
