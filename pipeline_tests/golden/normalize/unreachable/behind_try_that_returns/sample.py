def f():
    try:
        return a
    except b:
        return c
    finally:
        d
    e
