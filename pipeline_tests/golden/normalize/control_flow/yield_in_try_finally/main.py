def f():
    try:
        yield a
    finally:
        b
