def f():
    x = 1
    try:
        x = g()
        x = h()
    except E:
        return x
    return x
