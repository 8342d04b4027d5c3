def f():
    try:
        return a
    finally:
        return b
