def f():
    try:
        return a
        return b
    finally:
        c
