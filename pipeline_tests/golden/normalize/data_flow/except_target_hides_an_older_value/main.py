def f():
    e = 1
    try:
        g()
    except E as e:
        pass
    return e
