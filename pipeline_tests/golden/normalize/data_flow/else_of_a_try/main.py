def f():
    try:
        x = g()
    except E:
        return None
    else:
        y = x
    return y
