def f():
    try:
        x = g()
    finally:
        x = 2
    return x
