def f():
    try:
        a
    finally:
        raise E
