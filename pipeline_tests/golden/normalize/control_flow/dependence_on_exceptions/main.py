def f():
    try:
        a
    except E:
        b
    c
    d
    e
