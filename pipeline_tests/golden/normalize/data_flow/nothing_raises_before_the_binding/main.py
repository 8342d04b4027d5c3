def f():
    try:
        x = 1
        g()
    except E:
        return x
    return x
