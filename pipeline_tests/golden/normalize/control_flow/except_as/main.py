def f():
    try:
        a
    except E as x:
        b
    c
