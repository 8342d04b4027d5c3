def f():
    try:
        a
    except* E:
        b
    except* F:
        c
    d
