def f():
    try:
        a
    except E:
        b
    else:
        c
