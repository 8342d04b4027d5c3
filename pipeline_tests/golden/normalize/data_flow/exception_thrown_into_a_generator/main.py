def gen():
    x = 1
    try:
        x = 2
        yield x
        x = 3
    except E:
        g(x)
