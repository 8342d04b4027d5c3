def f():
    try:
        a
    finally:
        return b
    c
