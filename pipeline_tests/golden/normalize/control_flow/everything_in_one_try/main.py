def f():
    try:
        a
    except E:
        return b
    else:
        c
    finally:
        d
    g
