def f():
    x = 0
    try:
        try:
            x = 1
            g()
        except A:
            x = 2
            raise
    except B:
        return x
    return x
